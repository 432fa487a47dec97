// Package models holds the rows of the database as plain structs, and what can be
// said of a row by looking at it alone: is this link alive, is this session over.
//
// It knows no database (package store writes the rows), no rule of the product
// (package magiclink decides), and no wire format. No row holds anything that
// works as a credential: tokens are made anew from a row's ID and the master key,
// see package internal/sealed.
package models
