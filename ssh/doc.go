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
// # Traps
//
// What the libraries below do by themselves, and what is done here instead. Tests name the trap that they hold shut.
//
//  1. The library keeps the first user name of a connection, and a key callback sees keys that nobody has proven to own.
//     The identity is the key whose signature was verified, and nothing else (auth.go).
//  2. wish's middleware for Bubble Tea spins when a channel is closed while its connection stays (ControlMaster). Here
//     the session's context ends with its channel, and the program with the context (gate.go, screen.go).
//  3. Bubble Tea's renderer writes under the lock that its event loop needs, so one client that does not read stops
//     whoever sends to it. Frames wait in a mailbox of one beside the loop; the client is cut off (paint.go, exec.go).
//  4. Several keys in one packet arrive as one message: "jjj" moves nothing. They are taken apart (window.go).
//  5. wish's renderer asks the terminal for its colours and waits; a silent one stays blank, and late answers become
//     keys. Nothing is asked: the name of the terminal and its variables must do (terminal_request.go).
//  6. The renderer's ticker wakes every session 60 times a second. A frame is made when something changed (window.go).
//  7. Each program installs signal handlers, and SIGTERM no longer ends the server. They are off; signals belong to
//     main (screen.go).
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
