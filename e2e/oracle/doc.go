// Package oracle is drill R15, the model check: random interleavings of all that can
// happen to a link, an address, a person and a session, with requests side by side, time
// that passes and crashes, on the real services over a real database. What comes of them
// must be what a second reading of the design says, made in memory and as plainly as it
// can be, without a look at the code.
//
// It is a package of its own because what it checks lies across magiclink, session and
// users, and so that it sees no more of them than a door does. It has tests only.
package oracle
