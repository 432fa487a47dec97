package doctor

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/store/storetest"
)

// contents are the files below a folder with their modes and bytes.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found[path] = info.Mode().String()
		if !entry.IsDir() {
			text, err := os.ReadFile(path)
			found[path] += string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func checkUnchanged(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path := range after {
		if _, known := before[path]; !known {
			t.Errorf("%s was made", path)
		}
	}
	for path, content := range before {
		if after[path] != content {
			t.Errorf("%s was changed", path)
		}
	}
}

func TestTheDataFolderStaysAsItIs(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	before := contents(t, in.path("data"))
	in.examine()
	checkUnchanged(t, before, contents(t, in.path("data")))
}

func TestWhereNothingIsYetNothingIsMade(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.must(os.RemoveAll(in.path("data")))
	report := in.examine()
	if report.Count(Fault) != 0 {
		t.Errorf("got %v, want no fault", statusesOf(report))
	}
	for _, id := range []string{"database", "keys"} {
		if summary := find(t, report, id).Summary; !strings.Contains(summary, "latchkey serve will make") {
			t.Errorf("%s: got %q, want to hear what serve will do", id, summary)
		}
	}
	if _, err := os.Stat(in.path("data")); err == nil {
		t.Error("the folder was made")
	}
}

func find(t *testing.T, report Report, id string) Check {
	t.Helper()
	for _, check := range report.Checks {
		if check.ID == id {
			return check
		}
	}
	t.Fatalf("no check %s in %v", id, statusesOf(report))
	return Check{}
}

func TestTheFileIsNamedBesideItsWarnings(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	checks := in.examine().Checks
	first, second := checks[0], checks[1]
	if first.Status != OK || !strings.Contains(first.Summary, in.path("config.yaml")) || second.Status != Warning || second.ID != first.ID {
		t.Errorf("got %+v and %+v, want the file and then its warning", first, second)
	}
}

func TestAnOldSchemaIsServesToMigrate(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.exec("DELETE FROM latchkey_migrations WHERE version_id > 1")
	if check := find(t, in.examine(), "database.schema"); check.Status != OK || !strings.Contains(check.Summary, "latchkey serve will bring it up to date") {
		t.Errorf("got %+v, want ok and what serve will do", check)
	}
}

func TestKeysFromTheEnvironmentAreFitted(t *testing.T) {
	in := newInstallation(t)
	text, err := os.ReadFile(in.path("data/master.key"))
	in.must(err)
	in.replace("file: data/master.key", `text: "${DOCTOR_TEST_KEYS}"`)
	t.Setenv("DOCTOR_TEST_KEYS", string(text))
	if check := find(t, in.examine(), "keys"); check.Status != OK {
		t.Errorf("got %+v, want ok", check)
	}
	t.Setenv("DOCTOR_TEST_KEYS", "1:"+strings.Repeat("A", 43))
	if check := find(t, in.examine(), "keys"); check.Status != Fault || !strings.Contains(check.Advice, "keys.text") {
		t.Errorf("got %+v, want a fault of keys.text", check)
	}
	in.must(os.Remove(in.path("data/latchkey.db")))
	if check := find(t, in.examine(), "keys"); check.Status != OK || !strings.Contains(check.Summary, "will seal a new database") {
		t.Errorf("without a database: got %+v, want ok and what serve will do", check)
	}
}

func TestPostgreSQLIsLookedAtByItsOwnClock(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresSchema(t)
	in := newInstallation(t)
	in.openStore(url)
	in.replace("sqlite:data/latchkey.db", url)
	report := in.examine()
	for _, id := range []string{"database", "database.schema", "database.clock", "keys"} {
		if check := find(t, report, id); check.Status != OK {
			t.Errorf("got %+v, want ok", check)
		}
	}
	in.now = func() time.Time { return time.Now().Add(time.Minute) }
	if check := find(t, in.examine(), "database.clock"); check.Status != Fault || !strings.Contains(check.Advice, "NTP") {
		t.Errorf("got %+v, want a fault", check)
	}
}

func TestADatabaseServerThatIsAwayIsAFault(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.replace("sqlite:data/latchkey.db", "postgres://latchkey:"+relayPassword+"@"+closedPort+"/latchkey")
	if check := find(t, in.examine(), "database"); check.Status != Fault || !strings.Contains(check.Advice, "database.url") {
		t.Errorf("got %+v, want a fault of database.url", check)
	}
}

// What hangs comes to a verdict when the one who asked has left.
func TestAnExaminationEndsWithItsContext(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	hanging, err := net.Listen("tcp", "127.0.0.1:0")
	in.must(err)
	t.Cleanup(func() { hanging.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := hanging.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "220 relay.example\r\n")
		bufio.NewReader(conn).ReadString('\n') // EHLO, which is never answered
		cancel()
		<-t.Context().Done()
	}()
	in.relayAt(hanging.Addr().String())
	in.write("config.yaml", in.settings)
	began := time.Now()
	report := (&Doctor{ConfigFile: in.path("config.yaml"), Resolver: in.names.resolver(), Now: time.Now}).Examine(ctx)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to end", took)
	}
	if check := find(t, report, "smtp.greeting"); check.Status != Fault {
		t.Errorf("got %+v, want a fault", check)
	}
}

func TestAReportIsOneDocument(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.names.spf(t, "v=spf1 +all")
	report := in.examine()
	text, err := json.Marshal(report)
	in.must(err)
	var document struct {
		Checks []map[string]string
		Status string
	}
	in.must(json.Unmarshal(text, &document))
	if document.Status != "warning" || len(document.Checks) != len(report.Checks) {
		t.Fatalf("got %s of %d checks, want warning of %d", document.Status, len(document.Checks), len(report.Checks))
	}
	for i, check := range document.Checks {
		want := report.Checks[i]
		if check["id"] != want.ID || check["status"] != string(want.Status) || check["summary"] != want.Summary || check["advice"] != want.Advice {
			t.Errorf("got %v, want %+v", check, want)
		}
	}
}

func TestEveryCheckIsInTheDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	generic := strings.NewReplacer(project, "PROJECT", "login@example.com", "SENDER", "example.com", "DOMAIN", "latchkey1", "SELECTOR")
	for id := range statusesOf(newInstallation(t).examine()) {
		if !strings.Contains(string(page), "| `"+generic.Replace(id)+"`") {
			t.Errorf("docs/doctor.md does not list %s", id)
		}
	}
}
