package server

import (
	"testing"
	"time"

	"tuppence/server/ledger"
)

// A fresh deposit is asked for in seconds, an old one less and less often, never less than once an hour.
func TestLookupsAreSpread(t *testing.T) {
	var l lookups
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	d := ledger.Deposit{ID: ledger.DepositID{User: 1, Number: 1}, State: ledger.DepositSucceeded, Updated: start}
	asked := 0
	var last time.Duration
	for since := time.Duration(0); since < 24*time.Hour; since += sweepEvery {
		if l.due(d, start.Add(since)) {
			if asked == 0 {
				is(t, "first question", since, askFirst)
			} else if since-last > askMost {
				t.Errorf("a pause of %v", since-last)
			}
			asked, last = asked+1, since
		}
	}
	if asked < 24 || asked > 48 {
		t.Errorf("asked %d times in a day", asked)
	}

	d.State, d.Updated = ledger.DepositProcessing, start.Add(24*time.Hour) // a call may still be under way
	is(t, "during the call", l.due(d, d.Updated.Add(callFor)), false)
	is(t, "after the call", l.due(d, d.Updated.Add(callFor+askFirst)), true)
}

func TestLookupsForgetWhatIsOver(t *testing.T) {
	var l lookups
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	var open []ledger.Deposit
	for i := range 1000 {
		d := ledger.Deposit{ID: ledger.DepositID{User: 1, Number: uint64(i)}, State: ledger.DepositErrored, Updated: now.Add(-time.Hour)}
		l.due(d, now)
		if i < 10 {
			open = append(open, d)
		}
	}
	l.forget(open)
	is(t, "remembered", len(l.at), 10)
}
