package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// postfixVariable says how many mails Postfix is handed: `make drill postfix` sets it.
	postfixVariable = "LATCHKEY_POSTFIX_MAILS"

	postfixUser, postfixPassword = "latchkey", "between-us-and-postfix"
)

// postfix is Debian's Postfix on loopback, with folders of its own: it takes mail over
// TLS from who logs in, and hands all of it to the next server.
type postfix struct {
	dir     string
	address string
	stopped bool
}

// startPostfix starts it in front of next. Its master must be root, to run its parts as
// several others.
func startPostfix(t *testing.T, next string) *postfix {
	t.Helper()
	for _, program := range []string{"postfix", "saslpasswd2"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program+" is not installed: nothing was tried with Postfix (apt-get install postfix sasl2-bin libsasl2-modules)")
		}
	}
	if os.Getuid() != 0 {
		missing(t, "Postfix starts as root only: nothing was tried with it")
	}
	p := &postfix{dir: folderForAll(t), address: freeAddress(t)}
	writeCertificate(t, p.certificate(), filepath.Join(p.dir, "key.pem"))
	writePostfixConfig(t, p.dir, p.address, next)
	addPostfixUser(t, filepath.Join(p.dir, "sasldb2"))
	p.control(t, "start")
	t.Cleanup(func() { p.stop(t) })
	return p
}

// certificate is the file of the one to trust.
func (p *postfix) certificate() string { return filepath.Join(p.dir, "cert.pem") }

// control runs Postfix's own command. It writes into a file: a pipe would be inherited
// by the daemon and never end.
func (p *postfix) control(t *testing.T, verb string) {
	t.Helper()
	said, err := os.CreateTemp(p.dir, verb)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd := exec.Command("postfix", "-c", filepath.Join(p.dir, "conf"), verb)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		t.Fatalf("%s: %v\n%s\n%s", cmd, err, text, p.log(t))
	}
}

// stop ends it, unless it has ended.
func (p *postfix) stop(t *testing.T) {
	t.Helper()
	if !p.stopped {
		p.stopped = true
		p.control(t, "stop")
	}
}

// log is what it has written. It is complete once Postfix is stopped.
func (p *postfix) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// folderForAll can be entered by the users that Postfix's parts and PostgreSQL run as,
// other than a folder of testing's.
func folderForAll(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "latchkey-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// writePostfixConfig writes the least that a relay needs. mynetworks is empty, so that
// nobody gets by without a login, this machine not excepted.
func writePostfixConfig(t *testing.T, dir, listen, next string) {
	t.Helper()
	host, port, err := net.SplitHostPort(next)
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{
		"conf/main.cf": `
compatibility_level = 3.6
queue_directory = ` + dir + `/queue
data_directory = ` + dir + `/data
maillog_file_prefixes = ` + dir + `
maillog_file = ` + dir + `/log
myhostname = relay.latchkey.example
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
relayhost = [` + host + `]:` + port + `
smtpd_tls_cert_file = ` + dir + `/cert.pem
smtpd_tls_key_file = ` + dir + `/key.pem
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = latchkey.example
cyrus_sasl_config_path = ` + dir + `/conf/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
`,
		"conf/master.cf": listen + ` inet n - n - - smtpd
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - n 1000? 1 tlsmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
smtp     unix - - n - - smtp
error    unix - - n - - error
retry    unix - - n - - error
scache   unix - - n - 1 scache
anvil    unix - - n - 1 anvil
postlog  unix-dgram n - n - 1 postlogd
`,
		"conf/sasl/smtpd.conf": `
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: ` + dir + `/sasldb2
mech_list: PLAIN LOGIN
`,
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// The folder data it makes itself, for the user that it is to belong to.
	if err := os.Mkdir(filepath.Join(dir, "queue"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func addPostfixUser(t *testing.T, database string) {
	t.Helper()
	cmd := exec.Command("saslpasswd2", "-p", "-c", "-f", database, "-u", "latchkey.example", postfixUser)
	cmd.Stdin = strings.NewReader(postfixPassword)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chmod(database, 0o644); err != nil { // for smtpd, which is not root
		t.Fatal(err)
	}
}

// writeCertificate makes one that signs itself, for loopback.
func writeCertificate(t *testing.T, certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: der},
		key:         {Type: "PRIVATE KEY", Bytes: encoded},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A real Postfix that wants STARTTLS and a login takes a stream of mails over no more
// connections than there are senders, and each arrives once.
func TestPostfixTakesManyMailsOverFewConnections(t *testing.T) {
	t.Parallel()
	mails := 50
	if set := os.Getenv(postfixVariable); set != "" {
		var err error
		if mails, err = strconv.Atoi(set); err != nil {
			t.Fatal(err)
		}
	}
	sink := startRelay(t)
	relay := startPostfix(t, sink.address)
	s := newSettings(t, sqliteURL(t), postfixUser+":"+postfixPassword+"@"+relay.address)
	s.smtpOptions = fmt.Sprintf("tls: starttls, ca_file: %q", relay.certificate())
	server := serve(t, s)
	addresses := startFor(t, server, mails)
	sink.each(t, addresses)
	server.terminate(t)
	sink.checkOnce(t, s.database, addresses)

	relay.stop(t)
	log := relay.log(t)
	connections := strings.Count(log, ": connect from ")
	logins := strings.Count(log, "sasl_username="+postfixUser)
	t.Logf("%d mails over %d connections", mails, connections)
	const senders = 4 // the default of smtp.senders
	if connections < 1 || connections > senders {
		t.Errorf("got %d connections, want no more than the %d senders", connections, senders)
	}
	if logins != mails {
		t.Errorf("Postfix took %d mails from who had logged in, want %d", logins, mails)
	}
}
