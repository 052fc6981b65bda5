package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// callFor is how long a method may take to answer; after that the outcome is unknown and looked up later.
const callFor = 30 * time.Second

// linkPurpose binds the sealed form of the address at which a payer goes on to its use.
const linkPurpose = "deposit link"

// stepsAtOnce bounds how far one piece of news can take a deposit: a payment that was made, settled, charged back and
// won while nobody listened is four steps.
const stepsAtOnce = 6

// startDeposit calls the method. The caller may hang up: the call goes on, and its outcome is written.
//
// An error of the method means that its outcome is unknown, never that nothing was paid: the worker asks later.
func (s *Server) startDeposit(ctx context.Context, m funding.Method, d ledger.Deposit) (view.Deposit, error) {
	// A caller who hangs up must not leave an order at a processor without its outcome here.
	ctx = context.WithoutCancel(ctx)
	call, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	out, err := m.Start(call, s.order(d))
	if err != nil { // it is not known whether the processor has the order
		s.log.Warn("funding: unknown outcome", "deposit", s.seal.Deposit(d.ID), "method", d.Method, "error", err)
		out = funding.Outcome{State: ledger.DepositErrored}
	}
	if err := s.recordOutcome(ctx, d.ID, out, s.clock()); err != nil {
		return view.Deposit{}, err
	}
	if err := s.noteDeposit(ctx, d.ID); err != nil {
		return view.Deposit{}, err
	}
	return s.depositNow(ctx, d.ID)
}

// order is what a method learns of a deposit.
func (s *Server) order(d ledger.Deposit) funding.Order {
	d.Link = nil // sealed for the payer
	return funding.Order{Name: s.seal.Deposit(d.ID), Deposit: d}
}

// lookUp asks the method what became of a deposit. No answer now means asking again later.
func (s *Server) lookUp(ctx context.Context, d ledger.Deposit) error {
	m, _, found := s.methodNamed(d.Method)
	if !found {
		return errors.New("deposit by an unknown method: " + d.Method)
	}
	if d.State == ledger.DepositProcessing && d.External == "" { // the call was cut short: its outcome is unknown
		if err := s.recordOutcome(ctx, d.ID, funding.Outcome{State: ledger.DepositErrored}, s.clock()); err != nil {
			return err
		}
		d.State = ledger.DepositErrored
	}
	d, err := s.heardOf(ctx, d)
	if err != nil {
		return err
	}
	call, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	out, err := m.Lookup(call, s.order(d))
	if err != nil {
		s.log.Warn("funding: look-up without an answer", "deposit", s.seal.Deposit(d.ID), "method", d.Method, "error", err)
		return nil
	}
	return s.recordOutcome(ctx, d.ID, out, s.clock())
}

// recordOutcome writes what a method knows of a deposit.
func (s *Server) recordOutcome(ctx context.Context, id ledger.DepositID, o funding.Outcome, at time.Time) error {
	return s.recordNews(ctx, []step{{id, o}}, nil, at)
}

// step is what a method knows of one deposit.
type step struct {
	id      ledger.DepositID
	outcome funding.Outcome
}

// recordNews writes what a method knows of deposits, in one transaction with what remembers the news. What changes
// nothing, and what came twice, writes nothing. What cannot follow is old: the answer to a call may be overtaken by the
// news of what came next.
func (s *Server) recordNews(ctx context.Context, steps []step, remember func(books.Tx) error, at time.Time) error {
	var changed []ledger.UserID
	err := s.update(ctx, func(tx books.Tx) error {
		changed = nil
		for _, p := range steps {
			moved, err := s.recordStep(tx, p, at)
			if err != nil {
				return err
			}
			if moved {
				changed = append(changed, p.id.User)
			}
		}
		if remember == nil {
			return nil
		}
		return remember(tx)
	})
	if err != nil {
		return err
	}
	for _, u := range changed {
		s.notifier.wake(topicUser(u), topicDesk)
	}
	return nil
}

// recordStep moves one deposit, if that changes it.
func (s *Server) recordStep(tx books.Tx, p step, at time.Time) (moved bool, err error) {
	d, found, err := tx.Deposit(p.id)
	if err != nil || !found {
		return false, err
	}
	if d, moved, err = s.recordState(tx, d, p.outcome, at); err != nil {
		return false, err
	}
	apart, err := s.recordBeside(tx, d, p.outcome.Beside, at)
	return moved || apart, err
}

