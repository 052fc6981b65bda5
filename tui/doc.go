// Package tui is the wallet in a terminal: screens, and the table of commands behind them.
//
// A screen is a function of its state and the size of the terminal (frame.go, place_*.go, sheet_*.go); the service is
// asked outside of the loop (ask.go). A command (cmd_*.go) is one value that feeds `ssh HOST COMMAND`, the palette, the
// help and the JSON. Both say the same words, because both take them from the service's refusals (exit.go).
package tui
