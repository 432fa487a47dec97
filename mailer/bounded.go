package mailer

import (
	"errors"
	"net"
)

// maxReplies is what a relay may say to one mail, or while it greets: a thousand
// replies of the longest kind (RFC 5321 §4.5.3.1.5, 512 octets). One that never ends
// would fill the memory.
const maxReplies = 512 << 10

var (
	errTalkative = errors.New("mailer: the relay says too much")
	errSilent    = errors.New("mailer: the relay says nothing")
)

// bounded reads no more than is left.
type bounded struct {
	net.Conn
	left int
}

// refill is called for each mail.
func (b *bounded) refill() { b.left = maxReplies }

// silent tells that nothing came since the last refill.
func (b *bounded) silent() bool { return b.left == maxReplies }

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalkative
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
