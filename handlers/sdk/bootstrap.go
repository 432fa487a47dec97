package sdk

import (
	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
)

// bootstrapData is what a client asks first. A client that misses a member goes on
// without PKCE or fails, so all are there: those of what Latchkey does not have say no,
// and password_config says it by null.
type bootstrapData struct {
	wire.Reply
	ProjectName                   string          `json:"project_name"`
	DisableSDKWatermark           bool            `json:"disable_sdk_watermark"`
	CNAMEDomain                   *string         `json:"cname_domain"`
	EmailDomains                  []string        `json:"email_domains"`
	CaptchaSettings               captchaSettings `json:"captcha_settings"`
	PKCERequiredForEmailLinks     bool            `json:"pkce_required_for_email_magic_links"`
	PKCERequiredForPasswordResets bool            `json:"pkce_required_for_password_resets"`
	PKCERequiredForOAuth          bool            `json:"pkce_required_for_oauth"`
	PKCERequiredForSSO            bool            `json:"pkce_required_for_sso"`
	SlugPattern                   *string         `json:"slug_pattern"`
	CreateOrganizationEnabled     bool            `json:"create_organization_enabled"`
	PasswordConfig                *struct{}       `json:"password_config"`
	SIWERequiredForCryptoWallets  bool            `json:"siwe_required_for_crypto_wallets"`
	Vertical                      string          `json:"vertical"`
	RBACPolicy                    rbacPolicy      `json:"rbac_policy"`
}

type captchaSettings struct {
	Enabled bool `json:"enabled"`
}

// rbacPolicy is that there are no roles. Without one the client complains into the
// console of every page.
type rbacPolicy struct {
	Roles     []struct{} `json:"roles"`
	Resources []struct{} `json:"resources"`
}

// bootstrap is GET /sdk/v1/projects/bootstrap/{public_token}.
func (a *API) bootstrap(c *gin.Context) error {
	respond(c, bootstrapData{
		Reply: door.OK(c), ProjectName: admitted(c).Name,
		DisableSDKWatermark: true, EmailDomains: []string{}, Vertical: "CONSUMER",
		PKCERequiredForEmailLinks: true, PKCERequiredForPasswordResets: true,
		PKCERequiredForOAuth: true, PKCERequiredForSSO: true,
		RBACPolicy: rbacPolicy{Roles: []struct{}{}, Resources: []struct{}{}},
	})
	return nil
}

// events is POST /sdk/v1/events, where clients tell how they are used. Nothing is read
// and nothing is kept.
func (a *API) events(c *gin.Context) error {
	respond(c, door.OK(c))
	return nil
}
