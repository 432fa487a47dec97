package demo

import "testing"

func TestJWTIsShownWithoutItsSignature(t *testing.T) {
	// {"alg":"ES256"} . {"sub":"ada"} . a signature
	view := viewOfJWT("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl")
	if view == nil || string(view.Header) != `{"alg":"ES256"}` || string(view.Claims) != `{"sub":"ada"}` {
		t.Errorf("got %+v", view)
	}
	for _, jwt := range []string{"", "a.b", "!.!.!", "YQ.YQ.YQ"} {
		if viewOfJWT(jwt) != nil {
			t.Errorf("%q: got a view, want none", jwt)
		}
	}
}
