package door

import (
	"net/http"
	"strings"
)

// Join makes one handler of all doors: a request goes to the door under whose prefix
// its path lies, and else to native.
func Join(native http.Handler, doors map[string]http.Handler) http.Handler {
	return foldSlashes(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for prefix, door := range doors {
			if r.URL.Path == prefix || strings.HasPrefix(r.URL.Path, prefix+"/") {
				door.ServeHTTP(w, r)
				return
			}
		}
		native.ServeHTTP(w, r)
	}))
}

// foldSlashes takes //v1/… for /v1/…: the Go SDK asks so when its base ends in a slash.
// gin's own RemoveExtraSlash also resolves dot segments, and so would carry a request
// past a proxy that lets only /l/ through.
func foldSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "//") {
			r.URL.Path = "/" + strings.TrimLeft(r.URL.Path, "/")
		}
		next.ServeHTTP(w, r)
	})
}
