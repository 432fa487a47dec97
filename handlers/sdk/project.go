package sdk

import (
	"net/netip"
	"net/url"
	"slices"
)

// Project is what the browser door knows of a project: whom to let in.
type Project struct {
	ID          string
	Name        string
	PublicToken string   // names the project, and is no secret
	Origins     []string // of the pages that may call, as browsers spell them
	AnyLoopback bool     // and any page of this machine: for development
	NativeApps  bool     // and requests that name no origin
}

func (p *Project) allows(origin string) bool {
	return slices.Contains(p.Origins, origin) || p.AnyLoopback && isLoopback(origin)
}

func isLoopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != origin {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// byToken finds a project. A public token is no secret, so comparing it needs no care.
func (a *API) byToken(token string) (*Project, bool) {
	i := slices.IndexFunc(a.Projects, func(p Project) bool { return p.PublicToken == token })
	if i < 0 {
		return nil, false
	}
	return &a.Projects[i], true
}
