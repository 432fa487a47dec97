package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// check finds what the document does not allow.
func (d *document) check(e exchange) error {
	route, parameters, err := d.find(e.request)
	switch {
	case isPreflight(e.request):
		return nil // the Fetch standard's, not ours
	case errors.Is(err, routers.ErrPathNotFound):
		return d.checkShared(e, "RouteNotFound")
	case errors.Is(err, routers.ErrMethodNotAllowed):
		return d.checkShared(e, "MethodNotAllowed")
	case err != nil:
		return err
	}
	operation := &openapi3filter.RequestValidationInput{
		Request: e.request, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: authenticate, IncludeResponseStatus: true,
			ExcludeRequestBody: true, ExcludeResponseBody: true, // bodies are held against JSON Schema itself
		},
	}
	if err := d.checkResponse(e, operation); err != nil {
		return err
	}
	if e.response.StatusCode >= http.StatusBadRequest {
		return nil // what was refused may be anything
	}
	return d.checkRequest(e, operation)
}

// find is the operation of a request. Paths are matched as the doors do it, decoded. A
// HEAD that is not listed is its GET without the body (RFC 9110 §9.3.2).
func (d *document) find(r *http.Request) (*routers.Route, map[string]string, error) {
	asked := r.Clone(context.Background())
	asked.URL.RawPath = ""
	route, parameters, err := d.router.FindRoute(asked)
	if errors.Is(err, routers.ErrMethodNotAllowed) && r.Method == http.MethodHead {
		asked.Method = http.MethodGet
		route, parameters, err = d.router.FindRoute(asked)
	}
	for name, value := range parameters {
		if parameters[name], err = url.PathUnescape(value); err != nil {
			return nil, nil, err
		}
	}
	return route, parameters, err
}

func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// checkShared is for the answers that no operation has.
func (d *document) checkShared(e exchange, name string) error {
	return d.checkBody(e, d.model.Components.Responses[name].Value, at("/components/responses", name))
}

func (d *document) checkResponse(e exchange, operation *openapi3filter.RequestValidationInput) error {
	status := fmt.Sprint(e.response.StatusCode)
	listed := operation.Route.Operation.Responses.Value(status)
	if listed == nil {
		return fmt.Errorf("the operation lists no %s", status)
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: operation, Status: e.response.StatusCode, Header: e.response.Header, Options: operation.Options,
	})
	if err != nil {
		return err
	}
	return d.checkBody(e, listed.Value, follow(listed.Ref, at(pointerOf(operation.Route), "responses", status)))
}

// checkBody holds a response's body against what is listed at the pointer.
func (d *document) checkBody(e exchange, listed *openapi3.Response, pointer string) error {
	if len(listed.Content) == 0 {
		if len(e.received) > 0 {
			return errors.New("the response has a body, and none is listed")
		}
		return nil
	}
	kind := e.response.Header.Get("Content-Type")
	media := listed.Content.Get(kind)
	switch {
	case media == nil:
		return fmt.Errorf("the Content-Type %q is not listed", kind)
	case media.Schema == nil:
		return nil
	}
	return d.validate(closed, at(pointer, "content", jsonType, "schema"), e.received)
}

const jsonType = "application/json"

func (d *document) checkRequest(e exchange, operation *openapi3filter.RequestValidationInput) error {
	if err := openapi3filter.ValidateRequest(context.Background(), operation); err != nil {
		return err
	}
	listed := operation.Route.Operation.RequestBody
	if listed == nil || listed.Value.Content[jsonType] == nil {
		return nil
	}
	pointer := follow(listed.Ref, at(pointerOf(operation.Route), "requestBody"))
	sent, err := withoutNulls(e.sent)
	if err != nil {
		return err
	}
	if err := d.validate(asWritten, at(pointer, "content", jsonType, "schema"), sent); err != nil {
		return fmt.Errorf("the request %s: %w", e.sent, err)
	}
	return nil
}

func pointerOf(route *routers.Route) string {
	return at("/paths", route.Path, strings.ToLower(route.Method))
}

// withoutNulls takes out members that are null, which count as absent.
func withoutNulls(body []byte) ([]byte, error) {
	var object any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	dropNulls(object)
	return json.Marshal(object)
}

func dropNulls(value any) {
	object, _ := value.(map[string]any)
	for name, member := range object {
		if member == nil {
			delete(object, name)
		}
		dropNulls(member)
	}
}

// authenticate holds the credentials of a request that was let in against the scheme
// that the operation lists.
func authenticate(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	name, password, given := input.RequestValidationInput.Request.BasicAuth()
	switch signedIn := name != password; {
	case !given:
		return errors.New("the request has no credentials")
	case input.SecuritySchemeName == "publicToken" && signedIn, input.SecuritySchemeName == "publicSession" && !signedIn:
		return errors.New("the credentials are of another scheme")
	}
	return nil
}
