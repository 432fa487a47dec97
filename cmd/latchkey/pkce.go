package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"latchkey/magiclink"
)

func newPKCECommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pkce",
		Short: "Make a code_verifier and its code_challenge",
		Long: `Make a code_verifier and its code_challenge (RFC 7636, S256), as lines that a
shell can evaluate. For trying the API by hand: an app makes its own pair for each
link, and its code_verifier never leaves the client.`,
		Example: `  eval "$(latchkey pkce)"
  curl -u "$PROJECT_ID:$SECRET" "$URL/v1/magic_links/email/login_or_create" \
    --json '{"email": "ada@example.com", "code_challenge": "'"$code_challenge"'"}'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runPKCE(cmd.OutOrStdout())
		},
	}
}

// runPKCE needs no quotes: both are base64url.
func runPKCE(out io.Writer) error {
	verifier := magiclink.NewVerifier()
	_, err := fmt.Fprintf(out, "code_verifier=%s\ncode_challenge=%s\n", verifier, magiclink.ChallengeOf(verifier))
	return err
}