// recordState moves a deposit to the state that its method says, if that is another one and can follow.
func (s *Server) recordState(
	tx books.Tx, d ledger.Deposit, o funding.Outcome, at time.Time,
) (_ ledger.Deposit, moved bool, err error) {
	if d.State == o.State {
		return d, false, nil
	}
	if !slices.Contains(d.Next(), o.State) {
		s.log.Warn("funding: what a processor says cannot follow", "deposit", s.seal.Deposit(d.ID), "method", d.Method,
			"is", d.State, "says", o.State)
		return d, false, nil
	}
	e := ledger.DepositEvent{
		To: o.State, External: o.External, Fee: o.Fee, Taken: o.Taken, Reason: ledger.CleanLine(o.Reason, 200),
		Actor: systemActor,
	}
	if o.Link != "" {
		if e.Link, err = s.seal.Seal([]byte(o.Link), linkPurpose); err != nil {
			return d, false, err
		}
	}
	d, err = advance(tx, d, e, at)
	return d, err == nil, err
}

// kindNews is what the table of idempotency keys remembers of a processor's news.
const kindNews = "news"

// ReceiveNews takes a call of a processor by one method. The call moves no money: it says which deposits there are news
// of, and what the processor's API says of them is written, together with the id of the news. So news that come twice
// are done once, and news that were not understood are asked for again.
//
// It refuses with ErrNotFound a method that takes no calls, and with [funding.ErrUnsigned] a call of somebody else. Any
// other error asks the processor to repeat it.
func (s *Server) ReceiveNews(ctx context.Context, method string, header http.Header, body []byte) error {
	if method == methodPayouts && s.gateway.to != nil {
		return s.receivePayoutNews(ctx, header, body)
	}
	m, info, _ := s.methodNamed(method)
	r, takes := m.(funding.Receiver)
	if !takes || !s.offered(info) {
		return ledger.Refuse(ledger.ErrNotFound, "Compare the address with the settings.", "No processor calls here.")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callFor)
	defer cancel()
	news, err := r.Receive(ctx, header, body)
	if err != nil {
		return err
	}
	owner := "processor/" + info.Name
	found, done, err := s.newsFound(ctx, owner, info.Name, news)
	if err != nil || done {
		return err
	}
	var steps []step
	for i, d := range found {
		if d.No == 0 {
			continue
		}
		more, err := s.newSteps(ctx, m, d, news.About[i].Outcome)
		if err != nil {
			return err
		}
		steps = append(steps, more...)
	}
	if err := s.refundNews(ctx, news.About, found); err != nil {
		return err
	}
	at := s.clock()
	for len(steps) > newsAtOnce {
		if err := s.recordNews(ctx, steps[:newsAtOnce], nil, at); err != nil {
			return err
		}
		steps = steps[newsAtOnce:]
	}
	return s.recordNews(ctx, steps, func(tx books.Tx) error {
		return tx.PutIdempotency(owner, news.ID, books.IdempotencyRecord{Kind: kindNews, At: at})
	}, at)
}

// newsFound reads the deposits that news are about, no number for one that is not known, and whether the news were done
// before.
func (s *Server) newsFound(
	ctx context.Context, owner, method string, news funding.News,
) (found []ledger.Deposit, done bool, err error) {
	err = s.view(ctx, func(r books.Reader) (err error) {
		found, done = nil, news.ID == ""
		if !done {
			_, done, err = r.Idempotency(owner, news.ID)
		}
		if err != nil || done {
			return err
		}
		for _, f := range news.About {
			d, known, err := s.depositFound(r, method, f)
			if err != nil {
				return err
			}
			if !known {
				s.log.Warn("funding: news of a deposit that is not known", "method", method, "news", news.ID)
			}
			found = append(found, d)
		}
		return nil
	})
	return found, done, err
}

// newsAtOnce bounds the steps of one transaction: the writer has purchases waiting.
const newsAtOnce = 100

// depositFound reads the deposit of one method that a processor speaks of. With the id that the processor has just told
// where the books have none yet.
func (s *Server) depositFound(
	r books.Reader, method string, f funding.Found,
) (d ledger.Deposit, known bool, err error) {
	id, err := s.seal.OpenDeposit(f.Deposit)
	if known = err == nil; !known {
		if id, known, err = r.DepositByExternal(method, f.External); err != nil || !known {
			return d, false, err
		}
	}
	if d, known, err = r.Deposit(id); err != nil || !known || d.Method != method {
		return ledger.Deposit{}, false, err
	}
	if d.External == "" {
		d.External = f.External
	}
	return d, true, nil
}

