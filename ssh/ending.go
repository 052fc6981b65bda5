package ssh

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tuppence/tui"
)

// ending is why a session was ended from outside; it is the cause of the session's context.
type ending struct {
	reason string // for events and the log
	text   string // the last line that the person sees, "" for none
	code   int    // of package tui, as a command's
}

func (e *ending) Error() string { return "session ended: " + e.reason }

var (
	endHangup  = &ending{reason: "hangup", code: tui.ExitInternal}
	endSignal  = &ending{reason: "signal", code: tui.ExitInternal}
	endStuck   = &ending{"stuck", "Left. The screen did not answer; what you confirmed before is in the history.", tui.ExitInternal}
	endRestart = &ending{"restart", "The service restarts. Come back in a minute; nothing is lost.", tui.ExitLater}
	endRevoked = &ending{"revoked", "This key was ended; its sessions are closed.", tui.ExitNotAllowed}
	endLife    = &ending{"life", "This connection has lasted as long as one may. Come back at any time.", tui.ExitLater}
	endPanic   = &ending{"panic", "Something went wrong here, and it was logged. The history shows what was done; come back at any time.", tui.ExitInternal}
)

func endIdle(after time.Duration) *ending {
	return &ending{"idle", fmt.Sprintf("Closed after %s without a key. Come back at any time.", spoken(after)), tui.ExitLater}
}

func endExec(after time.Duration) *ending {
	return &ending{"time", fmt.Sprintf("The command took longer than %s and was stopped.", spoken(after)), tui.ExitLater}
}

// endOf is the ending of a session whose context ended, nil if it still lives.
func endOf(ctx context.Context) *ending {
	if ctx.Err() == nil {
		return nil
	}
	var e *ending
	if errors.As(context.Cause(ctx), &e) {
		return e
	}
	return endHangup
}

// spoken writes a limit as people say it.
func spoken(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	if d < time.Minute {
		n, unit = int(d/time.Second), "second"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
