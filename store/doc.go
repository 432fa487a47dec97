// Package store keeps the rows: on SQLite for one machine, on PostgreSQL for more.
// It is the only package that imports gorm.
//
// A caller reads with Store.Read and writes with Store.Write, which runs a closure
// in one transaction. What is atomic is the caller's to say; how it is made so is
// kept here: on SQLite one goroutine commits the closures of many requests
// together (groupcommit.go), on PostgreSQL each closure is a transaction of its
// own, run again when the database asks for it (postgres.go). Callers cannot tell,
// and one conformance suite (package storetest) holds both to it.
//
// It knows no rule of the product, no wire format and no credential: a refusal
// leaves as one of the sentinel errors, and package magiclink decides what it means.
package store
