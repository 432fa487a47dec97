package main

import (
	"bytes"
	"errors"
	"strconv"

	"latchkey/magiclink"
)

// The calls that the figures are of, at the door of an app's back end.
const (
	loginPath        = "/magic_links/email/login_or_create"
	authenticatePath = "/magic_links/authenticate"
)

// caller is a kept connection that speaks the wire format. Its bodies are put together
// in one buffer.
type caller struct {
	conn
	proof   *proof
	content []byte
}

// proof is a verifier and its challenge. One pair serves a whole run: which persons and
// links belong together, the rows say.
type proof struct{ verifier, challenge string }

func newProof() *proof {
	verifier := magiclink.NewVerifier()
	return &proof{verifier, magiclink.ChallengeOf(verifier)}
}

// appendAddress names a person by a number.
func appendAddress(to []byte, person int) []byte {
	return append(strconv.AppendInt(append(to, "person"...), int64(person), 10), "@example.com"...)
}

// personOf is the number that appendAddress made the address of.
func personOf(address []byte) (int, error) {
	name, _, _ := bytes.Cut(address, []byte("@"))
	return strconv.Atoi(string(bytes.TrimPrefix(name, []byte("person"))))
}

// start asks for a link for the person.
func (c *caller) start(person int) error {
	c.content = appendAddress(append(c.content[:0], `{"email":"`...), person)
	c.content = append(append(append(c.content, `","code_challenge":"`...), c.proof.challenge...), `"}`...)
	_, err := c.expect(loginPath, c.content)
	return err
}

// redeem spends a link for a session of an hour and its JWT.
func (c *caller) redeem(token string) error {
	c.content = append(append(c.content[:0], `{"token":"`...), token...)
	c.content = append(append(c.content, `","code_verifier":"`...), c.proof.verifier...)
	c.content = append(c.content, `","session_duration_minutes":60}`...)
	body, err := c.expect(authenticatePath, c.content)
	if err == nil && !bytes.Contains(body, []byte(`"session_jwt":"ey`)) {
		err = errors.New(authenticatePath + ": got no JWT")
	}
	return err
}
