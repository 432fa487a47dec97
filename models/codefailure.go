package models

// CodeFailure is one wrong guess at a mailed code. A mailbox has a budget of them, over
// all its links and whoever says that it is theirs, so it is named by a keyed hash and
// not by a row of somebody's.
type CodeFailure struct {
	ID        ID
	ProjectID string
	Mailbox   ID `gorm:"column:email_id"`
	CreatedAt Instant
}
