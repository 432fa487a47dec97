package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
)

// hashLength is in bytes. The hash tells replicas apart; it protects nothing.
const hashLength = 6

// Hash is a short fingerprint of what replicas must have in common. /readyz shows it
// to anybody, so nothing goes into it that a short hash would let them guess:
// neither passwords nor master keys. "" for a configuration that is from no file.
func (c *Config) Hash() string {
	if reflect.ValueOf(c.file).IsZero() {
		return ""
	}
	encoded, err := json.Marshal(c.file.shared())
	if err != nil {
		panic("config: file.go has a kind of value without a JSON form: " + err.Error())
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:hashLength])
}

// shared leaves out what may rightly differ between replicas, and credentials.
func (f file) shared() file {
	f.Server.Listen, f.Server.MetricsListen = "", ""
	f.Log = logSection{}
	f.Keys = keysSection{}
	f.Templates = templatesSection{}
	f.Database.URL = withoutCredentials(f.Database.URL)
	f.SMTP.URL = withoutCredentials(f.SMTP.URL)
	f.SMTP.Fallbacks = slices.Clone(f.SMTP.Fallbacks)
	for i := range f.SMTP.Fallbacks {
		f.SMTP.Fallbacks[i].URL = withoutCredentials(f.SMTP.Fallbacks[i].URL)
	}
	return f
}

func withoutCredentials(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.Path + u.Opaque
}
