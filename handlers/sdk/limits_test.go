package sdk

import (
	"net/http"
	"testing"
	"time"

	"latchkey/magiclink"
)

// limited is the world with limits on.
func (w *world) limited() *world {
	w.api.Links.MailboxLimit = magiclink.MailboxLimit{Burst: 5, PerHour: 10, PerDay: 30}
	w.api.Links.Networks = magiclink.NewNetworks(magiclink.NetworkLimit{
		StartsPerMinute: 4, RedeemsPerMinute: 5, Mailbox: magiclink.MailboxLimit{PerHour: 2},
	})
	return w
}

// wantTooMany checks that a page is told which limit it met and how long it lasts.
func (w *world) wantTooMany(got answer, bucket, retryAfter string) {
	w.t.Helper()
	w.wantRefusal(got, 429, "too_many_requests")
	if got.text("error_details.bucket") != bucket || got.Header.Get("Retry-After") != retryAfter {
		w.t.Errorf("got bucket %s and Retry-After %s, want %s and %s", got.text("error_details.bucket"), got.Header.Get("Retry-After"), bucket, retryAfter)
	}
}

func TestLimitsAreKeptByWhereARequestComesFrom(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.limited()
		f := newFlow("ada@example.com")
		w.page().begin(f)
		w.wantData(w.page().post(sendPath, newFlow("ada@example.com").start()))
		w.wantTooMany(w.page().post(startPath, newFlow("Ada+1@example.com").start()), "ip_mailbox", "3600")
		w.wantData(w.page().post(startPath, newFlow("bob@example.com").start()))
		w.wantTooMany(w.page().post(startPath, newFlow("carol@example.com").start()), "ip", "15")
		w.wantData(w.page().from("192.0.2.2").post(startPath, newFlow("ada@example.com").start()))

		for range 5 {
			w.wantRefusal(w.page().post(redeemPath, with(f.redemption(), "code_verifier", newFlow("").verifier)), 401, "pkce_mismatch")
		}
		w.wantTooMany(w.page().post(redeemPath, f.redemption()), "ip_redeem", "12")
		w.wantData(w.page().from("192.0.2.2").post(redeemPath, f.redemption())) // the link is as good as it was
	})
}

// TestAForgedHeaderBuysNothing: only a proxy's word says where a request comes from.
func TestAForgedHeaderBuysNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.limited()
		ask := func(remote, forwarded string) answer {
			r := w.page().from(remote).request(http.MethodPost, startPath, newFlow("ada@example.com").start())
			r.Header.Set("X-Forwarded-For", forwarded)
			return w.do(r)
		}
		w.wantData(ask("192.0.2.1", "198.51.100.1"))
		w.wantData(ask("192.0.2.1", "198.51.100.2"))
		w.wantTooMany(ask("192.0.2.1", "198.51.100.3"), "ip_mailbox", "3600")
		w.wantData(ask("10.0.0.1", "1.2.3.4, 198.51.100.1"))
		w.wantData(ask("10.0.0.1", "1.2.3.5, 198.51.100.1"))
		w.clock.Advance(time.Minute)
		w.wantTooMany(ask("10.0.0.2", "1.2.3.6, 198.51.100.1"), "ip_mailbox", "3540")
	})
}
