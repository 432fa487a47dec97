package demo

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"
)

type mailRequest struct {
	Email string    `json:"email"`
	Since time.Time `json:"since"`
}

// mailResponse leaves out link and code: the person is to open the mail.
type mailResponse struct {
	Arrived    bool       `json:"arrived"`
	ID         string     `json:"id,omitempty"`
	Subject    string     `json:"subject,omitempty"`
	ReceivedAt *time.Time `json:"received_at,omitempty"`
	HasCode    bool       `json:"has_code"` // a project may mail links without
}

// mail waits a while for the mail. The page asks again if none came.
func (a *App) mail(w http.ResponseWriter, r *http.Request) error {
	var req mailRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	caught, err := a.newestMail(r.Context(), req, mailWait)
	if err != nil {
		return err
	}
	var res mailResponse
	if caught != nil {
		res = mailResponse{true, caught.ID, caught.Subject, &caught.ReceivedAt, caught.Code != ""}
	}
	writeJSON(w, http.StatusOK, res)
	return nil
}

const mailWait = 10 * time.Second

var (
	errNoInbox = &refusal{StatusCode: http.StatusNotFound, Type: "demo_no_inbox",
		Message: "Mail goes to a catcher of your own, which the demo can't read. Open the mail there."}
	errInboxUnreachable = &refusal{StatusCode: http.StatusBadGateway, Type: "demo_inbox_unreachable",
		Message: "The inbox does not answer. Is `latchkey dev` still running?"}
)

type caughtMail struct {
	ID         string    `json:"id"`
	ReceivedAt time.Time `json:"received_at"`
	Subject    string    `json:"subject"`
	Link       string    `json:"link"`
	Code       string    `json:"code"`
}

// newestMail asks the inbox for the newest mail since a start, and returns nil
// if none came.
func (a *App) newestMail(ctx context.Context, wanted mailRequest, wait time.Duration) (*caughtMail, error) {
	if a.Inbox == "" {
		return nil, errNoInbox
	}
	query := url.Values{
		"wait":  {wait.String()},
		"since": {wanted.Since.Format(time.RFC3339Nano)},
	}
	address := a.Inbox + "/inbox/" + url.PathEscape(wanted.Email) + "/latest?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errBadRequest
	}
	res, err := a.client().Do(req)
	if err != nil {
		return nil, errInboxUnreachable
	}
	defer res.Body.Close()
	return readMail(res)
}

func readMail(res *http.Response) (*caughtMail, error) {
	switch res.StatusCode {
	case http.StatusNotFound:
		return nil, nil
	case http.StatusOK:
		var caught caughtMail
		if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&caught); err != nil {
			return nil, errInboxUnreachable
		}
		return &caught, nil
	}
	return nil, errInboxUnreachable
}
