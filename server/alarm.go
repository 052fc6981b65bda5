package server

import (
	"context"
	"strings"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// gatewayTakes is for how long a payout may be untold before an operator hears of it, gatewayEnds how long the gateway
	// may have one before it says how it ended.
	gatewayTakes = time.Hour
	gatewayEnds  = 5 * 24 * time.Hour
	// gatewayCounts bounds how many payouts are looked at for the alarm.
	gatewayCounts = 1000
)

// alarm tells an operator what cannot wait, "" where nothing is so and for others: that the assets do not cover what is
// owed, what is wrong at the gateway, and that orders wait because of a restore.
func (s *Server) alarm(r books.Reader, st ledger.Staff, now time.Time) (text string, err error) {
	if st.Role != ledger.RoleOperator {
		return "", nil
	}
	all, err := r.Coverage()
	if err != nil {
		return "", err
	}
	var short, said []string
	for _, c := range all {
		if c.Short() > 0 {
			short = append(short, ledger.Amount{Micros: c.Short(), Currency: c.Currency}.String())
		}
	}
	if len(short) > 0 {
		said = append(said, "The assets fall short of what is owed by "+strings.Join(short, ", ")+": report coverage")
	}
	closed, err := s.restoredAndClosed(r)
	if err != nil {
		return "", err
	}
	if closed {
		said = append(said, "The books were restored at "+restoredAt(s.generation())+
			", and no order leaves before you have compared: bank resume")
	}
	late, err := lateAtGateway(r, now)
	if words := late.words(); words != "" {
		said = append(said, words+": settlements")
	}
	return strings.Join(said, ". "), err
}

// gatewayLate counts the payouts of which an operator has to hear.
type gatewayLate struct{ untold, open, other uint64 }

// lateAtGateway counts them, in the order in which they are due.
func lateAtGateway(r books.Reader, now time.Time) (n gatewayLate, err error) {
	all, err := r.DuePayoutJobs(now.Add(gatewayEnds), gatewayCounts)
	for _, j := range all {
		switch age := now.Sub(j.Created); {
		case strings.Contains(j.Told, butHere):
			n.other++
		case !j.Accepted && age >= gatewayTakes:
			n.untold++
		case j.Accepted && age >= gatewayEnds:
			n.open++
		}
	}
	return n, err
}

// words tell what is wrong, "" if nothing is.
func (n gatewayLate) words() string {
	var all []string
	if n.other > 0 {
		all = append(all, "The gateway pays "+view.Plural(n.other, "payout")+" of which it is known otherwise here")
	}
	if n.untold > 0 {
		all = append(all, "The gateway has not taken "+view.Plural(n.untold, "payout")+" for more than an hour")
	}
	if n.open > 0 {
		all = append(all, "The gateway does not tell what became of "+view.Plural(n.open, "payout"))
	}
	return strings.Join(all, ". ")
}

// gatewayWatch remembers what was wrong at the last look, so that the log tells each change once.
type gatewayWatch struct {
	mu   sync.Mutex
	last gatewayLate
}

// watchGateway raises the alarm about payouts in the log, for who reads that and not the screen.
func (s *Server) watchGateway(ctx context.Context, now time.Time) error {
	var late gatewayLate
	err := s.view(ctx, func(r books.Reader) (err error) {
		late, err = lateAtGateway(r, now)
		return err
	})
	if err != nil {
		return err
	}
	s.gatewayWatch.mu.Lock()
	defer s.gatewayWatch.mu.Unlock()
	if had := s.gatewayWatch.last; late.other > had.other || late.untold > had.untold || late.open > had.open {
		s.log.Warn("payouts at the gateway need a person",
			"untold", late.untold, "open", late.open, "said otherwise here", late.other)
	}
	s.gatewayWatch.last = late
	return nil
}
