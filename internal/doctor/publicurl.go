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
	proxied := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	got, err := ask(ctx, proxied, origin+"/healthz")
	switch {
	case err != nil:
		s.warn("healthz", origin+"/healthz does not answer: "+cause(err), advice)
		return
	case got.status != http.StatusOK:
		s.warn("healthz", fmt.Sprintf("%s/healthz answers %d, and not as Latchkey does", origin, got.status), advice)
	default:
		s.ok("healthz", origin+"/healthz answers")
	}
	if at, err := http.ParseTime(got.date); err == nil {
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

// answer is what is read of one, at most maxAnswer of its body.
type answer struct {
	status int
	date   string
	body   []byte
}

// maxAnswer is several times that of /readyz, in bytes.
const maxAnswer = 1 << 10

// ask follows no redirection: the links that are mailed lead to this very origin.
func ask(ctx context.Context, way *http.Transport, target string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, publicTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return answer{}, err
	}
	client := http.Client{
		Transport:     way,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return answer{response.StatusCode, response.Header.Get("Date"), body}, err
}
