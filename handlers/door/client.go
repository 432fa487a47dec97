package door

import (
	"net/netip"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"latchkey/session"
)

// forwardedFor is the one header in which proxies say where a request came from. Each
// adds what it saw at the end, so the list is read from there, over the hops that are
// trusted: what lies beyond them anybody can write.
const forwardedFor = "X-Forwarded-For"

func (d *Door) trustProxies(engine *gin.Engine) {
	trusted := make([]string, len(d.TrustedProxies))
	for i, proxies := range d.TrustedProxies {
		trusted[i] = proxies.String()
	}
	engine.RemoteIPHeaders = []string{forwardedFor}
	if err := engine.SetTrustedProxies(trusted); err != nil {
		panic("door: gin cannot read a prefix of package netip: " + err.Error())
	}
}

// ClientIP is the address that the request came from, as seen by the connection or by
// proxies that are trusted. It is not valid where neither can tell.
func ClientIP(c *gin.Context) netip.Addr {
	ip, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap()
}

// Client is what a request itself tells of the person's client. It is for doors that
// the person's client comes to; behind the app's back end it would tell of that.
func Client(c *gin.Context) session.Attributes {
	var client session.Attributes
	if ip := ClientIP(c); ip.IsValid() {
		client.IPAddress = ip.String()
	}
	agent := c.Request.UserAgent()
	client.UserAgent = strings.ToValidUTF8(agent[:min(len(agent), session.MaxUserAgent)], "")
	if strings.ContainsFunc(client.UserAgent, unicode.IsControl) {
		client.UserAgent = ""
	}
	return client
}
