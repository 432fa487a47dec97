package handlers

import (
	"context"
	"net/http"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// wantNothingOwed checks that no mail waits to be sent.
func (w *world) wantNothingOwed() {
	w.t.Helper()
	if next, err := w.store.NextMailAt(context.Background()); err != nil || next != nil {
		w.t.Errorf("a mail is owed at %v (%v), want none", next, err)
	}
}

// addEmail gives the user one more address, as a redemption of an attached one does.
func (w *world) addEmail(user, address string) (emailID string) {
	w.t.Helper()
	id, err := models.ParsePublicID("user", requiredProject, user)
	fatal(w.t, err)
	now := w.clock.Now()
	email := models.Email{
		ID: models.NewID(now), ProjectID: requiredProject, UserID: id, Address: address, Identity: address,
		VerifiedAt: models.At(now).Ptr(), CreatedAt: models.At(now),
	}
	fatal(w.t, w.store.Write(context.Background(), func(tx *store.Tx) error { return tx.InsertEmail(email) }))
	return models.PublicID("email", requiredProject, email.ID)
}

func TestADeletedUserLeavesNothingThatWorks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		bystander, signedIn := w.signedIn("bob@example.com"), w.signedIn("ada@example.com")
		open := newFlow(requiredProject, "ada@example.com")
		w.begin(open)
		waiting := newFlow(requiredProject, "ada@example.com")
		w.wantOK(w.post(requiredProject, startPath, waiting.start))
		path := "/" + signedIn.text("user_id")
		deleted := w.users(http.MethodDelete, path, members{})
		w.wantOK(deleted)
		if deleted.text("user_id") != signedIn.text("user_id") {
			t.Errorf("got %s, want the user's id", deleted.body)
		}
		w.wantNothingOwed()
		refused := w.redeem(open)
		w.wantRefusal(refused, 401, "unable_to_auth_magic_link")
		if refused.text("error_details.reason") != "purged" {
			t.Errorf("reason: got %q, want purged", refused.text("error_details.reason"))
		}
		w.wantRefusal(w.post(requiredProject, "/v1/otps/authenticate", members{
			"email": "ada@example.com", "code": open.code, "code_verifier": open.verifier,
		}), 401, "unable_to_auth_otp_code")
		for _, by := range []string{"session_token", "session_jwt"} {
			w.wantRefusal(w.sessions("authenticate", members{by: signedIn.text(by)}), 404, "session_not_found")
		}
		w.wantRefusal(w.users(http.MethodGet, path, nil), 404, "user_not_found")
		w.wantRefusal(w.users(http.MethodDelete, path, nil), 404, "user_not_found")
		w.wantOK(w.sessions("authenticate", members{"session_token": bystander.text("session_token")}))

		anew := newFlow(requiredProject, "ada@example.com")
		if started := w.post(requiredProject, startPath, anew.start); started.field("user_created") != true || started.text("user_id") == signedIn.text("user_id") {
			t.Errorf("got %s, want a new user", started.body)
		}
	})
}

func TestADeletedAddressOpensNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		signedIn := w.signedIn("ada@example.com")
		user := signedIn.text("user_id")
		second := w.addEmail(user, "ada@example.org")
		other := w.signedIn("ada@example.org")
		open := newFlow(requiredProject, "ada@example.com")
		w.begin(open)
		w.wantOK(w.post(requiredProject, startPath, newFlow(requiredProject, "ada@example.com").start))

		gone := w.users(http.MethodDelete, "/emails/"+signedIn.text("method_id"), nil)
		w.wantOK(gone)
		if gone.text("user_id") != user {
			t.Errorf("user_id: got %q, want %q", gone.text("user_id"), user)
		}
		wantEmails(t, gone, "user.emails", "ada@example.org")
		w.wantNothingOwed()
		refused := w.redeem(open)
		w.wantRefusal(refused, 401, "unable_to_auth_magic_link")
		if refused.text("error_details.reason") != "revoked" {
			t.Errorf("reason: got %q, want revoked", refused.text("error_details.reason"))
		}
		w.wantRefusal(w.sessions("authenticate", members{"session_token": signedIn.text("session_token")}), 404, "session_not_found")
		w.wantOK(w.sessions("authenticate", members{"session_token": other.text("session_token")}))

		// The last one goes, too, and the person stays.
		w.wantOK(w.users(http.MethodDelete, "/emails/"+second, members{}))
		w.wantRefusal(w.users(http.MethodDelete, "/emails/"+second, members{}), 404, "email_not_found")
		wantEmails(t, w.users(http.MethodGet, "/"+user, nil), "emails")
		exchanged := w.users(http.MethodPut, "/"+user+"/exchange_primary_factor", members{"email_address": "ada@example.net"})
		w.wantOK(exchanged)
		wantEmails(t, exchanged, "user.emails", "ada@example.net")
		w.wantOK(w.users(http.MethodDelete, "/"+user, nil))
	})
}

