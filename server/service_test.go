package server_test

import (
	"tuppence/server"
	"tuppence/tui"
)

// The service answers everything that the terminal asks for.
var _ tui.Service = (*server.Server)(nil)
