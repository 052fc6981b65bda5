// Package ssh is the door that people use: the listener, who is calling, and the thin layer between a terminal and the
// screens of package tui.
//
// # Who is calling
//
// The key is the account. The identity of a session is the SHA-256 fingerprint of the key whose signature was verified
// (RFC 4252 section 7); it is recorded by the callback that runs after the signature was checked and compared with what
// the library says about the session. A key that was merely offered, the user name and everything else that a client
// may say count for nothing. Somebody without a key is let in by keyboard-interactive as far as the two lines that make
// one, and never to a screen or a command.
//
// # What passes
//
// A session may ask for a terminal, for one screen or one command, for four harmless variables and for resizes.
// Forwarding of ports, agents and windows, subsystems, signals beyond "stop" and everything else are refused. What
// passes is bounded before the library sees it: gate.go is the only way in.
//
// # One session
//
//	conn.go     the connection: grace until log-in, stalled writes, lifetime
//	admit.go    how many connections and sessions there may be
//	auth.go     which keys, which algorithms
//	gate.go     requests of a channel, filtered
//	chain.go    contain → account → route
//	screen.go   a program of Bubble Tea without its renderer, its ticker, its signal handlers
//	input.go    keys and pastes, bounded; idle time
//	paint.go    frames to the terminal: latest wins, only what changed
//	exec.go     commands
package ssh