func TestAddressesThatAreNobodys(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		foreign := w.call(http.MethodPost, optionalProject, usersPath, members{"email": "eve@example.com"})
		unknown := models.PublicID("email", requiredProject, models.NewID(w.clock.Now()))
		w.wantRefusal(w.users(http.MethodDelete, "/emails/"+foreign.text("email_id"), nil), 404, "email_not_found")
		w.wantRefusal(w.users(http.MethodDelete, "/emails/"+unknown, nil), 404, "email_not_found")
		for _, malformed := range []string{"a", foreign.text("user_id"), "%00"} {
			w.wantRefusal(w.users(http.MethodDelete, "/emails/"+malformed, nil), 400, "invalid_email_id")
		}
	})
}

func TestAnExchangedAddressTakesOverAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		signedIn := w.signedIn("old@example.com")
		open := newFlow(requiredProject, "old@example.com")
		w.begin(open)
		path := "/" + signedIn.text("user_id") + "/exchange_primary_factor"
		exchanged := w.users(http.MethodPut, path, members{"email_address": "New@example.com"})
		w.wantOK(exchanged)
		wantEmails(t, exchanged, "user.emails", "New@example.com")
		if exchanged.field("user.emails").([]any)[0].(members)["verified"] != false {
			t.Error("the new address counts as verified")
		}
		w.wantRefusal(w.redeem(open), 401, "unable_to_auth_magic_link")
		w.wantRefusal(w.sessions("authenticate", members{"session_token": signedIn.text("session_token")}), 404, "session_not_found")

		login := newFlow(requiredProject, "new@example.com")
		if started := w.begin(login); started.text("user_id") != signedIn.text("user_id") {
			t.Errorf("got %s, want the user %s", started.body, signedIn.text("user_id"))
		}
		w.wantOK(w.redeem(login))
		again := w.post(requiredProject, startPath, newFlow(requiredProject, "old@example.com").start)
		if again.field("user_created") != true {
			t.Errorf("got %s, want a new user for the old address", again.body)
		}
	})
}

func TestRefusedExchangesChangeNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.createUser("bob@example.com")
		signedIn := w.signedIn("ada@example.com")
		path := "/" + signedIn.text("user_id") + "/exchange_primary_factor"
		for _, tc := range []struct {
			body members
			kind string
		}{
			{members{}, "invalid_exchange_primary_factor_fields"},
			{members{"phone_number": "+15551234567"}, "invalid_phone_number"},
			{members{"email_address": "new@example.com", "phone_number": "+15551234567"}, "invalid_phone_number"},
			{members{"email_address": "new"}, "invalid_email"},
			{members{"email_address": "BOB@example.com"}, "duplicate_email"},
			{members{"email_address": "ADA@example.com"}, "duplicate_email_for_user"},
		} {
			w.wantRefusal(w.users(http.MethodPut, path, tc.body), 400, tc.kind)
		}
		w.addEmail(signedIn.text("user_id"), "ada@example.org")
		w.wantRefusal(w.users(http.MethodPut, path, members{"email_address": "new@example.com"}), 400, "invalid_exchange_primary_factor_user")
		w.wantOK(w.sessions("authenticate", members{"session_token": signedIn.text("session_token")}))
	})
}

// An address that waits for its proof is the person's, unproven, until its time is over.
func TestAnAttachedAddressComesAndGoes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("ada@example.com")
		id, err := models.ParsePublicID("user", requiredProject, created.text("user_id"))
		fatal(t, err)
		w.clock.Advance(time.Millisecond) // addresses come in the order of their time
		now := w.clock.Now()
		attached := models.Email{
			ID: models.NewID(now), ProjectID: requiredProject, UserID: id, Address: "ada@example.org",
			AttachedUntil: models.At(now).Add(5 * time.Minute).Ptr(), CreatedAt: models.At(now),
		}
		attached.Identity = models.AttachedIdentity(attached.ID)
		fatal(t, w.store.Write(context.Background(), func(tx *store.Tx) error { return tx.InsertEmail(attached) }))

		path := "/" + created.text("user_id")
		wantEmails(t, w.users(http.MethodGet, path, nil), "emails", "ada@example.com", "ada@example.org")
		w.clock.Advance(5 * time.Minute)
		wantEmails(t, w.users(http.MethodGet, path, nil), "emails", "ada@example.com")
		gone := w.users(http.MethodDelete, "/emails/"+models.PublicID("email", requiredProject, attached.ID), nil)
		w.wantRefusal(gone, 404, "email_not_found")
		exchanged := w.users(http.MethodPut, path+"/exchange_primary_factor", members{"email_address": "ada@example.org"})
		w.wantOK(exchanged)
		wantEmails(t, exchanged, "user.emails", "ada@example.org")
	})
}
