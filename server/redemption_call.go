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

// sendBack hands a redemption to its processor, if it goes there and may leave now. One whose method takes nothing back
// any more is in the wallet again: nobody has it yet. The caller may hang up: the call goes on, and its outcome is
// written.
func (s *Server) sendBack(ctx context.Context, no ledger.EntryNo) error {
	ctx = context.WithoutCancel(ctx)
	at, submitted := s.clock(), false
	var d ledger.Redemption
	err := s.update(ctx, func(tx books.Tx) (err error) {
		submitted = false
		if d, _, err = tx.Redemption(no); err != nil || !toProcessor(d) || d.State != ledger.RedemptionApproved {
			return err
		}
		ev, open := ledger.RedemptionEvent{Event: ledger.RedeemSubmit, Actor: systemActor}, true
		if _, open, err = s.refunderOf(tx.Reader, d); err != nil {
			return err
		}
		if !open {
			ev.Event = ledger.RedeemDeny
			ev.Reason = "Nothing goes back by " + d.To + " any more: redeem to a bank account or by check."
		}
		step, err := stepRedemption(tx, d, ev, ledger.Staff{}, at)
		var not *ledger.Refusal
		if errors.As(err, &not) { // frozen, owing or contested meanwhile: it waits
			return nil
		}
		d, submitted = step, open
		return err
	})
	if err != nil || !submitted {
		return err
	}
	_, err = s.askRefund(ctx, d)
	return err
}

// refunderOf returns the method by which a redemption goes back; false if it is not set up here any more.
func (s *Server) refunderOf(r books.Reader, d ledger.Redemption) (m funding.Refunder, can bool, err error) {
	deposit, _, err := r.Deposit(ledger.DepositID{User: d.User, Number: d.Deposit})
	if err == nil {
		m, can = s.refunderNamed(deposit.Method)
	}
	return m, can, err
}

// askRefund asks the processor to send money back, or what became of that, and writes what it says. No answer now means
// asking again later; where nobody can be asked any more the redemption says so.
func (s *Server) askRefund(ctx context.Context, d ledger.Redemption) (answered bool, err error) {
	var deposit ledger.Deposit
	err = s.view(ctx, func(r books.Reader) (err error) {
		deposit, _, err = r.Deposit(ledger.DepositID{User: d.User, Number: d.Deposit})
		return err
	})
	if err != nil {
		return false, err
	}
	m, can := s.refunderNamed(deposit.Method)
	if !can {
		return false, s.recordRefund(ctx, d.No, funding.Refunded{
			State: ledger.RedemptionSubmitted, Reason: "It is not known what became of it: the service looks after it.",
		})
	}
	call, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	out, err := m.Refund(call, funding.RefundOrder{
		Name: s.seal.Redemption(d.No), Amount: d.Pays(), External: d.External, Order: s.order(deposit),
	})
	if err != nil {
		s.log.Warn("redemption: unknown outcome", "redemption", s.seal.Redemption(d.No), "method", deposit.Method,
			"error", err)
		return false, nil
	}
	s.refundPolls.heard(d, s.clock())
	return true, s.recordRefund(ctx, d.No, out)
}

// refundSilence is how long a processor says nothing of a redemption before an operator may say what became of it.
const refundSilence = 3 * 24 * time.Hour

// refundUnknown asks the processor of a redemption once more, because staff are about to say what became of it. It
// refuses with ErrState where it answers, and where it was not silent for long. Where it is not set up any more its own
// pages are all that is left.
func (s *Server) refundUnknown(ctx context.Context, d ledger.Redemption) error {
	answered, err := s.askRefund(ctx, d)
	if err != nil {
		return err
	}
	can, now := false, d
	err = s.view(ctx, func(r books.Reader) (err error) {
		if now, _, err = r.Redemption(d.No); err == nil {
			_, can, err = s.refunderOf(r, d)
		}
		return err
	})
	silent := s.refundPolls.silentFor(d, s.clock())
	switch {
	case err != nil:
		return err
	case answered:
		words := string(now.State)
		if now.State == ledger.RedemptionSubmitted {
			words = "on its way"
		}
		return ledger.Refuse(ledger.ErrState, "Look at it with: redemptions list", "The processor says that it is %s.",
			words)
	case can && silent < refundSilence:
		return ledger.Refuse(ledger.ErrState, "Try again when it was silent for three days. Until then it is asked again.",
			"The processor did not answer.")
	}
	return nil
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
		case d.State == ledger.RedemptionSubmitted && (out.External != "" && out.External != d.External ||
			out.External == "" && out.Reason != "" && ev.Reason != d.Reason):
			ev.Event, ev.Link = ledger.RedeemNote, d.Link
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

// refundPolls is when each redemption at a processor is asked about next, and when it was answered last. A start
// forgets it, and asks once more.
type refundPolls struct {
	mu   sync.Mutex
	next map[ledger.EntryNo]refundPoll
}

type refundPoll struct{ next, heard time.Time }

// at reads what is known of a redemption, to be changed and put back. The caller holds the lock.
func (p *refundPolls) at(no ledger.EntryNo) refundPoll {
	if p.next == nil || len(p.next) > maxLooks {
		p.next = map[ledger.EntryNo]refundPoll{}
	}
	return p.next[no]
}

// due tells whether a redemption is to be asked about, and notes when it is the next time: the pause is as long as it
// has been on its way.
func (p *refundPolls) due(d ledger.Redemption, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	poll := p.at(d.No)
	if now.Before(poll.next) && poll.next.Sub(now) <= askMost {
		return false
	}
	poll.next = now.Add(min(max(now.Sub(d.Updated), askFirst), askMost))
	p.next[d.No] = poll
	return true
}

// heard notes that its processor has answered.
func (p *refundPolls) heard(d ledger.Redemption, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	poll := p.at(d.No)
	poll.heard = now
	p.next[d.No] = poll
}

// silentFor is how long its processor has said nothing of a redemption.
func (p *refundPolls) silentFor(d ledger.Redemption, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := d.Updated
	if heard := p.at(d.No).heard; heard.After(last) {
		last = heard
	}
	return now.Sub(last)
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
		_, err := s.askRefund(ctx, d)
		return err
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
			_, err = s.askRefund(ctx, one)
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
