package server

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// Redemptions that a processor sends back to where they came from. The step before the call and the step after it are
// two commits, and the call is outside of both: between them the redemption is submitted, and is asked about until it
// is known how it ended.

// refundLinkPurpose binds the sealed form of the address at which money is fetched to its use.
const refundLinkPurpose = "redemption link"

// toProcessor returns whether a redemption is sent back by a method, and not in a file.
func toProcessor(d ledger.Redemption) bool { return d.Deposit != 0 }

// sendBack hands a redemption to its processor, if it goes there and may leave now. The caller may hang up: the call
// goes on, and its outcome is written.
func (s *Server) sendBack(ctx context.Context, no ledger.EntryNo) error {
	ctx = context.WithoutCancel(ctx)
	at, submitted := s.clock(), false
	var d ledger.Redemption
	err := s.update(ctx, func(tx books.Tx) (err error) {
		submitted = false
		if d, _, err = tx.Redemption(no); err != nil || !toProcessor(d) || d.State != ledger.RedemptionApproved {
			return err
		}
		step, err := stepRedemption(tx, d, ledger.RedemptionEvent{Event: ledger.RedeemSubmit, Actor: systemActor},
			ledger.Staff{}, at)
		var not *ledger.Refusal
		if errors.As(err, &not) { // frozen, owing or contested meanwhile: it waits
			return nil
		}
		d, submitted = step, true
		return err
	})
	if err != nil || !submitted {
		return err
	}
	return s.askRefund(ctx, d)
}

// askRefund asks the processor to send money back, or what became of that, and writes what it says. No answer now means
// asking again later.
func (s *Server) askRefund(ctx context.Context, d ledger.Redemption) error {
	var deposit ledger.Deposit
	err := s.view(ctx, func(r books.Reader) (err error) {
		deposit, _, err = r.Deposit(ledger.DepositID{User: d.User, Number: d.Deposit})
		return err
	})
	if err != nil {
		return err
	}
	m, can := s.refunderNamed(deposit.Method)
	if !can {
		return errors.New("redemption by a method that takes nothing back: " + deposit.Method)
	}
	call, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	out, err := m.Refund(call, funding.RefundOrder{
		Name: s.seal.Redemption(d.No), Amount: d.Pays(), External: d.External, Order: s.order(deposit),
	})
	if err != nil {
		s.log.Warn("redemption: unknown outcome", "redemption", s.seal.Redemption(d.No), "method", deposit.Method,
			"error", err)
		return nil
	}
	return s.recordRefund(ctx, d.No, out)
}

// recordRefund writes what a processor says of a redemption. What cannot follow is old.
func (s *Server) recordRefund(ctx context.Context, no ledger.EntryNo, out funding.Refunded) error {
	at := s.clock()
	var user ledger.UserID
	err := s.update(ctx, func(tx books.Tx) error {
		d, found, err := tx.Redemption(no)
		if err != nil || !found {
			return err
		}
		user = d.User
		ev := ledger.RedemptionEvent{External: out.External, Reason: ledger.CleanLine(out.Reason, 140), Actor: systemActor}
		switch {
		case d.State == ledger.RedemptionSubmitted && out.State == ledger.RedemptionPaid:
			ev.Event = ledger.RedeemPaid
		case d.State == ledger.RedemptionSubmitted && out.State == ledger.RedemptionFailed:
			ev.Event = ledger.RedeemFail
		case (d.State == ledger.RedemptionPaid && out.State == ledger.RedemptionFailed ||
			out.State == ledger.RedemptionReturned) && ledger.RedemptionMay(d.State, ledger.RedemptionReturned):
			ev.Event = ledger.RedeemReturn
		case d.State == ledger.RedemptionSubmitted && out.External != "" && out.External != d.External:
			ev.Event = ledger.RedeemNote
			if out.Link != "" {
				if ev.Link, err = s.seal.Seal([]byte(out.Link), refundLinkPurpose); err != nil {
					return err
				}
			}
		default:
			return nil
		}
		_, err = stepRedemption(tx, d, ev, ledger.Staff{}, at)
		return err
	})
	if err == nil && user != 0 {
		s.notifier.wake(topicUser(user), topicDesk)
	}
	return err
}

