package wire

import "latchkey/session"

// Attributes are what an app's back end says of the person's client.
type Attributes struct {
	IPAddress string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

// ToDomain is package session's form of them.
func (a Attributes) ToDomain() session.Attributes {
	return session.Attributes{IPAddress: a.IPAddress, UserAgent: a.UserAgent}
}
