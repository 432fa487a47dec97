package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"os"
	"syscall"
)

// causeOf says in fixed words why no session came to be, for the log. What the server
// said is not among them: it may hold the password or a recipient.
func causeOf(err error) string {
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return "no such host"
	case errors.As(err, &unknown):
		return "the DNS does not answer"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no way to the host"
	case isTLSFault(err):
		return tlsCauseOf(err)
	case errors.As(err, new(textproto.ProtocolError)):
		return "it is no SMTP server"
	case errors.Is(err, errSilent), isTimeout(err):
		return "timed out"
	}
	return "it closed the connection"
}

func tlsCauseOf(err error) string {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, new(tls.RecordHeaderError)):
		return "it speaks no TLS on this port"
	case errors.As(err, new(x509.HostnameError)):
		return "a certificate for another name"
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "a certificate of an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "a certificate that has expired"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "a certificate that is not good"
	}
	return "no TLS handshake"
}

// isTimeout: a session that takes too long is ended by closing its connection.
func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ETIMEDOUT)
}
