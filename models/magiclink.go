package models

// LinkKind is what a link was asked for. It picks the mail's words and the list of
// redirect URLs it was checked against.
type LinkKind string

const (
	LinkLogin  LinkKind = "login"
	LinkSignup LinkKind = "signup"
	// LinkInvite is sent to somebody who did not ask. It carries no challenge, and its
	// mailed token opens a page with a button and can never be redeemed itself.
	LinkInvite LinkKind = "invite"
	// LinkEmbedded is handed to the app's back end and never mailed. It belongs to no
	// address and proves none.
	LinkEmbedded LinkKind = "embedded"
)

// MagicLink is one mailed link. Challenge, redirect URL and life were settled at
// its start and are never touched by a later one.
type MagicLink struct {
	ID          ID
	ProjectID   string
	UserID      ID
	EmailID     ID
	KeyID       byte // the master key its token is sealed under
	Kind        LinkKind
	Challenge   string // RFC 7636 code_challenge, S256; "" where the project lets it be absent
	RedirectURL string
	// SessionID is the session in which an address was attached: the link is redeemed
	// in that one or not at all.
	SessionID  *ID
	IPAddress  string // of the person, as the caller says; shown in the mail's facts
	UserAgent  string
	CreatedAt  Instant
	ExpiresAt  Instant
	OpenedAt   *Instant // the first GET, by whomever: a scanner counts
	RedeemedAt *Instant
	RevokedAt  *Instant
}

// LinkState is what a link can still do.
type LinkState string

const (
	LinkAlive    LinkState = "alive"
	LinkRedeemed LinkState = "redeemed"
	LinkRevoked  LinkState = "revoked"
	LinkExpired  LinkState = "expired"
)

// State tells what the link is at the instant now. Redeemed comes before the
// others: it is what the person wants to know of a link that was used.
func (l *MagicLink) State(now Instant) LinkState {
	switch {
	case l.RedeemedAt != nil:
		return LinkRedeemed
	case l.RevokedAt != nil:
		return LinkRevoked
	case l.ExpiresAt <= now:
		return LinkExpired
	}
	return LinkAlive
}
