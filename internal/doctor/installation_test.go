package doctor

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

const project = "project-test-1"

// installation is one that nothing is wrong with, until a test breaks something.
type installation struct {
	t         *testing.T
	folder    string
	settings  string // config.yaml
	names     *nameServer
	authority *authority
	relay     *relayServer
	now       func() time.Time
	recipient string
	secrets   []string // that must never be told
}

const healthySettings = `server: {listen: "LISTEN", public_url: "PUBLIC_URL"}
database: {url: "sqlite:data/latchkey.db", migrate: true}
keys: {file: data/master.key}
smtp:
  url: smtp://` + relayUser + ":" + relayPassword + `@localhost:RELAY_PORT
  tls: starttls
  ca_file: ca.pem
sender:
  address: login@example.com
  dkim: {selector: latchkey1, key_file: dkim.pem}
projects:
  - id: ` + project + `
    name: Example
    secrets: ["sha256:53ef94efbd8ee3ceb6eaf9f46ff8ddfdfd3b1f9ab1a5ee0ba8a9b3e3b4fbd5b2"]
    redirect_urls: ["https://app.example.com/in"]
`

func newInstallation(t *testing.T) *installation {
	t.Helper()
	in := &installation{
		t: t, folder: t.TempDir(), settings: healthySettings, now: time.Now,
		names: startNameServer(t), authority: newAuthority(t),
	}
	in.relay = newRelayServer(in.authority.certify(t, "localhost", time.Now().AddDate(0, 3, 0)))
	in.secrets = []string{relayPassword}
	in.authority.write(t, in.folder)
	in.makeSigningKey()
	in.makeDatabase()
	in.serveItself()
	in.names.publish(t,
		"app.example.com. A 198.51.100.7",
		"example.com. MX 10 mail.example.com.",
		"mail.example.com. A 198.51.100.8",
		`example.com. TXT "v=spf1 a:mail.example.com ~all"`,
		`example.com. TXT "another-service=verified"`,
		`_dmarc.example.com. TXT "v=DMARC1; p=quarantine"`,
	)
	return in
}

// write puts a file into the folder.
func (in *installation) write(name, content string) {
	in.t.Helper()
	path := filepath.Join(in.folder, name)
	in.must(os.MkdirAll(filepath.Dir(path), 0o700))
	in.must(os.WriteFile(path, []byte(content), 0o600))
}

func (in *installation) chmod(name string, mode os.FileMode) {
	in.t.Helper()
	in.must(os.Chmod(in.path(name), mode))
}

func (in *installation) must(err error) {
	in.t.Helper()
	if err != nil {
		in.t.Fatal(err)
	}
}

// replace changes the settings.
func (in *installation) replace(old, new string) {
	in.t.Helper()
	if !strings.Contains(in.settings, old) {
		in.t.Fatalf("the settings have no %q", old)
	}
	in.settings = strings.Replace(in.settings, old, new, 1)
}

// makeSigningKey makes the DKIM key and publishes its public half.
func (in *installation) makeSigningKey() {
	in.t.Helper()
	in.names.publish(in.t, zoneLine("latchkey1._domainkey.example.com", "TXT", in.newSigningKey("dkim.pem")))
}

