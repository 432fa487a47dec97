package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"latchkey/internal/sealed"
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

// Signer makes and checks session JWTs. It is safe for concurrent use.
type Signer struct {
	loader   *Loader
	configs  map[string]ProjectConfig
	projects atomic.Pointer[map[string]*projectSigner] // replaced as a whole by Refresh
}

// Refresh takes over the keys that the database holds by now, so that a running server
// learns of a key long before it signs. What fails leaves the keys as they were.
func (s *Signer) Refresh(ctx context.Context) error {
	projects := make(map[string]*projectSigner, len(s.configs))
	for id, config := range s.configs {
		known, _ := s.project(id)
		project, err := s.loader.project(ctx, id, config, known)
		if err != nil {
			return err
		}
		projects[id] = project
	}
	s.projects.Store(&projects)
	return nil
}

func (s *Signer) project(id string) (*projectSigner, error) {
	if projects := s.projects.Load(); projects != nil {
		if project, ok := (*projects)[id]; ok {
			return project, nil
		}
	}
	return nil, fmt.Errorf("session: no signing keys for project %q", id)
}

// projectSigner is one project's keys, newest first, each as its row and ready for use.
type projectSigner struct {
	rows        []models.SigningKey
	keys        []signingKey
	vendorClaim bool
}

// Claims is what is read of a session JWT.
type Claims struct {
	jwt.Claims
	Session *Details `json:"session,omitempty"`
}

// Sign issues a JWT for the session. It never outlives it.
func (s *Signer) Sign(session models.Session, emails []models.Email, now time.Time) (string, error) {
	project, err := s.project(session.ProjectID)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(s.claims(project, session, emails, now))
	if err != nil {
		return "", err
	}
	signed, err := project.signer(now).Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// claims are an app's own and ours, which win. They are put together before any of them
// is written: go-jose's builder of JWTs writes, reads and merges them first, which took
// longer than the signature.
func (s *Signer) claims(project *projectSigner, session models.Session, emails []models.Email, now time.Time) map[string]any {
	expires := now.Add(jwtLife)
	if end := session.ExpiresAt.Time(); end.Before(expires) {
		expires = end
	}
	claims := make(map[string]any, len(session.CustomClaims)+8)
	maps.Copy(claims, session.CustomClaims)
	claims["iss"] = s.loader.Issuer
	claims["sub"] = models.PublicID("user", session.ProjectID, session.UserID)
	claims["aud"] = session.ProjectID
	claims["iat"] = now.Unix()
	claims["nbf"] = now.Unix()
	claims["exp"] = expires.Unix()
	details := DetailsOf(session, emails)
	claims[sessionClaim] = &details
	if project.vendorClaim {
		claims[vendorSessionClaim] = &details
	}
	return claims
}

var errJWT = errors.New("session: not a JWT of this project's")

// Verify checks a JWT's signature, algorithm, issuer, audience and beginning, and
// returns the session it names. Its end is not checked: whether the session lives
// is for the database to say.
func (s *Signer) Verify(projectID, token string, now time.Time) (models.ID, error) {
	id, _, err := s.verify(projectID, token, now)
	return id, err
}

// verify also says when the JWT was issued.
func (s *Signer) verify(projectID, token string, now time.Time) (id models.ID, issued time.Time, err error) {
	project, err := s.project(projectID)
	if err != nil {
		return id, issued, err
	}
	claims, err := project.open(token)
	if err != nil {
		return id, issued, err
	}
	claims.Expiry = nil
	expected := jwt.Expected{Issuer: s.loader.Issuer, AnyAudience: jwt.Audience{projectID}, Time: now}
	if err := claims.ValidateWithLeeway(expected, clockSkew); err != nil {
		return id, issued, err
	}
	if claims.Session == nil || claims.IssuedAt == nil {
		return id, issued, errJWT
	}
	id, err = models.ParsePublicID("session", projectID, claims.Session.ID)
	return id, claims.IssuedAt.Time(), err
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

// signer is that of the key whose time it is.
func (p *projectSigner) signer(now time.Time) jose.Signer {
	return p.keys[slices.Index(KeyStates(p.rows, models.At(now)), KeySigning)].signer
}

// key is the key of a row, as it was opened before or opened now. p may be nil.
func (p *projectSigner) key(keys *sealed.KeyRing, row models.SigningKey) (signingKey, error) {
	if p != nil {
		for i := range p.rows {
			if p.rows[i].ID == row.ID {
				return p.keys[i], nil
			}
		}
	}
	return openKey(keys, row)
}

// KeySet is the project's JWKS (RFC 7517 §5): public keys only, of those that have
// signed what may still be good and of those that are about to sign. ok is false for a
// project that is not here.
func (s *Signer) KeySet(projectID string, now time.Time) (set jose.JSONWebKeySet, ok bool) {
	project, err := s.project(projectID)
	if err != nil {
		return set, false
	}
	for i, state := range KeyStates(project.rows, models.At(now)) {
		if state != KeyRetired {
			set.Keys = append(set.Keys, project.keys[i].public)
		}
	}
	return set, true
}

// Waiting lists the keys of all projects whose time has not come.
func (s *Signer) Waiting(now time.Time) (waiting []models.SigningKey) {
	for _, project := range *s.projects.Load() {
		if waits(project.rows, models.At(now)) {
			waiting = append(waiting, project.rows[0])
		}
	}
	return waiting
}
