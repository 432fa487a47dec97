package config

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"latchkey/handlers/sdk"
	"latchkey/magiclink"
)

// withBrowserDoor is the quiet file with that door open.
func withBrowserDoor() string {
	return quiet() + `    public_token: public-token-test-1
    allowed_origins: [https://app.example.com, "http://localhost:3000", "https://app.example.com:8443", "http://[::1]:8080", "capacitor://localhost"]
`
}

func TestTheBrowserDoorIsOpenedByAToken(t *testing.T) {
	want := []sdk.Project{{
		ID: "project-test-1", Name: "Example", PublicToken: "public-token-test-1",
		Origins: []string{"https://app.example.com", "http://localhost:3000", "https://app.example.com:8443", "http://[::1]:8080", "capacitor://localhost"},
	}}
	if got := mustParse(t, withBrowserDoor(), nil).BrowserProjects(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := mustParse(t, minimal, nil).BrowserProjects(); len(got) != 0 {
		t.Errorf("without a token: got %+v, want that nobody may come in", got)
	}
}

func TestTrustedProxiesAreNetworks(t *testing.T) {
	cfg := mustParse(t, strings.Replace(minimal, "server:\n", "server:\n  trusted_proxies: [10.0.0.0/8, 192.0.2.1, '2001:db8::1']\n", 1), nil)
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::1/128")}
	if !slices.Equal(cfg.TrustedProxies, want) {
		t.Errorf("got %v, want %v", cfg.TrustedProxies, want)
	}
	if keys := RestartKeys(mustParse(t, minimal, nil), cfg); !slices.Equal(keys, []string{"server.trusted_proxies"}) {
		t.Errorf("got %v, want that server.trusted_proxies needs a restart", keys)
	}
}

func TestANetworksLimitsHaveDefaultsAndShares(t *testing.T) {
	mailbox := magiclink.MailboxLimit{Burst: 3, PerHour: 4, PerDay: 10}
	if got, want := mustParse(t, minimal, nil).Limits.Network, (magiclink.NetworkLimit{StartsPerMinute: 20, RedeemsPerMinute: 60, Mailbox: mailbox}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	shared := mustParse(t, minimal+"limits: {replicas: 40}\n", nil).Limits.Network
	if want := (magiclink.NetworkLimit{StartsPerMinute: 1, RedeemsPerMinute: 1, Mailbox: mailbox}); shared != want {
		t.Errorf("one of forty: got %+v, want %+v", shared, want)
	}
}
