package sdk

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"latchkey/models"
)

// timingVariable says how many requests of each kind are compared: `make drill timing`
// sets it. Without it a few are, so that the drill does not rot.
const timingVariable = "LATCHKEY_TIMING_REQUESTS"

// tolerated is how far the medians may lie apart: a machine that does other work as well
// is no better than this. What is left is that a row which is there is locked and a row
// which is not cannot be.
const tolerated = 0.25

// TestHowLongAnAnswerTakesDoesNotTellWhoExists asks about addresses that are known and
// about ones that are not, in turns, at each call by which a stranger could.
func TestHowLongAnAnswerTakesDoesNotTellWhoExists(t *testing.T) {
	requests := 20
	set := os.Getenv(timingVariable)
	if set != "" {
		var err error
		requests, err = strconv.Atoi(set)
		fatal(t, err)
	}
	eachWorld(t, func(t *testing.T, w *world) {
		w.api.Links.MailQueued = func(models.ID) {}
		for i := range requests {
			w.wantData(w.page().post(startPath, newFlow(known(i)).start()))
		}
		for _, call := range []struct {
			name string
			ask  func(email string) *http.Request
		}{
			{"send", w.asksBy(sendPath)}, {"otps", w.guesses}, {"login_or_create", w.asksBy(startPath)},
		} {
			here, gone := make([]time.Duration, requests), make([]time.Duration, requests)
			for i := range requests {
				here[i] = w.took(call.ask(known(i)))
				gone[i] = w.took(call.ask(fmt.Sprintf("unknown%d@example.com", i)))
			}
			a, b := median(here), median(gone)
			t.Logf("%s: known %s, unknown %s (medians of %d)", call.name, a, b, requests)
			if apart := (a - b).Abs(); set != "" && apart > time.Duration(tolerated*float64(max(a, b))) {
				t.Errorf("%s: the medians are %s apart", call.name, apart)
			}
		}
	})
}

func known(i int) string { return fmt.Sprintf("known%d@example.com", i) }

func (w *world) asksBy(path string) func(string) *http.Request {
	return func(email string) *http.Request {
		return w.page().request(http.MethodPost, path, newFlow(email).start())
	}
}

// guesses asks for a link first, as a stranger would to have something to guess at.
func (w *world) guesses(email string) *http.Request {
	f := newFlow(email)
	f.code = "00000000"
	w.wantData(w.page().post(sendPath, f.start()))
	return w.page().request(http.MethodPost, codePath, f.typed())
}

func (w *world) took(r *http.Request) time.Duration {
	recorder := httptest.NewRecorder()
	began := time.Now()
	w.http.ServeHTTP(recorder, r)
	return time.Since(began)
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
