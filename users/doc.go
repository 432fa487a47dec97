// Package users is who the persons of a project are: it creates, finds, changes and
// deletes them and their addresses.
//
// It does not ask who is calling: most of it is for callers with the project's secret, and
// the browser door lets people at themselves alone. What a person proves by a
// link is package magiclink's; what leaves with a person (sessions, links, mails that
// are owed) leaves from here, in the transactions that take the person away. The package
// knows no HTTP: what it refuses is a problem.Problem.
package users
