// Package users is who the persons of a project are, as the app's back end manages
// them: it creates, finds, changes and deletes them and their addresses.
//
// Everything here is for callers with the project's secret. What a person proves by a
// link is package magiclink's; what leaves with a person (sessions, links, mails that
// are owed) leaves from here, in the transactions that take the person away. The package
// knows no HTTP: what it refuses is a problem.Problem.
package users
