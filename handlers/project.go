package handlers

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/templates"
)

// Project is what the door knows of a project: whom to let in, and what its pages show.
type Project struct {
	ID           string
	PublicToken  string // names the project to apps on people's own devices; "" for none
	SecretHashes [][sha256.Size]byte
	Brand        templates.Brand
	SignInURL    string // where its logins begin; "" where that is no page
	Code         bool   // its mails show a code
}

// named finds a project by its id or its public token, neither of which is secret.
func (a *API) named(name string) (Project, bool) {
	if project, known := a.Projects[name]; known {
		return project, true
	}
	for _, project := range a.Projects {
		if project.PublicToken == name && name != "" {
			return project, true
		}
	}
	return Project{}, false
}

// admits compares the secret with each of the project's in constant time. A fast
// hash is enough: secrets are 256 random bits, which no dictionary holds. A project
// that is not here has no secret to match.
func (p Project) admits(secret string) bool {
	hash := sha256.Sum256([]byte(secret))
	found := 0
	for _, known := range p.SecretHashes {
		found |= subtle.ConstantTimeCompare(hash[:], known[:])
	}
	return found == 1
}

// authenticate lets in who knows one of the project's secrets.
func (a *API) authenticate(c *gin.Context) error {
	id, secret, ok := c.Request.BasicAuth()
	if !ok || !a.Projects[id].admits(secret) {
		c.Header("WWW-Authenticate", `Basic realm="latchkey", charset="UTF-8"`)
		return problem.UnauthorizedCredentials
	}
	door.SetProject(c, id)
	return nil
}
