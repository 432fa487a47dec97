// Package catcher is the mail server and inbox that `latchkey dev` starts
// beside the API: an SMTP server that accepts every mail and delivers none, a
// page to read them on, an endpoint for end-to-end tests, and MailHog's HTTP
// API, so that tools written for MailHog run unchanged.
//
// It owns what it caught, in memory and nowhere else: the newest mails up to a
// number and a size, gone when the process ends. It does not send, queue,
// render or judge mail, opens no listener of its own, and knows nothing of
// Latchkey but what a mail shows: a link whose path is /l/{token}, and a code
// of eight digits in two groups of four.
//
// The caller hands in listeners:
//
//	c := catcher.New(catcher.Config{Logger: logger})
//	go c.ServeSMTP(smtpListener)
//	go http.Serve(inboxListener, c.Handler())
//	defer c.Close()
//
// # The inbox
//
//	GET    /                             the page
//	GET    /messages?query=              every mail, newest first: {smtp, total, messages}
//	GET    /messages/{id}                one mail: headers, text, link, code, attachments
//	GET    /messages/{id}/html           its HTML part, sandboxed: no script, nothing remote
//	GET    /messages/{id}/source         its source, byte for byte
//	DELETE /messages                     delete all
//	DELETE /messages/{id}                delete one
//	GET    /events                       server-sent events: ready, arrived, deleted
//
// # For end-to-end tests
//
//	GET    /inbox/{address}/latest       the newest mail to this address, 404 if there is none:
//	                                     {id, received_at, subject, link, token, code}
//	         ?wait=10s                   wait up to this long (at most 60s) for one to arrive
//	         ?after={id}                 only mails that came after this one
//	         ?since=2026-01-02T15:04:05Z only mails received at or after this moment (RFC 3339)
//
// The address is compared with the envelope's recipients, ASCII letters in any
// case. `link` is the first URL with a path /l/{token}, from the text part or,
// if it has none, from the HTML; `token` is the end of its path; `code` is the
// eight digits without the space. What a mail lacks is the empty string. To
// wait for a second mail, pass the id of the first as `after`.
//
// # MailHog's API
//
//	GET    /api/v1/messages              up to 1000 messages, newest first
//	DELETE /api/v1/messages              delete all
//	GET    /api/v1/messages/{id}         one message; 404 and null if there is none
//	DELETE /api/v1/messages/{id}         delete one; 404 if there is none
//	GET    /api/v1/messages/{id}/download                   its source as {id}.eml
//	GET    /api/v1/messages/{id}/mime/part/{part}/download  one part, base64 undone
//	POST   /api/v1/messages/{id}/release                    501: nothing leaves this catcher
//	GET    /api/v1/events                server-sent events, one message each
//	GET    /api/v2/messages?start=&limit=                   {total, count, start, items}
//	GET    /api/v2/search?kind=&query=&start=&limit=        kind: from, to or containing
//
// Limits are 50 unless asked for, and 250 at most. Where MailHog answers an
// unknown id with 200 (GET) or 500 (DELETE), the catcher answers 404; the body
// of a GET stays null. Jim, its saved outgoing servers and its websocket are
// left out and answer 404.
//
// # Who may ask
//
// Mails hold working links, and any web page can make a browser send requests
// to loopback. So a Host header that is neither loopback nor configured is
// refused with 421 (DNS rebinding), and a request that changes something and
// comes from another origin with 403. No CORS header is ever sent. Tools that
// are no browsers send neither Origin nor Sec-Fetch-Site and are not affected.
package catcher
