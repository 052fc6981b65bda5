// Package tui is the wallet in a terminal: the screens behind `ssh HOST`.
//
// A screen is a function of its state and the size of the terminal (frame.go, place_*.go, sheet_*.go). What the
// service knows is fetched outside of the event loop (fetch.go). Facts are drawn from their one description in
// package view, so a grant or a limit says the same words here, in a command and on a web page (table.go,
// facts.go). Which places exist and which keys do what a command does is said by the table of package command
// (places.go, keys.go).
package tui
