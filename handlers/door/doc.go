// Package door is what every HTTP door shares: a request's id, its one line in the
// log, panics, the headers that every answer carries, the deadline, reading a body,
// and rendering a refusal from the catalogue in package problem.
//
// It knows no route, no project's rules and nobody's credentials: those are each
// door's own, package handlers and what lies beside this package.
package door
