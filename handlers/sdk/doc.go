// Package sdk is the browser door, /sdk/v1: the wire format's calls for pages and apps
// on people's own devices. They hold no secret, so a public token names the project,
// a session token the person, and PKCE is the rule whatever the project says.
//
// Whoever calls may be anybody. Nothing here tells a stranger who exists, takes a
// stranger's word for where a request comes from, or lets it set what only the app's
// back end may. What decides that is package magiclink's; the door says who calls.
package sdk
