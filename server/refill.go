package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Refills lists the weekly budgets of the wallet's accounts, also those that have ended.
func (s *Server) Refills(ctx context.Context, who view.Caller) (all []view.Refill, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		all = nil
		for _, c := range u.Wallets {
			f, found, err := r.Refill(u.ID, c)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			v, err := s.refillView(r, f)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all, err
}

// SetRefill sets the weekly budget of an account, or changes it: it is filled up once a week from a bank account with a
// mandate. It refuses with ErrNotFound another wallet's bank account, and else as [ledger.SetRefill] does.
func (s *Server) SetRefill(ctx context.Context, who view.Caller, q view.RefillRequest) (v view.Refill, err error) {
	return s.refillStep(ctx, who, q.Budget.Currency, func(
		tx books.Tx, f ledger.RefillFacts, at time.Time,
	) (ledger.RefillOutcome, error) {
		return s.decideRefill(tx.Reader, who, q, f, at)
	})
}

// RefillTerms returns what a weekly budget would be. It writes nothing, and refuses as [Server.SetRefill] does.
func (s *Server) RefillTerms(ctx context.Context, who view.Caller, q view.RefillRequest) (v view.Refill, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		f, err := s.refillFacts(r, u, q.Budget.Currency, at)
		if err != nil {
			return err
		}
		out, err := s.decideRefill(r, who, q, f, at)
		if err != nil {
			return err
		}
		v, err = s.refillView(r, out.Refill)
		return err
	})
	return v, err
}

// decideRefill decides about a weekly budget, with the bank account that was named, or the newest that permits it.
func (s *Server) decideRefill(
	r books.Reader, who view.Caller, q view.RefillRequest, f ledger.RefillFacts, at time.Time,
) (out ledger.RefillOutcome, err error) {
	m, _, found := s.collectorIn(q.Budget.Currency)
	if !found {
		return out, refuseNoDebits(q.Budget.Currency)
	}
	if err := f.Policy.RefuseClosed(s.debitMethod(m)); err != nil {
		return out, err
	}
	mandate, err := s.mandateFor(r, f.User, m, view.FundRequest{Amount: q.Budget, Bank: q.Bank})
	if err != nil {
		return out, err
	}
	return ledger.SetRefill(ledger.RefillOrder{
		Budget: q.Budget, Weekday: q.Weekday, Mandate: mandate, Surplus: q.Surplus, Actor: memberActor(who),
	}, f, at)
}

// SkipRefill passes over the next week. It refuses as [ledger.SkipRefill] does.
func (s *Server) SkipRefill(ctx context.Context, who view.Caller, c ledger.Currency) (view.Refill, error) {
	return s.refillStep(ctx, who, c, func(
		_ books.Tx, f ledger.RefillFacts, at time.Time,
	) (ledger.RefillOutcome, error) {
		return ledger.SkipRefill(memberActor(who), f, at)
	})
}

// EndRefill ends the weekly budget of an account. It refuses as [ledger.EndRefill] does.
func (s *Server) EndRefill(ctx context.Context, who view.Caller, c ledger.Currency) (view.Refill, error) {
	return s.refillStep(ctx, who, c, func(
		_ books.Tx, f ledger.RefillFacts, at time.Time,
	) (ledger.RefillOutcome, error) {
		return ledger.EndRefill(memberActor(who), "You have turned it off.", f, at)
	})
}

// endRefillsOf ends the weekly budgets that a mandate fills up, because it permits no debits any more.
func endRefillsOf(tx books.Tx, u ledger.User, m ledger.Mandate, at time.Time) error {
	had, found, err := tx.Refill(u.ID, m.Currency)
	if err != nil || !found || had.Mandate != m.ID.Number || had.State == ledger.RefillEnded {
		return err
	}
	f := ledger.RefillFacts{User: u, Refill: had, Mandate: m}
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	out, err := ledger.EndRefill(systemActor, f.Ends(), f, at)
	if err != nil {
		return err
	}
	return putRefill(tx, out)
}

// FillNow fills an account up now, as its weekly budget would: it counts as this week's. It refuses as
// [ledger.FillRefill] does, and as [Server.Fund] does what cannot be debited.
func (s *Server) FillNow(ctx context.Context, who view.Caller, c ledger.Currency) (view.Refill, error) {
	v, err := s.refillStep(ctx, who, c, func(
		tx books.Tx, f ledger.RefillFacts, at time.Time,
	) (ledger.RefillOutcome, error) {
		return ledger.FillRefill(memberActor(who), f, at)
	})
	s.notifier.wake(topicDesk)
	return v, err
}

