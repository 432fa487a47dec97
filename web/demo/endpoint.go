package demo

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

// endpoint answers with h's error, if it returns one.
func endpoint(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			writeRefusal(w, asRefusal(err))
		}
	})
}

// refusal is Latchkey's error body. The demo's own refusals have the same
// shape, so that the page shows both alike.
type refusal struct {
	StatusCode int             `json:"status_code"`
	RequestID  string          `json:"request_id,omitempty"`
	Type       string          `json:"error_type"`
	Message    string          `json:"error_message"`
	URL        string          `json:"error_url,omitempty"`
	Details    json.RawMessage `json:"error_details,omitempty"`
}

func (r *refusal) Error() string { return r.Type }

var (
	errCrossOrigin = &refusal{StatusCode: http.StatusForbidden, Type: "demo_cross_origin",
		Message: "Only the demo's own pages may ask this."}
	errNotJSON = &refusal{StatusCode: http.StatusUnsupportedMediaType, Type: "demo_not_json",
		Message: "Send application/json."}
	errBadRequest = &refusal{StatusCode: http.StatusBadRequest, Type: "demo_bad_request",
		Message: "The demo's page and its back end do not understand each other. Reload the page."}
	errUnreachable = &refusal{StatusCode: http.StatusBadGateway, Type: "demo_latchkey_unreachable",
		Message: "Latchkey does not answer. Is it still running?"}
)

// asRefusal keeps what Latchkey or the demo refused, and hides everything else:
// an error of net/http holds the URL, and that of an attack holds a token.
func asRefusal(err error) *refusal {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused
	}
	return errUnreachable
}

func writeRefusal(w http.ResponseWriter, r *refusal) {
	writeJSON(w, r.StatusCode, r)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

// The longest body is an address of 254 characters beside a token and a
// verifier.
const maxBody = 8 << 10

// decode reads one JSON object and nothing after it.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	// A form can't send this type, so no page elsewhere gets here without asking.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errNotJSON
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil {
		return errBadRequest
	}
	if _, err := body.Token(); err != io.EOF {
		return errBadRequest
	}
	return nil
}
