// Package config reads config.yaml and the environment, and assembles the Config of
// each package from them.
//
// It owns the file's keys, their defaults, and that a fault is told with its line,
// all of them at once: a typo in a security setting must not pass in silence. What a
// value may be is each package's own to say, by the Validate of its Config; only
// cmd and internal/doctor import this package.
//
// No message of it quotes a value. A value may be a secret, and the line says where
// it stands.
package config