// refillStep is one step of a weekly budget that its owner takes.
func (s *Server) refillStep(
	ctx context.Context, who view.Caller, c ledger.Currency,
	decide func(books.Tx, ledger.RefillFacts, time.Time) (ledger.RefillOutcome, error),
) (v view.Refill, err error) {
	at := s.clock()
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		f, err := s.refillFacts(tx.Reader, u, c, at)
		if err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := decide(tx, f, at)
		if err != nil {
			return err
		}
		if err := putRefill(tx, out); err != nil {
			return err
		}
		if out.Fill.Micros > 0 || out.Surplus.Micros > 0 {
			if err := s.carryOut(tx, u, f.Mandate, out, at); err != nil {
				return err
			}
		}
		v, err = s.refillView(tx.Reader, out.Refill)
		return err
	})
	return v, err
}

// carryOut orders what a step of a weekly budget asks for.
func (s *Server) carryOut(
	tx books.Tx, u ledger.User, m ledger.Mandate, out ledger.RefillOutcome, at time.Time,
) error {
	if out.Fill.Micros > 0 {
		return s.refillDebit(tx, u, m, out.Fill, out.Refill.Done, at)
	}
	return s.refillSurplus(tx, u, m, out.Surplus, at)
}

// refillFacts reads what a decision about a weekly budget needs.
func (s *Server) refillFacts(
	r books.Reader, u ledger.User, c ledger.Currency, at time.Time,
) (f ledger.RefillFacts, err error) {
	f = ledger.RefillFacts{User: u, Zone: s.zone(u)}
	if f.Policy, err = policy(r); err != nil {
		return f, err
	}
	if f.Wallet, err = walletOrNew(r, u.ID, c, f.Policy); err != nil {
		return f, err
	}
	if m, _, found := s.collectorIn(c); found {
		f.Closed, _ = f.Policy.Closed(s.debitMethod(m))
	}
	var found bool
	if f.Refill, found, err = r.Refill(u.ID, c); err != nil || !found {
		return f, err
	}
	if f.Mandate, _, err = r.Mandate(ledger.MandateID{User: u.ID, Number: f.Refill.Mandate}); err != nil {
		return f, err
	}
	if f.Dormant, err = dormantNow(r, u, c, f.Policy, at); err != nil {
		return f, err
	}
	f.Waiting, err = refillUnderWay(r, u.ID, c)
	return f, err
}

// refillUnderWay reports whether a debit that a weekly budget of an account has ordered is on its way, from whichever
// bank account.
func refillUnderWay(r books.Reader, u ledger.UserID, c ledger.Currency) (bool, error) {
	all, err := r.Deposits(u, 0)
	return slices.ContainsFunc(all, func(d ledger.Deposit) bool {
		return d.Refill != 0 && d.Amount.Currency == c && d.State.Moves()
	}), err
}

// dormantNow reports whether the owner of an account was not seen for so long that its balance is unclaimed property,
// or would be if there was any: nothing is taken from that person's bank. What a weekly budget does by itself is no
// sign of its owner, and neither is what others do: only who has used a key was there.
func dormantNow(r books.Reader, u ledger.User, c ledger.Currency, p ledger.Policy, at time.Time) (bool, error) {
	had, _, err := r.Unclaimed(u.ID, c)
	return had.Micros > 0 || p.Dormancy.After > 0 && !at.Before(seenLast(u, p).Add(p.Dormancy.After)), err
}

// putRefill writes a step of a weekly budget.
func putRefill(tx books.Tx, out ledger.RefillOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutRefill(out.Refill)
}

// sweepRefills announces weekly budgets, and fills them up: the entry that says a week is done, the order to the bank
// and what goes back are one commit, so a week happens once, wherever the service is killed.
func (s *Server) sweepRefills(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Refill, limit int) ([]ledger.Refill, error) {
		return r.DueRefills(now, behind, limit)
	}, func(due ledger.Refill) error {
		err := s.update(ctx, func(tx books.Tx) error { return s.fillUp(tx, due, now) })
		if err == nil {
			s.notifier.wake(topicUser(due.User), topicDesk)
		}
		return err
	})
}

