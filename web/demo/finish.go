package demo

import "net/http"

const sessionMinutes = 60

type finishRequest struct {
	Token        string `json:"token"`
	CodeVerifier string `json:"code_verifier"`
}

// finish redeems the link's token with the verifier the page kept. Without one
// it asks all the same: the page offers that to show what Latchkey says then.
func (a *App) finish(w http.ResponseWriter, r *http.Request) error {
	var req finishRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	return a.redeem(w, r, "/v1/magic_links/authenticate", redeemLinkCall{
		Token:                  req.Token,
		CodeVerifier:           req.CodeVerifier,
		SessionDurationMinutes: sessionMinutes,
		Attributes:             clientAttributes(r),
	})
}

type finishByCodeRequest struct {
	Email        string `json:"email"`
	Code         string `json:"code"`
	CodeVerifier string `json:"code_verifier"`
}

// finishByCode redeems the eight digits of the same mail, typed where the login
// started.
func (a *App) finishByCode(w http.ResponseWriter, r *http.Request) error {
	var req finishByCodeRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	return a.redeem(w, r, "/v1/otps/authenticate",
		redeemCodeCall{req.Email, req.Code, req.CodeVerifier, sessionMinutes})
}

func (a *App) redeem(w http.ResponseWriter, r *http.Request, path string, body any) error {
	var in authenticated
	if err := a.call(r.Context(), a.client(), path, body, &in); err != nil {
		return err
	}
	keepSession(w, r, in)
	writeJSON(w, http.StatusOK, viewOf(in))
	return nil
}
