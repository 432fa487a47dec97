package models

import (
	"testing"
	"time"
)

func TestLinkStates(t *testing.T) {
	now := At(epoch)
	for name, c := range map[string]struct {
		link MagicLink
		want LinkState
	}{
		"alive":                     {MagicLink{ExpiresAt: now + 1}, LinkAlive},
		"expired on the instant":    {MagicLink{ExpiresAt: now}, LinkExpired},
		"expired":                   {MagicLink{ExpiresAt: now - 1}, LinkExpired},
		"redeemed":                  {MagicLink{ExpiresAt: now + 1, RedeemedAt: now.Ptr()}, LinkRedeemed},
		"redeemed, then expired":    {MagicLink{ExpiresAt: now - 1, RedeemedAt: now.Ptr()}, LinkRedeemed},
		"redeemed and revoked":      {MagicLink{ExpiresAt: now + 1, RedeemedAt: now.Ptr(), RevokedAt: now.Ptr()}, LinkRedeemed},
		"revoked":                   {MagicLink{ExpiresAt: now + 1, RevokedAt: now.Ptr()}, LinkRevoked},
		"revoked, then expired":     {MagicLink{ExpiresAt: now - 1, RevokedAt: now.Ptr()}, LinkRevoked},
		"opened, which is no state": {MagicLink{ExpiresAt: now + 1, OpenedAt: now.Ptr()}, LinkAlive},
	} {
		if got := c.link.State(now); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestASessionLivesUntilItsEndOrItsRevocation(t *testing.T) {
	now := At(epoch)
	for name, c := range map[string]struct {
		session Session
		want    bool
	}{
		"alive":   {Session{ExpiresAt: now + 1}, true},
		"ended":   {Session{ExpiresAt: now}, false},
		"revoked": {Session{ExpiresAt: now + 1, RevokedAt: now.Ptr()}, false},
	} {
		if got := c.session.Alive(now); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestInstantsAreMillisecondsUTC(t *testing.T) {
	away := epoch.In(time.FixedZone("away", 3600)).Add(999 * time.Microsecond)
	if got := At(away).Time(); !got.Equal(epoch) || got.Location() != time.UTC {
		t.Errorf("got %v, want %v", got, epoch)
	}
	if got, want := At(epoch).Add(time.Hour), At(epoch.Add(time.Hour)); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}
