package session

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"latchkey/models"
)

const (
	// jwtLife is short, since a JWT cannot be called back: it is what an app may
	// trust without asking.
	jwtLife = 5 * time.Minute

	// clockSkew is what the machines of one installation may differ by.
	clockSkew = time.Minute
)

// ProjectConfig is what the signer needs to know of a project.
type ProjectConfig struct {
	Algorithm   string // of new keys: ES256, RS256 or EdDSA
	VendorClaim bool   // add the session claim under the name that the vendor's SDKs read
}

// Signer makes and checks session JWTs. It is immutable and safe for concurrent use.
type Signer struct {
	issuer   string // server.public_url
	projects map[string]*projectSigner
}

// projectSigner is one project's keys, newest first: the first signs, all verify.
type projectSigner struct {
	keys        []signingKey
	vendorClaim bool
}

// Claims is the payload of a session JWT.
type Claims struct {
	jwt.Claims
	Session       *Details `json:"session,omitempty"`
	VendorSession *Details `json:"https://stytch.com/session,omitempty"`
}

// Sign issues a JWT for the session. It never outlives it.
func (s *Signer) Sign(session models.Session, emails []models.Email, now time.Time) (string, error) {
	project, ok := s.projects[session.ProjectID]
	if !ok {
		return "", unknownProject(session.ProjectID)
	}
	expires := now.Add(jwtLife)
	if end := session.ExpiresAt.Time(); end.Before(expires) {
		expires = end
	}
	details := DetailsOf(session, emails)
	claims := Claims{
		Claims: jwt.Claims{
			Issuer:    s.issuer,
			Subject:   models.PublicID("user", session.ProjectID, session.UserID),
			Audience:  jwt.Audience{session.ProjectID},
			IssuedAt:  jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now),
			Expiry:    jwt.NewNumericDate(expires),
		},
		Session: &details,
	}
	if project.vendorClaim {
		claims.VendorSession = &details
	}
	return jwt.Signed(project.keys[0].signer).Claims(map[string]any(session.CustomClaims)).Claims(claims).Serialize()
}

var errJWT = errors.New("session: not a JWT of this project's")

// Verify checks a JWT's signature, algorithm, issuer, audience and beginning, and
// returns the session it names. Its end is not checked: whether the session lives
// is for the database to say.
func (s *Signer) Verify(projectID, token string, now time.Time) (models.ID, error) {
	project, ok := s.projects[projectID]
	if !ok {
		return models.ID{}, unknownProject(projectID)
	}
	claims, err := project.open(token)
	if err != nil {
		return models.ID{}, err
	}
	claims.Expiry = nil
	expected := jwt.Expected{Issuer: s.issuer, AnyAudience: jwt.Audience{projectID}, Time: now}
	if err := claims.ValidateWithLeeway(expected, clockSkew); err != nil {
		return models.ID{}, err
	}
	if claims.Session == nil {
		return models.ID{}, errJWT
	}
	return models.ParsePublicID("session", projectID, claims.Session.ID)
}

// open checks the signature by the key that the kid names, with the one algorithm
// that key is for: the token does not get to choose.
func (p *projectSigner) open(token string) (*Claims, error) {
	if strings.ContainsFunc(token, notCompact) {
		return nil, errJWT // the parser passes over line breaks
	}
	parsed, err := jwt.ParseSigned(token, algorithms)
	if err != nil {
		return nil, err
	}
	header := parsed.Headers[0]
	for _, key := range p.keys {
		if key.public.KeyID != header.KeyID || key.public.Algorithm != header.Algorithm {
			continue
		}
		claims := new(Claims)
		return claims, parsed.Claims(key.public.Key, claims)
	}
	return nil, errJWT
}

// notCompact: outside the alphabet of RFC 7515 §7.1.
func notCompact(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// KeySet is the project's JWKS (RFC 7517 §5): public keys only. ok is false for a
// project that is not here.
func (s *Signer) KeySet(projectID string) (set jose.JSONWebKeySet, ok bool) {
	project, ok := s.projects[projectID]
	if !ok {
		return set, false
	}
	set.Keys = make([]jose.JSONWebKey, len(project.keys))
	for i, key := range project.keys {
		set.Keys[i] = key.public
	}
	return set, true
}

func unknownProject(id string) error {
	return fmt.Errorf("session: no signing keys for project %q", id)
}