// newSteps are the steps that a deposit has made since the books heard of it: what its method finds, one question for
// each, until nothing is new, and then the one that is known. Nobody is asked where that one follows at once: a payout
// has many deposits, and is told before the payment if that news was lost.
func (s *Server) newSteps(
	ctx context.Context, m funding.Method, d ledger.Deposit, known *funding.Outcome,
) (steps []step, err error) {
	if known == nil {
		return s.lookUpSteps(ctx, m, d)
	}
	if d.State != known.State && !slices.Contains(d.Next(), known.State) {
		steps, err = s.lookUpSteps(ctx, m, d)
	}
	return append(steps, step{d.ID, *known}), err
}

// lookUpSteps are the steps that the method of a deposit finds.
func (s *Server) lookUpSteps(ctx context.Context, m funding.Method, d ledger.Deposit) (steps []step, err error) {
	if d, err = s.heardOf(ctx, d); err != nil {
		return nil, err
	}
	for range stepsAtOnce {
		out, err := m.Lookup(ctx, s.order(d))
		if err != nil {
			return nil, err
		}
		if out.State == d.State || !slices.Contains(d.Next(), out.State) {
			if out.Beside.Micros > d.Beside {
				out.State = d.State
				steps = append(steps, step{d.ID, out})
			}
			return steps, nil
		}
		if out.External == "" {
			out.External = d.External
		}
		steps = append(steps, step{d.ID, out})
		d.State, d.External = out.State, out.External
	}
	return steps, nil
}

// depositCalled reads a deposit by its name. It refuses with ErrNotFound a name of none.
func (s *Server) depositCalled(r books.Reader, name string) (d ledger.Deposit, err error) {
	id, err := s.seal.OpenDeposit(name)
	if err != nil {
		return d, orMissing(nil)
	}
	d, found, err := r.Deposit(id)
	if err != nil || !found {
		return d, orMissing(err)
	}
	return d, nil
}

// PayLink returns the address at a processor's where a deposit that waits for its payer is paid. Whoever has the name
// of the deposit may pay it. It refuses with ErrNotFound a name of none, and with ErrState one that waits for nobody.
func (s *Server) PayLink(ctx context.Context, name string) (address string, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		d, err := s.depositCalled(r, name)
		if err != nil {
			return err
		}
		if len(d.Link) == 0 {
			return ledger.RefuseState("payment", "not waiting for its payer")
		}
		plain, err := s.seal.Open(d.Link, linkPurpose)
		address = string(plain)
		return err
	})
	return address, err
}

// CancelDeposit withdraws a deposit that waits for its payer: an order at its processor, or an instrument that was not
// sent. One that was paid at the same moment is paid, and is returned as that. It refuses with ErrNotFound a deposit
// that is not this wallet's, and with ErrState one that does not wait.
func (s *Server) CancelDeposit(ctx context.Context, who view.Caller, name string) (view.Deposit, error) {
	var d ledger.Deposit
	at := s.clock()
	err := s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) (err error) {
		d, err = s.depositCalled(tx.Reader, name)
		switch {
		case err != nil:
			return err
		case d.ID.User != u.ID:
			return orMissing(nil)
		case !slices.Contains(d.Next(), ledger.DepositCanceled) || d.State == ledger.DepositProcessing:
			return ledger.RefuseState("deposit", "not waiting for you, so it cannot be canceled")
		case online(d):
			return nil
		}
		if b, _, err := atBiller(tx.Reader, u.ID, d.Bill); err != nil || d.Bill.Biller != "" && b.Sent(d) {
			return cmp.Or(err, error(ledger.RefuseState("deposit", "with the biller, so it cannot be canceled")))
		}
		d, err = advance(tx, d, ledger.DepositEvent{To: ledger.DepositCanceled, Actor: memberActor(who)}, at)
		return err
	})
	if err != nil {
		return view.Deposit{}, err
	}
	if online(d) {
		if err := s.cancelOrder(ctx, d); err != nil {
			return view.Deposit{}, err
		}
	} else {
		s.notifier.wake(topicUser(d.ID.User), topicDesk)
	}
	return s.depositNow(ctx, d.ID)
}

// cancelOrder withdraws an order at its processor.
func (s *Server) cancelOrder(ctx context.Context, d ledger.Deposit) error {
	m, _, _ := s.methodNamed(d.Method)
	c, can := m.(funding.Canceler)
	if !can {
		return ledger.RefuseState("deposit", "with a processor that takes no word back")
	}
	ctx = context.WithoutCancel(ctx)
	call, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	out, err := c.Cancel(call, s.order(d))
	if err != nil {
		s.log.Warn("funding: cancel without an answer", "deposit", s.seal.Deposit(d.ID), "method", d.Method, "error", err)
		return ledger.Refuse(ledger.ErrUnavailable, "Try it again later; unpaid, it expires by itself.",
			"The processor did not answer.")
	}
	return s.recordOutcome(ctx, d.ID, out, s.clock())
}
