package wire

import (
	"cmp"

	"latchkey/magiclink"
)

// Start is what a start says of the link at every door.
type Start struct {
	Email                   string  `json:"email"`
	CodeChallenge           string  `json:"code_challenge"`
	CodeChallengeMethod     *string `json:"code_challenge_method"`
	RedirectURL             string  `json:"redirect_url"`
	LoginMagicLinkURL       string  `json:"login_magic_link_url"`
	SignupMagicLinkURL      string  `json:"signup_magic_link_url"`
	LoginExpirationMinutes  *int    `json:"login_expiration_minutes"`
	SignupExpirationMinutes *int    `json:"signup_expiration_minutes"`
	LoginTemplateID         string  `json:"login_template_id"`
	SignupTemplateID        string  `json:"signup_template_id"`
	Locale                  string  `json:"locale"`
}

// ToDomain is package magiclink's form of it. Who is asking is for the door to add.
func (s Start) ToDomain(project string) magiclink.StartRequest {
	return magiclink.StartRequest{
		ProjectID: project, Email: s.Email,
		Challenge: s.CodeChallenge, ChallengeMethod: s.CodeChallengeMethod,
		LoginURL:     cmp.Or(s.LoginMagicLinkURL, s.RedirectURL),
		SignupURL:    cmp.Or(s.SignupMagicLinkURL, s.RedirectURL),
		LoginMinutes: s.LoginExpirationMinutes, SignupMinutes: s.SignupExpirationMinutes,
		LoginTemplate: s.LoginTemplateID, SignupTemplate: s.SignupTemplateID, Locale: s.Locale,
	}
}