// fillUp does what a weekly budget asks for now.
func (s *Server) fillUp(tx books.Tx, due ledger.Refill, now time.Time) error {
	u, _, err := tx.User(due.User)
	if err != nil {
		return err
	}
	f, err := s.refillFacts(tx.Reader, u, due.Currency, now)
	if err != nil {
		return err
	}
	if next := f.Refill.Next(); next.IsZero() || now.Before(next) {
		return nil // changed meanwhile
	}
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	out, err := ledger.DueRefill(f, now)
	if err != nil {
		return err
	}
	if err := putRefill(tx, out); err != nil {
		return err
	}
	if out.Fill.Micros == 0 && out.Surplus.Micros == 0 {
		return nil
	}
	var no *ledger.Refusal
	if err = s.carryOut(tx, u, f.Mandate, out, now); !errors.As(err, &no) {
		return err
	}
	return s.refillRefused(tx, u, due.Currency, no, now)
}

// refillDebit orders the debit of a week.
func (s *Server) refillDebit(
	tx books.Tx, u ledger.User, m ledger.Mandate, a ledger.Amount, week uint32, now time.Time,
) error {
	c, _, found := s.collectorIn(a.Currency)
	if !found {
		return ledger.RefuseState("bank", "not debited here any more")
	}
	_, err := s.announce(tx, u, ledger.DepositOrder{
		Method: s.debitMethod(c), Kind: ledger.DepositDebit, Amount: a, Mandate: m, Refill: week, Actor: systemActor,
	}, now)
	return err
}

// debitMethod is the name of the method that debits by itself: automatic debits where they are offered.
func (s *Server) debitMethod(c funding.Collector) string {
	if _, info, found := s.methodNamed(autoDebit); found && s.offered(info) {
		return autoDebit
	}
	return c.Info().Name
}

// autoDebit is the method of debits that nobody types.
const autoDebit = "autodebit"

// refillSurplus sends what is above a weekly budget back to its bank account.
func (s *Server) refillSurplus(
	tx books.Tx, u ledger.User, m ledger.Mandate, a ledger.Amount, now time.Time,
) error {
	f, err := redeemFacts(tx.Reader, u, a.Currency, now)
	if err != nil {
		return err
	}
	to := redeemTarget{mandate: m}
	o := to.order(a, systemActor)
	o.Why = ledger.RedeemSurplus
	_, err = s.redeem(tx, f, to, o, now)
	return err
}

// refillRefused says why nothing came of a week.
func (s *Server) refillRefused(tx books.Tx, u ledger.User, c ledger.Currency, no *ledger.Refusal, now time.Time) error {
	f, err := s.refillFacts(tx.Reader, u, c, now)
	if err != nil {
		return err
	}
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	return putRefill(tx, ledger.NoteRefill(no.Detail, f, now))
}

// refillDebited follows a debit that a weekly budget has ordered: that it came back, or that it has cleared.
func (s *Server) refillDebited(tx books.Tx, d ledger.Deposit, cleared bool, now time.Time) error {
	if d.Refill == 0 {
		return nil
	}
	u, _, err := tx.User(d.ID.User)
	if err != nil {
		return err
	}
	f, err := s.refillFacts(tx.Reader, u, d.Amount.Currency, now)
	if err != nil {
		return err
	}
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	out, changed := ledger.RefillDebit(cleared, f, now)
	if !changed {
		return nil
	}
	return putRefill(tx, out)
}

// refillView shows a weekly budget.
func (s *Server) refillView(r books.Reader, f ledger.Refill) (v view.Refill, err error) {
	m, _, err := r.Mandate(ledger.MandateID{User: f.User, Number: f.Mandate})
	return view.Refill{
		Currency: f.Currency, State: view.State(f.State), Budget: ledger.Amount{Micros: f.Budget, Currency: f.Currency},
		Weekday: strings.ToLower(time.Weekday(f.Weekday).String()), Account: m.Mask(),
		Bank: s.seal.BankAccount(vaultOf(m, m.ID.Number)), Surplus: f.Surplus, Due: view.At(f.Due),
		Week: ledger.WeekWords(f.Week), Announced: f.IsAnnounced(), Skipped: f.Skip == f.Week, Returns: f.Returns,
		Reason: f.Reason,
	}, err
}
