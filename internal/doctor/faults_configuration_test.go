package doctor

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFaultsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	testFaults(t, map[string]fault{
		"a key that is not known": {
			plant: func(in *installation) { in.replace("migrate:", "migrat:") },
			id:    "configuration", status: Fault, says: []string{"config.yaml:2: database.migrat", "did you mean migrate?"},
			gone: []string{"templates", "database", "keys", "server", "redirect_urls", "smtp", "dns"},
		},
		"a template that cannot be parsed": {
			plant: func(in *installation) {
				in.write("own/mail/login.txt", "{{")
				in.settings += "templates: {dir: own}\n"
			},
			id: "templates", status: Fault, says: []string{"login.txt", "templates.dir"},
		},
		"a port that something else has": {
			plant: func(in *installation) { in.set("listen", strings.TrimPrefix(in.serving(http.NotFound), "http://")) },
			id:    "server.listen", status: Warning, says: []string{"no Latchkey", "stop it"},
		},
		"a port that a Latchkey of another configuration has": {
			plant: func(in *installation) {
				other := in.serving(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"config": "0123456789ab"}`) })
				in.set("listen", strings.TrimPrefix(other, "http://"))
			},
			id: "server.listen", status: Warning, says: []string{"another configuration", "hash 0123456789ab", "SIGHUP"},
		},
		"an address of another machine": {
			plant: func(in *installation) { in.set("listen", "192.0.2.1:8080") },
			id:    "server.listen", status: Fault, says: []string{"192.0.2.1:8080", "an address of this machine"},
		},
		"a public name without an address": {
			plant: func(in *installation) { in.set("public_url", "https://login.gone.example") },
			id:    "server.public_url.name", status: Fault, says: []string{"login.gone.example", "A or AAAA record"},
			also: map[string]Status{"configuration": OK},
			gone: []string{"server.public_url.healthz", "server.public_url.clock"},
		},
		"another server at the public name": {
			plant: func(in *installation) { in.set("public_url", in.serving(http.NotFound)) },
			id:    "server.public_url.healthz", status: Warning, says: []string{"404", "server.listen"},
		},
		"nothing at the public name": {
			plant: func(in *installation) { in.set("public_url", "http://"+closedPort) },
			id:    "server.public_url.healthz", status: Warning, says: []string{"connection refused", "start latchkey serve"},
			gone: []string{"server.public_url.clock"},
		},
		"a clock that is ahead": {
			plant: func(in *installation) { in.now = func() time.Time { return time.Now().Add(time.Minute) } },
			id:    "server.public_url.clock", status: Fault, says: []string{"ahead of", "NTP"},
		},
		"a clock that is behind": {
			plant: func(in *installation) { in.now = func() time.Time { return time.Now().Add(-time.Minute) } },
			id:    "server.public_url.clock", status: Fault, says: []string{"behind", "NTP"},
		},
		"no default redirect URL": {
			plant: func(in *installation) { in.replace("/in", "/in?*") },
			id:    "redirect_urls." + project + ".default", status: Warning, says: []string{"login and signup", "without a *"},
		},
		"a redirect URL that leads nowhere": {
			plant: func(in *installation) { in.replace(`"https://app.`, `"https://gone.example.com/in", "https://app.`) },
			id:    "redirect_urls." + project + ".names", status: Warning, says: []string{"gone.example.com", "correct the entry"},
		},
		"a redirect URL that the DNS does not answer for": {
			plant: func(in *installation) { in.names.fail("app.example.com.") },
			id:    "redirect_urls." + project + ".names", status: Warning, says: []string{"did not answer for app.example.com", "try again"},
		},
	})
}
