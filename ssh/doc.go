// Package ssh is the SSH side of the service: it listens, finds out who is calling, and connects a terminal with the
// screens, and a command line with the commands, of package tui. It is built on wish: one chain of middlewares serves
// shells, commands and subsystems alike.
//
// # The path of a connection
//
//	accept       connection.go  ConnCallback. Counts and rates per network address, before the handshake: until then a
//	                            connection costs the client nothing. From here on it has a grace until log-in, a bound
//	                            on stalled writes and a longest life
//	config       identity.go    ServerConfigCallback. Algorithms; an identity is made where a signature was verified
//	offerKey     identity.go    which keys may be an account; offerNoKey lets clients in that have none
//	authenticate connection.go  a place among those of the key's class: strangers, members, staff (places.go)
//	openSession  session.go     ChannelHandler. A place of the key and of its class, since an open channel costs memory
//	                            before it asks for anything; the session's own context; keepalives (keepalive.go)
//	filter       requests.go    what a client may send on a channel, bounded and cleaned
//
// and then the chain (chain.go), outermost first:
//
//  1. finish: exit code, event, line in the log. Outermost, so that sessions that are refused or fail have them too.
//  2. contain: a panic ends its session only. Inside finish, so that the client reads a last line before its exit code.
//  3. identify: the caller is the key that signed; without one the client reads the two lines that make one. Before all
//     that is done for a caller.
//  4. admit: from here on Shutdown and End reach the session, and whoever gets its place.
//  5. serveFiles: the subsystem sftp, which scp uses, too (package files). Others are refused in words. Before the two
//     that read a command line.
//  6. runCommand: the command line, unless it opens a screen at a terminal or asks for a talk in lines.
//  7. runScreen: whatever is left is a screen, or for a terminal without one a talk in lines (plain.go).
//
// Middlewares share a *session by the context of the cssh.Session (sessionOf) and leave an outcome in it.
//
// # Identity
//
// The key is the account. The identity of a session is the SHA-256 fingerprint of the key whose signature was verified
// (RFC 4252 section 7); it is recorded by the callback that runs after the signature was checked and compared with what
// the library says about the session. A key that was merely offered, the user name and everything else that a client
// may say count for nothing.
//
// # What passes
//
// A session may ask for a terminal, for one screen, one command or the files, for four harmless variables and for
// resizes. Forwarding of ports, agents and windows, other subsystems, signals beyond "stop" and everything else are
// refused.
//
// # Places
//
// Whoever has not authenticated is refused beyond a bound. A key is not: it gets the place of the longest-silent one of
// its own share, which is told why. Shares are those of a key, of an address (IPv6: of its networks up to /48), and of
// a class. So a phone that lost its network does not keep its owner out, a flood of fresh keys costs members no place,
// and staff always find one.
//
// # Traps
//
// What the libraries below do by themselves, and what is done here instead. Tests name the trap that they cover.
//
//  1. The library keeps the first user name of a connection, and a key callback sees keys before the client has proven
//     to own them. The identity is the key whose signature was verified, and nothing else (identity.go).
//  2. The context of a cssh.Session is that of its connection, and wish's middleware for Bubble Tea spins when a
//     channel is closed while its connection stays (ControlMaster). Here each session has a context of its own, which
//     ends with its channel, and the program with the context (session.go, screen.go).
//  3. Bubble Tea v1 writes under the lock that its event loop needs, so one client that does not read stops all who
//     send to it. The painter never writes from the event loop: frames wait in a mailbox of one, and a goroutine of the
//     painter writes the latest (painter.go). A client that does not read is cut off (connection.go).
//  4. Bubble Tea makes one message of several keys in one packet, so "jjj" moves nothing; and it types what it does not
//     know, so an answer of the terminal may say yes. Its reader is not used: a state machine makes the keys
//     (input_parser.go), and each says whether it came alone.
//  5. wish's renderer asks the terminal for its colours and waits; a silent one stays blank. Nothing is asked: the name
//     of the terminal and its variables must do (requests.go). Others may have asked before, so answers come all the
//     same: they press nothing.
//  6. The renderer's ticker wakes every session 60 times a second. A frame is made when something has changed; of a
//     minute that passes, the lines that tell the time (root_model.go). Nothing of ours waits in a goroutine: painters
//     run while they write, and what comes later is a timer (tui.Alarm).
//  7. Each program installs signal handlers, and SIGTERM no longer ends the server. They are off; signals belong to
//     main (screen.go).
//  8. The library keeps variables without bound, accepts agents, and its loop of requests waits for a session that does
//     not read sizes or signals, so that the end of the channel is not noticed. They do not reach it (requests.go).
//  9. Goroutines of the library do not recover. What runs in ours does (server.go, chain.go), and a panic in a command
//     of Bubble Tea is caught where the command is made (root_model.go).
package ssh
