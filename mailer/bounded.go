package mailer

import (
	"errors"
	"net"
)

// maxReplies is what a relay may say on one connection: a hundred times what two
// thousand mails take. One that never ends its greeting would fill the memory.
const maxReplies = 16 << 20

var errTalkative = errors.New("mailer: the relay says too much")

// bounded reads no more than it is left.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalkative
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
