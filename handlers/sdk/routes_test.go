package sdk

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/apitest"
	"latchkey/handlers/door"
	"latchkey/handlers/wire"
)

// ours says whether a path is this door's.
func ours(path string) bool { return strings.HasPrefix(path, Path+"/") }

func TestEveryRouteIsDocumented(t *testing.T) {
	engine := (&API{Door: new(door.Door)}).Handler().(*gin.Engine)
	apitest.WantRoutes(t, engine.Routes(), ours)
}

func TestEveryMemberOfARequestIsDocumented(t *testing.T) {
	apitest.WantRequests(t, map[string]any{
		"sdkStartLogin":          wire.Start{},
		"sdkSendLink":            wire.Start{},
		"sdkAttachEmail":         wire.Start{},
		"sdkRedeemLink":          redeemRequest{},
		"sdkRedeemCode":          redeemCodeRequest{},
		"sdkAuthenticateSession": authenticateSessionRequest{},
		"sdkUpdateMe":            updateMeRequest{},
	}, ours)
}
