package doctor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// publicTimeout is for one request through the proxy in front.
const publicTimeout = 5 * time.Second

// publicURL looks at the address that mailed links begin with, from outside as far
// as that can be done from here.
func (d *Doctor) publicURL(origin string) section {
	return func(ctx context.Context, s sheet) {
		host := hostOf(origin)
		if err := d.resolves(ctx, host); err != nil {
			unresolved(s, host, err, "server.public_url", Warning)
			return
		}
		s.ok("name", host+" has an address")
		d.healthz(ctx, s, origin)
	}
}

// healthz asks the service itself, which may not run yet.
func (d *Doctor) healthz(ctx context.Context, s sheet, origin string) {
	const advice = "start latchkey serve, and let the proxy in front pass every path of server.public_url on to server.listen, with a certificate that browsers trust"
	status, date, err := ask(ctx, origin+"/healthz")
	switch {
	case err != nil:
		s.warn("healthz", origin+"/healthz does not answer: "+cause(err), advice)
		return
	case status != http.StatusOK:
		s.warn("healthz", fmt.Sprintf("%s/healthz answers %d, and not as Latchkey does", origin, status), advice)
	default:
		s.ok("healthz", origin+"/healthz answers")
	}
	if at, err := http.ParseTime(date); err == nil {
		d.compareClocks(s, "clock", "the server at "+origin, at)
	}
}

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return "" // which config refuses
	}
	return u.Hostname()
}

// ask tells the status and the Date of an answer. Redirections are not followed: the
// links that are mailed lead to this very origin.
func ask(ctx context.Context, target string) (status int, date string, err error) {
	ctx, cancel := context.WithTimeout(ctx, publicTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, "", err
	}
	client := http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<10))
	return answer.StatusCode, answer.Header.Get("Date"), err
}
