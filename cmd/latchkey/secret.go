package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func newSecretCommand() *cobra.Command {
	return newGroup("secret", "Make secrets for projects", newSecretNewCommand())
}

func newSecretNewCommand() *cobra.Command {
	var test bool
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a project secret and its hash, and a public token",
		Long: `Make a project secret and the hash of it that goes into the configuration, and a
public token.

The secret is for the app's back end and is shown this once; the configuration holds
its SHA-256 only. A project may list several hashes, so that a secret can be replaced
without a gap: add the new hash, reload, change the app, take the old hash out, reload.

The public token names the project to pages and apps, which cannot keep a secret. A
project without one has no browser door.`,
		Example: "  latchkey secret new\n  latchkey secret new --test",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runSecretNew(cmd.OutOrStdout(), rand.Reader, test)
		},
	}
	cmd.Flags().BoolVar(&test, "test", false, "begin the secret with secret-test- instead of secret-live-")
	return cmd
}

// In bytes. A public token need not be hard to guess, only no other project's.
const (
	secretSize      = 32
	publicTokenSize = 16
)

// runSecretNew: 32 random bytes need no slow hash, since no dictionary holds them.
// The prefix is for people and for scanners that look for leaked secrets.
func runSecretNew(out io.Writer, random io.Reader, test bool) error {
	raw := make([]byte, secretSize+publicTokenSize)
	if _, err := io.ReadFull(random, raw); err != nil {
		return err
	}
	environment := "live"
	if test {
		environment = "test"
	}
	secret := "secret-" + environment + "-" + base64.RawURLEncoding.EncodeToString(raw[:secretSize])
	hash := sha256.Sum256([]byte(secret))
	_, err := fmt.Fprintf(out, `secret, for the app's back end (shown only now):
%s

hash, for config.yaml, under the project's secrets:
      - "sha256:%s"

public token, for config.yaml and the app's pages (no secret):
    public_token: public-token-%s-%s
`, secret, hex.EncodeToString(hash[:]), environment, hex.EncodeToString(raw[secretSize:]))
	return err
}
