// Package e2e tries the whole of Latchkey as its users do: the built program, real
// mail, a real browser, and the commands of the README. It also keeps the rules of
// the layout. It holds tests only.
package e2e
