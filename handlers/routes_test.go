package handlers

import (
	"strings"
	"testing"

	"latchkey/handlers/apitest"
	"latchkey/templates"
)

// native says whether a path is this door's.
func native(path string) bool { return !strings.HasPrefix(path, "/sdk/") }

func TestEveryRouteIsDocumented(t *testing.T) {
	api := &API{Door: new(world).door(), Pages: new(templates.Set)}
	engine := api.Door.Engine()
	api.routes(engine)
	apitest.WantRoutes(t, engine.Routes(), native)
}

func TestEveryMemberOfARequestIsDocumented(t *testing.T) {
	apitest.WantRequests(t, map[string]any{
		"startLogin":            startRequest{},
		"sendLink":              sendRequest{},
		"invite":                inviteRequest{},
		"revokeInvite":          revokeInviteRequest{},
		"embedLink":             embedRequest{},
		"redeemLink":            redeemRequest{},
		"redeemCode":            redeemCodeRequest{},
		"authenticateSession":   authenticateSessionRequest{},
		"revokeSession":         revokeSessionRequest{},
		"createUser":            createUserRequest{},
		"searchUsers":           searchUsersRequest{},
		"updateUser":            updateUserRequest{},
		"exchangePrimaryFactor": exchangeRequest{},
	}, native)
}
