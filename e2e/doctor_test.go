package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the DNS says of the sender depends on where the test runs; the rest does not.
func TestDoctorBesideServeLooksAndTouchesNothing(t *testing.T) {
	t.Parallel()
	server := serve(t, newSettings(t, sqliteURL(t), startRelay(t).address))
	folder := filepath.Dir(strings.TrimPrefix(server.database, "sqlite:"))
	before := filesIn(t, folder)
	doctor := start(t, latchkey("doctor", "--config", server.file))
	if status := doctor.status(t); status > 1 {
		t.Errorf("exit status: got %d, want 0 or 1", status)
	}
	told := doctor.stdout.String()
	for _, line := range []string{
		"ok      database: ", "ok      database.schema: ", "ok      keys: ",
		"ok      server.public_url.healthz: ", "ok      server.public_url.clock: ",
		"ok      smtp.mail_from.login@latchkey.example: ", "ok      smtp.rcpt_to.login@latchkey.example: ",
	} {
		if !strings.Contains(told, line) {
			t.Errorf("want a line with %q:\n%s", line, told)
		}
	}
	secrets{"master key": masterKey(t, server.keyFile)}.checkAbsent(t, "doctor", told+doctor.stderr.String())
	for name, content := range filesIn(t, folder) {
		if before[name] != content {
			t.Errorf("%s was made or changed", name)
		}
	}
}

func filesIn(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(content)
	}
	return files
}
