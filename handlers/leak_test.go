package handlers

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"latchkey/internal/sealed"
	"latchkey/store"
	"latchkey/store/storetest"
)

// credentials are what a whole login brings forth and nobody else may see.
func (w *world) credentials(f *flow, redeemed answer) map[string]string {
	return map[string]string{
		"link token": f.token, "code_verifier": f.verifier, "secret": secret,
		"session token": redeemed.text("session_token"), "session JWT": redeemed.text("session_jwt"),
	}
}

func TestTheLogHoldsNoCredentialAndNoAddress(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada.lovelace@example.com")
		w.begin(f)
		w.request(http.MethodGet, "/l/"+f.token)
		w.request(http.MethodGet, "/l/"+flipped(f.token))
		w.request(http.MethodGet, "/no/such/"+f.token+"?token="+f.token)
		w.raw(redeemPath, "application/json", `{"token":"`+f.token+`","code_verifier":"`+f.verifier)
		w.raw(redeemPath, "application/json", `{"session_duration_minutes":"`+f.token+`"}`)
		w.raw(redeemPath, "application/json", `{"`+f.token+`":1,"`+f.token+`":2}`)
		w.post(requiredProject, startPath, with(f.start, "email", "ada.lovelace@example.com@"))
		redeemed := w.redeem(f)
		mailed := w.invite("ada.lovelace+invited@example.com", nil)
		w.request(http.MethodGet, "/l/"+mailed)
		w.press(mailed, nil)
		w.press(flipped(mailed), nil)
		embedded := w.post(requiredProject, embedPath, members{"user_id": redeemed.text("user_id")}).text("token")
		w.request(http.MethodGet, "/l/"+embedded)
		w.post(requiredProject, embedPath, members{"user_id": embedded})
		w.sessions("revoke", members{"session_id": redeemed.text("session_token")})
		w.sessions("authenticate", members{"session_jwt": redeemed.text("session_token")})
		w.sessions("authenticate", members{"session_jwt": redeemed.text("session_jwt") + "x"})
		w.redeem(f)

		log := w.lines.String()
		if !strings.Contains(log, `"route":"/l/:token"`) {
			t.Fatal("the log does not name the route; is it the log at all?")
		}
		credentials := w.credentials(f, redeemed)
		credentials["invite's token"], credentials["embedded token"] = mailed, embedded
		for name, credential := range credentials {
			if credential == "" || strings.Contains(log, credential) {
				t.Errorf("the log holds the %s", name)
			}
		}
		if strings.Contains(log, "lovelace") {
			t.Error("the log holds the address")
		}
	})
}

func TestARefusalEchoesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		for _, refused := range []answer{
			w.post(requiredProject, redeemPath, with(f.redemption(), "code_verifier", "short")),
			w.post(requiredProject, redeemPath, with(f.redemption(), "token", flipped(f.token))),
			w.post(requiredProject, startPath, with(f.start, "redirect_url", "https://evil.example/")),
			w.post(requiredProject, startPath, with(f.start, "email", "ada@")),
			w.post(requiredProject, startPath, with(f.start, "email", "lovelace")),
			w.raw(redeemPath, "application/json", `{"token":1}`),
		} {
			for _, word := range []string{f.token[:43], f.verifier, "short", "evil.example", "ada@", "lovelace", "Go "} {
				if strings.Contains(refused.body, word) {
					t.Errorf("%s holds %q", refused.body, word)
				}
			}
		}
	})
}

// TestNoInnerDetailReachesAResponse plants errors and a panic that carry a detail.
func TestNoInnerDetailReachesAResponse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const detail = "planted detail"
		for name, planted := range map[string]func(*gin.Context) error{
			"an error":      func(*gin.Context) error { return errors.New(detail) },
			"a sealed one":  func(*gin.Context) error { return fmt.Errorf("%s: %w", detail, sealed.ErrUnwrap) },
			"the database":  func(*gin.Context) error { return fmt.Errorf("%w: %s", store.ErrUnavailable, detail) },
			"a lost client": func(*gin.Context) error { return fmt.Errorf("%s: %w", detail, context.Canceled) },
			"a panic":       func(*gin.Context) error { panic(detail) },
		} {
			api := &API{Door: w.door(), Pages: w.pages}
			engine := api.Door.Engine()
			engine.GET("/json", api.Door.JSON(planted))
			engine.GET("/page", api.page(planted))
			for _, path := range []string{"/json", "/page"} {
				recorder := httptest.NewRecorder()
				engine.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
				if recorder.Code < 500 || strings.Contains(recorder.Body.String(), "planted") {
					t.Errorf("%s at %s: got %d %s", name, path, recorder.Code, recorder.Body)
				}
				if recorder.Code == 503 && recorder.Header().Get("Retry-After") == "" {
					t.Errorf("%s at %s: 503 without Retry-After", name, path)
				}
			}
		}
		if got := strings.Count(w.lines.String(), `"level":"ERROR"`); got != 10 {
			t.Errorf("the log has %d lines at ERROR, want 10", got)
		}
		if got := strings.Count(w.lines.String(), detail); got < 10 {
			t.Errorf("the log holds the detail %d times, want each of 10", got)
		}
	})
}

// TestADumpOfTheDatabaseOpensNothing looks for each credential in every row, also as
// the bytes it stands for.
func TestADumpOfTheDatabaseOpensNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		pending := newFlow(requiredProject, "ada@example.com")
		w.begin(pending)
		redeemed := w.redeem(f)
		w.wantOK(redeemed)
		dump := storetest.Dump(t, w.url)
		if !strings.Contains(dump, f.start["code_challenge"].(string)) {
			t.Fatal("the dump does not hold the challenge; is it a dump at all?")
		}
		held := w.credentials(f, redeemed)
		held["open link's token"], held["open link's verifier"] = pending.token, pending.verifier
		for name, credential := range held {
			if strings.Contains(dump, credential) {
				t.Errorf("the database holds the %s", name)
			}
			if raw, err := base64.RawURLEncoding.DecodeString(credential); err == nil && strings.Contains(dump, string(raw)) {
				t.Errorf("the database holds the %s as bytes", name)
			}
		}
		for _, token := range []string{f.token, pending.token, redeemed.text("session_token")} {
			raw, err := base64.RawURLEncoding.DecodeString(token)
			fatal(t, err)
			if strings.Contains(dump, string(raw[17:])) {
				t.Error("the database holds a token's MAC")
			}
		}
	})
}
