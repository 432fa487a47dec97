package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"
)

// endpoint is a door of a service of this wire format, and who asks there.
type endpoint struct {
	door           *url.URL // what paths are put behind
	user, password string
	head           []byte // of every request, behind its path
}

// newEndpoint is for requests to paths below door, a URL.
func newEndpoint(door, user, password string) (*endpoint, error) {
	parsed, err := url.Parse(door)
	if err != nil {
		return nil, err
	}
	credentials := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	head := fmt.Appendf(nil, " HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\nContent-Length: ", parsed.Host, credentials)
	return &endpoint{parsed, user, password, head}, nil
}

func (e *endpoint) url(path string) string { return e.door.String() + path }

func (e *endpoint) dial() (net.Conn, error) {
	if e.door.Scheme == "https" {
		return tls.Dial("tcp", e.address("443"), &tls.Config{ServerName: e.door.Hostname()})
	}
	return net.Dial("tcp", e.address("80"))
}

func (e *endpoint) address(usualPort string) string {
	return net.JoinHostPort(e.door.Hostname(), cmp.Or(e.door.Port(), usualPort))
}

// conn is one kept connection, for one goroutine. It writes its requests by hand and
// reads of the answers what it must: client and service share the machine, and what
// the client costs the service lacks.
type conn struct {
	to   *endpoint
	net  net.Conn // nil until the first request, and after the service has hung up
	in   *bufio.Reader
	out  []byte // the last request
	body []byte // the last answer's
}

// answerTime is far more than any answer takes.
const answerTime = 30 * time.Second

// post returns the answer's body until the next post.
func (c *conn) post(path string, content []byte) (status int, body []byte, err error) {
	if err := c.open(); err != nil {
		return 0, nil, err
	}
	c.out = append(append(append(c.out[:0], "POST "...), c.to.door.Path...), path...)
	c.out = strconv.AppendInt(append(c.out, c.to.head...), int64(len(content)), 10)
	c.out = append(append(c.out, "\r\n\r\n"...), content...)
	if _, err := c.net.Write(c.out); err != nil {
		return 0, nil, err
	}
	return c.read()
}

func (c *conn) open() (err error) {
	if c.net == nil {
		if c.net, err = c.to.dial(); err != nil {
			return err
		}
		c.in = bufio.NewReader(c.net)
	}
	return c.net.SetDeadline(time.Now().Add(answerTime))
}

// framing is what of an answer's header says where it ends.
type framing struct {
	length  int
	chunked bool
	last    bool // of the connection
}

func (c *conn) read() (status int, body []byte, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, fmt.Errorf("%q is no status line", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	frame, err := c.header()
	if err != nil {
		return 0, nil, err
	}
	if err := c.content(frame); err != nil {
		return 0, nil, err
	}
	if frame.last {
		return status, c.body, c.close()
	}
	return status, c.body, nil
}

func (c *conn) header() (f framing, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return f, err
		}
		name, value, found := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		if !found {
			return f, nil
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if f.length, err = strconv.Atoi(string(value)); err != nil {
				return f, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			f.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			f.last = bytes.EqualFold(value, []byte("close"))
		}
	}
}

func (c *conn) content(f framing) (err error) {
	if f.chunked {
		if c.body, err = io.ReadAll(httputil.NewChunkedReader(c.in)); err != nil {
			return err
		}
		_, err = c.in.ReadSlice('\n') // the empty line after the last chunk
		return err
	}
	if cap(c.body) < f.length {
		c.body = make([]byte, f.length)
	}
	c.body = c.body[:f.length]
	_, err = io.ReadFull(c.in, c.body)
	return err
}

func (c *conn) close() error {
	if c.net == nil {
		return nil
	}
	err := c.net.Close()
	c.net = nil
	return err
}

// expect is post where nothing but 200 will do.
func (c *conn) expect(path string, content []byte) ([]byte, error) {
	status, body, err := c.post(path, content)
	if err == nil && status != 200 {
		err = fmt.Errorf("%s: got %d %s", path, status, body)
	}
	return body, err
}

// timed asks once, wants this status, and says how long it took from the request's
// first byte to the answer's last.
func (c *conn) timed(ctx context.Context, want int, path string, members map[string]any) (time.Duration, error) {
	content, err := json.Marshal(members)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return 0, err
	}
	began := time.Now()
	status, body, err := c.post(path, content)
	took := time.Since(began)
	if err == nil && status != want {
		err = fmt.Errorf("%s: got %d %s, want %d", path, status, body, want)
	}
	return took, err
}