func (in *installation) newSigningKey(file string) (record string) {
	in.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	in.must(err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	in.must(err)
	in.write(file, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	in.secrets = append(in.secrets, base64.StdEncoding.EncodeToString(der))
	return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
}

// makeDatabase is what serve does at its first start.
func (in *installation) makeDatabase() {
	in.t.Helper()
	in.makeKeyFile()
	in.openStore(in.sqlite())
}

func (in *installation) sqlite() string { return "sqlite:" + in.path("data/latchkey.db") }

func (in *installation) path(name string) string { return filepath.Join(in.folder, name) }

func (in *installation) makeKeyFile() {
	in.t.Helper()
	masters, err := sealed.CreateKeyFile(in.path("data/master.key"), rand.Reader)
	in.must(err)
	in.secrets = append(in.secrets, base64.RawURLEncoding.EncodeToString(masters[sealed.FirstKey]))
}

func (in *installation) openStore(url string) {
	in.t.Helper()
	masters, err := config.Keys{File: in.path("data/master.key")}.Read()
	in.must(err)
	ring, err := sealed.NewKeyRing(masters, sealed.FirstKey)
	in.must(err)
	st, err := store.Open(in.t.Context(), store.Config{URL: url}, time.Now)
	in.must(err)
	in.must(st.Write(in.t.Context(), func(tx *store.Tx) error {
		return tx.InsertMasterKey(models.MasterKey{KeyID: sealed.FirstKey, Fingerprint: ring.Fingerprint(sealed.FirstKey), Active: true})
	}))
	in.must(st.Close())
}

// exec changes the database past the store, as another version does.
func (in *installation) exec(statement string) {
	in.t.Helper()
	db, err := sql.Open("sqlite3", in.path("data/latchkey.db"))
	in.must(err)
	_, err = db.Exec(statement)
	in.must(err)
	in.must(db.Close())
}

// serveItself is the running service, which here needs no proxy.
func (in *installation) serveItself() {
	origin := in.serving(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz":
		case "/readyz":
			cfg, err := config.Load(in.path("config.yaml"))
			if err != nil {
				in.t.Error(err)
				return
			}
			fmt.Fprintf(w, `{"status": "ok", "config": %q}`, cfg.Hash())
		default:
			http.NotFound(w, r)
		}
	})
	in.set("public_url", origin)
	in.set("listen", strings.TrimPrefix(origin, "http://"))
}

func (in *installation) serving(handler http.HandlerFunc) (origin string) {
	server := httptest.NewServer(handler)
	in.t.Cleanup(server.Close)
	return server.URL
}

// set replaces the quoted value of a key.
func (in *installation) set(key, value string) {
	in.t.Helper()
	before, after, found := strings.Cut(in.settings, key+`: "`)
	if !found {
		in.t.Fatalf("the settings have no %s", key)
	}
	_, after, _ = strings.Cut(after, `"`)
	in.settings = before + key + `: "` + value + `"` + after
}

// relayAt lets the settings name another port than the relay's.
func (in *installation) relayAt(address string) {
	in.replace("RELAY_PORT", portOf(address))
}

// implicitTLS moves the relay to TLS from the first byte.
func (in *installation) implicitTLS() {
	in.replace("tls: starttls", "tls: implicit")
	in.relay.listen(in.t, func(l net.Listener) net.Listener { return tls.NewListener(l, in.relay.smtp.TLSConfig) })
}

// examine brings up what a test has left, and runs every check.
func (in *installation) examine() Report {
	in.t.Helper()
	if in.relay.address == "" {
		in.relay.listen(in.t, nil)
	}
	in.settings = strings.ReplaceAll(in.settings, "RELAY_PORT", portOf(in.relay.address))
	in.write("config.yaml", in.settings)
	var lines []Check
	d := &Doctor{
		ConfigFile: in.path("config.yaml"), Recipient: in.recipient, Resolver: in.names.resolver(), Now: in.now,
		Progress: func(check Check) { lines = append(lines, check) },
	}
	report := d.Examine(in.t.Context())
	if !slices.Equal(lines, report.Checks) {
		in.t.Errorf("got the lines %v, want those of the report: %v", lines, report.Checks)
	}
	in.checkSecrets(report)
	if n := in.relay.messages.Load(); n != 0 {
		in.t.Errorf("%d mails were sent", n)
	}
	return report
}

// checkSecrets looks for each as it is, and as it is in an AUTH command.
func (in *installation) checkSecrets(report Report) {
	in.t.Helper()
	for _, check := range report.Checks {
		for _, secret := range in.secrets {
			sent := base64.StdEncoding.EncodeToString([]byte("\x00" + relayUser + "\x00" + secret))
			if told := check.Summary + check.Advice; strings.Contains(told, secret) || strings.Contains(told, sent) {
				in.t.Errorf("%s tells a secret: %s", check.ID, told)
			}
		}
	}
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
