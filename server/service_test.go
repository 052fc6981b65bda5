package server_test

import (
	"tuppence/server"
	"tuppence/tui/command"
)

// The service does everything that the terminal asks for.
var _ command.Service = (*server.Server)(nil)
