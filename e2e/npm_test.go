package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// npmProject is a folder of ours with a lock file. What is returned copies it to where
// its packages may be installed, and installs them: once, since npm takes some seconds.
func npmProject(name string) func(t *testing.T) (dir string) {
	install := sync.OnceValues(func() (string, error) { return installNPM(name) })
	return func(t *testing.T) string {
		t.Helper()
		for _, command := range []string{"node", "npm"} {
			if _, err := exec.LookPath(command); err != nil {
				missing(t, command+" is not installed: nothing was tried with "+name+" (apt-get install nodejs npm)")
			}
		}
		dir, err := install()
		if err != nil {
			missing(t, "nothing was tried with "+name+", because npm could not install it: "+err.Error())
		}
		return dir
	}
}

func installNPM(name string) (dir string, err error) {
	dir = filepath.Join(filepath.Dir(program), filepath.Base(name))
	if err := os.CopyFS(dir, os.DirFS(name)); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	// Versions and hashes are those of package-lock.json, wherever they come from.
	npm := exec.CommandContext(ctx, "npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return dir, nil
}
