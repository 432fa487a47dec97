// Package profile is what an app's back end may say of a person: their names, metadata,
// and its own id for them. It holds the limits, and how a change is merged into what is
// known.
//
// It reads and writes nothing: packages users and magiclink apply it in transactions of
// theirs.
package profile
