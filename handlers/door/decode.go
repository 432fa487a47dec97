package door

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"latchkey/internal/problem"
)

// MaxBody is far above what nearly every request needs.
const MaxBody = 32 << 10 // bytes

// Decode reads the body as one JSON object into request. Duplicate names, invalid
// UTF-8 and whatever follows the object are refused: two parsers that read one body
// differently are how a check is passed with one value and the work done with
// another. encoding/json accepts the first two in silence. Unknown members are
// ignored, as SDKs send them.
func Decode(c *gin.Context, request any) error { return DecodeUpTo(c, MaxBody, request) }

// DecodeUpTo is Decode for a body of up to so many bytes.
func DecodeUpTo(c *gin.Context, limit int64, request any) error {
	if !isJSON(c.GetHeader("Content-Type")) {
		return problem.UnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return problem.BodyTooLarge
	}
	if err != nil {
		return problem.BadRequest
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return problem.BadRequest // null would pass for an empty object
	}
	if tooDeep(body) {
		return problem.BadRequest
	}
	// The decoder's own words are not passed on, not even to the log: they quote the
	// body, and a body holds tokens.
	var misfit *json.SemanticError
	switch err := json.Unmarshal(body, request); {
	case errors.As(err, &misfit):
		return problem.InvalidMember.With("member", strings.TrimPrefix(string(misfit.JSONPointer), "/"))
	case err != nil:
		return problem.BadRequest
	}
	return nil
}

// maxDepth is far above what any request needs. What is kept of one, a person's metadata, is
// read again by the parsers of all sorts of apps, of which Ruby's gives up at 100 levels.
const maxDepth = 32

// tooDeep leaves it to the decoder to say what else is wrong.
func tooDeep(body []byte) bool {
	tokens := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := tokens.ReadToken(); err != nil {
			return false
		}
		if tokens.StackDepth() > maxDepth {
			return true
		}
	}
}

func isJSON(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	charset, given := parameters["charset"]
	return err == nil && kind == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}