// refundPolls is when each redemption at a processor is asked about next. A start forgets it, and asks once more.
type refundPolls struct {
	mu   sync.Mutex
	next map[ledger.EntryNo]time.Time
}

// due tells whether a redemption is to be asked about, and notes when it is the next time: the pause is as long as it
// has been on its way.
func (p *refundPolls) due(d ledger.Redemption, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next, known := p.next[d.No]; known && now.Before(next) && next.Sub(now) <= askMost {
		return false
	}
	if p.next == nil || len(p.next) > maxLooks {
		p.next = map[ledger.EntryNo]time.Time{}
	}
	p.next[d.No] = now.Add(min(max(now.Sub(d.Updated), askFirst), askMost))
	return true
}

// pollRefunds hands over what may leave by now, and asks what became of what is on its way, until ctx ends.
func (s *Server) pollRefunds(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		s.do(ctx, "redemptions at processors", s.refundsOnce)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// refundsOnce is one round of pollRefunds.
func (s *Server) refundsOnce(ctx context.Context) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Redemption, limit int) ([]ledger.Redemption, error) {
		return r.OpenRefunds(behind.No, limit)
	}, func(d ledger.Redemption) error {
		switch {
		case !s.refundPolls.due(d, s.clock()):
			return nil
		case d.State == ledger.RedemptionApproved:
			return s.sendBack(ctx, d.No)
		}
		return s.askRefund(ctx, d)
	})
}

// refundNews asks about the redemptions that a processor has news of: a refund that was paid may still come back. News
// that name none are of those of the deposit which the processor has.
func (s *Server) refundNews(ctx context.Context, about []funding.Found, deposits []ledger.Deposit) error {
	var found []ledger.Redemption
	err := s.view(ctx, func(r books.Reader) error {
		found = nil
		for i, d := range deposits {
			if d.No == 0 || d.Refunded == 0 {
				continue
			}
			some, err := s.refundsTold(r, about[i].Redemption, d)
			if err != nil {
				return err
			}
			found = append(found, some...)
		}
		return nil
	})
	for _, one := range found {
		if err == nil {
			err = s.askRefund(ctx, one)
		}
	}
	return err
}

// refundsTold reads the redemptions of a deposit that news are of. A name of none is another service's.
func (s *Server) refundsTold(r books.Reader, name string, d ledger.Deposit) (told []ledger.Redemption, err error) {
	if name == "" {
		open, err := r.OpenRedemptions(d.ID.User)
		return slices.DeleteFunc(open, func(one ledger.Redemption) bool {
			return !one.Refunds(d) || one.State != ledger.RedemptionSubmitted
		}), err
	}
	one, err := s.redemptionNamed(r, name)
	switch {
	case ledger.Code(err) == ledger.Code(ledger.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !one.Refunds(d) || one.State != ledger.RedemptionSubmitted && one.State != ledger.RedemptionPaid:
		return nil, nil
	}
	return []ledger.Redemption{one}, nil
}

// heardOf is a deposit as its processor knows it: of what is to be sent back and waits it has not heard.
func (s *Server) heardOf(ctx context.Context, d ledger.Deposit) (ledger.Deposit, error) {
	if d.Refunded == 0 {
		return d, nil
	}
	var open []ledger.Redemption
	err := s.view(ctx, func(r books.Reader) (err error) {
		if now, found, err := r.Deposit(d.ID); err != nil || !found {
			return orMissing(err)
		} else {
			d.Refunded = now.Refunded
		}
		open, err = r.OpenRedemptions(d.ID.User)
		return err
	})
	for _, one := range open {
		if one.Waits(d) {
			d.Refunded -= one.Pays().Micros
		}
	}
	return d, err
}
