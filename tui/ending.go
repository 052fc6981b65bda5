package tui

import (
	"strings"
	"time"

	"tuppence/server/view"
)

// Ending is the message that the session ends soon, from outside. The foot says so, and nothing else changes: what is
// on the screen is still what the person is about to decide.
type Ending struct {
	Why  Why
	Left time.Duration
}

// Why is why a session ends.
type Why uint8

// Reasons of an Ending.
const (
	EndsIdle    Why = iota + 1 // no key came for long; any key keeps the session
	EndsLife                   // the connection is as old as one may become
	EndsRestart                // the service goes down
)

// ending is what is known of the end of the session; the zero value is nothing.
type ending struct {
	why Why
	at  time.Time
}

// Words are what a talk in lines is told, the same as on a screen.
func (e Ending) Words() string {
	return strings.TrimPrefix(ending{e.Why, time.Time{}.Add(e.Left)}.words(time.Time{}, headFrom), "! ")
}

// told tells whether there is something to say.
func (e ending) told() bool { return e.why != 0 }

// words say what comes, how to stay, and what is kept. They are few where there is little room.
func (e ending) words(now time.Time, width int) string {
	left := view.Left(e.at.Sub(now))
	if e.at.Sub(now) <= 0 {
		left = "a moment"
	}
	few := width < headFrom
	switch {
	case e.why == EndsRestart && few:
		return "! Restarting, back in a minute."
	case e.why == EndsRestart:
		return "! Restarting, back in about a minute. What you confirmed is kept."
	case e.why == EndsIdle && few:
		return "! Ends in " + left + ", any key stays."
	case e.why == EndsIdle:
		return "! This session ends in " + left + ", as no key comes. Any key keeps it open."
	case few:
		return "! Ends in " + left + ": log in anew."
	}
	return "! This connection ends in " + left + ", it is as old as one may be. Log in anew."
}
