package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wneessen/go-mail"
	"golang.org/x/sync/errgroup"
)

// sendMails is the ceiling of draining: go-mail over kept connections, building mails of
// the length of ours and sending them, and nothing else. It says how many a second.
func sendMails(arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("want an SMTP server's address, how many mails, and over how many connections")
	}
	mails, err := strconv.ParseInt(arguments[1], 10, 64)
	if err != nil {
		return err
	}
	connections, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	senders, err := dialSenders(arguments[0], connections)
	if err != nil {
		return err
	}
	var sent atomic.Int64
	var group errgroup.Group
	began := time.Now()
	for _, sender := range senders {
		group.Go(func() error {
			for n := sent.Add(1); n <= mails; n = sent.Add(1) {
				message, err := mailLikeOurs(n)
				if err != nil {
					return err
				}
				if err := sender.Send(message); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Println(float64(mails) / time.Since(began).Seconds())
	for _, sender := range senders {
		err = errors.Join(err, sender.Close())
	}
	return err
}

func dialSenders(address string, connections int) ([]*mail.Client, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	senders := make([]*mail.Client, connections)
	for i := range senders {
		if senders[i], err = mail.NewClient(host, mail.WithPort(number), mail.WithTLSPolicy(mail.NoTLS)); err != nil {
			return nil, err
		}
		if err := senders[i].DialWithContext(context.Background()); err != nil {
			return nil, err
		}
	}
	return senders, nil
}

// As long as the parts of a login's mail are.
var (
	mailText = strings.Repeat("Somebody asked to sign in, in the browser where you did.\r\n", 10)
	mailHTML = strings.Repeat(`<p style="margin:0 0 16px;font-size:16px;line-height:25px;color:#1e1d1a;">Sign in</p>`+"\r\n", 70)
)

func mailLikeOurs(n int64) (*mail.Msg, error) {
	m := mail.NewMsg()
	err := errors.Join(m.From("login@latchkey.example"), m.To(fmt.Sprintf("person%d@example.com", n)))
	m.SetDate()
	m.SetMessageID()
	m.Subject("Sign in")
	m.SetBodyString(mail.TypeTextPlain, mailText)
	m.AddAlternativeString(mail.TypeTextHTML, mailHTML)
	return m, err
}
