package models

// CodeFailure is one wrong guess at a mailed code. A mailbox has a budget of them,
// over all its links.
type CodeFailure struct {
	ID        ID
	ProjectID string
	EmailID   ID
	CreatedAt Instant
}
