package main

import (
	"context"
	"fmt"

	"latchkey/examples/latchkey"
)

// register makes an account, and tells Latchkey of it by our own name for the person.
func (a *app) register(ctx context.Context, email, password string) error {
	id, err := a.accounts.add(email, password)
	if err != nil {
		return err
	}
	err = a.latchkey.Post(ctx, "users", map[string]any{"email": email, "external_id": id}, new(struct{}))
	if latchkey.Is(err, "duplicate_email") {
		return a.name(ctx, email, id)
	}
	return err
}

// name tells our name for a person whom Latchkey knows already: they were brought over
// before, or came in by mail.
func (a *app) name(ctx context.Context, email, id string) error {
	var found struct{ Results []latchkey.User }
	operand := map[string]any{"filter_name": "email_address", "filter_value": []string{email}}
	query := map[string]any{"query": map[string]any{"operands": []any{operand}}}
	if err := a.latchkey.Post(ctx, "users/search", query, &found); err != nil {
		return err
	}
	for _, user := range found.Results {
		switch user.ExternalID {
		case id:
			return nil
		case "":
			return a.latchkey.Put(ctx, "users/"+user.ID, map[string]any{"external_id": id}, new(struct{}))
		}
	}
	return fmt.Errorf("%s belongs to another account at Latchkey", email)
}
