package wire

import (
	"latchkey/magiclink"
	"latchkey/models"
)

// Redeemed is the answer to whatever redeemed a link. Without a session its token and
// JWT are empty and Session is null.
type Redeemed struct {
	Reply
	UserID        string   `json:"user_id"`
	MethodID      string   `json:"method_id"`
	SessionToken  string   `json:"session_token"`
	SessionJWT    string   `json:"session_jwt"`
	User          User     `json:"user"`
	ResetSessions bool     `json:"reset_sessions"`
	Session       *Session `json:"session"`
}

// NewRedeemed describes who came in.
func NewRedeemed(reply Reply, redeemed *magiclink.Redeemed) Redeemed {
	project := redeemed.User.ProjectID
	response := Redeemed{
		Reply:    reply,
		UserID:   models.PublicID("user", project, redeemed.User.ID),
		MethodID: methodID(redeemed),
		User:     NewUser(redeemed.User, redeemed.Emails),
	}
	if issued := redeemed.Session; issued != nil {
		response.SessionToken, response.SessionJWT = issued.Token, issued.JWT
		response.Session = NewSession(issued.Session, issued.Emails)
	}
	return response
}

// methodID names what was shown: the address or, where none was, the embedded link.
func methodID(redeemed *magiclink.Redeemed) string {
	kind := "email"
	if redeemed.Method == models.MethodEmbedded {
		kind = "embedded"
	}
	return models.PublicID(kind, redeemed.User.ProjectID, redeemed.FactorID)
}
