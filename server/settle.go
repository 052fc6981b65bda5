package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Settlements are made in runs. A run has a number and an instant, goes through the tills in their order, and settles
// each with its vendor's payees in one commit, which also says how far the run is. So it can be stopped anywhere and
// goes on: nobody is paid twice, and nobody is forgotten.

const (
	// settleTills is how many tills one call looks at, settlePage how many it reads at once.
	settleTills = 200
	settlePage  = 50
	// settledDay is the name under which the books remember the last day that was settled without a person.
	settledDay = "settled day"
)

// SettleRun begins a run of settlements, or goes on with the one that has begun, for some tills; it is called again
// until Done. It refuses with ErrNotAllowed a caller who is no operator, with ErrNotFound an unknown vendor, with
// ErrInvalid an instant that is to come, and with ErrState another run than the one that has begun.
func (s *Server) SettleRun(ctx context.Context, who view.Caller, q view.SettleOrder) (v view.SettleRun, err error) {
	at := s.clock()
	if q.At.After(at) {
		return v, ledger.Invalid("at", "Name an instant that is over, or leave it out.", "What is to come is not settled.")
	}
	var run ledger.SettleRun
	var me ledger.Staff
	err = s.updateStaff(ctx, who, operatorOnly, "settle run", func(tx books.Tx, st ledger.Staff) (err error) {
		me = st
		begun := ledger.SettleRun{At: q.At.UTC(), Runner: st.Fingerprint, Began: at}
		if begun.At.IsZero() {
			begun.At = at
		}
		if q.Vendor != "" {
			named, err := s.vendorNamed(tx.Reader, q.Vendor)
			if err != nil {
				return err
			}
			begun.Vendor = named.ID
		}
		var fresh bool
		if run, fresh, err = openRun(tx, begun, !q.At.IsZero()); err != nil || !fresh {
			return err
		}
		if begun.Vendor != 0 && q.At.IsZero() {
			if err := bookOwn(tx, begun.Vendor, staffActor(st), at); err != nil {
				return err
			}
		}
		return tx.PutStaffAct(books.StaffAct{At: at, Key: st.Fingerprint, Role: st.Role, Act: "settle run"})
	})
	if err != nil {
		return v, err
	}
	run, err = s.settle(ctx, run.Number, q.Limit, staffActor(me), false)
	if err != nil {
		return v, err
	}
	err = s.view(ctx, func(r books.Reader) error {
		v, err = runView(r, run)
		return err
	})
	return v, err
}

// openRun returns the run that goes on, or begins one. There is one at a time, and one for each instant that is named.
func openRun(tx books.Tx, begun ledger.SettleRun, named bool) (run ledger.SettleRun, fresh bool, err error) {
	newest, err := tx.Runs(0, 1)
	if err != nil {
		return run, false, err
	}
	if len(newest) > 0 && newest[0].Ended.IsZero() {
		run = newest[0]
		if run.Vendor != begun.Vendor || named && !run.At.Equal(begun.At) {
			return run, false, ledger.Refuse(ledger.ErrState, "Go on with it first: settle run",
				"Run %d has begun and is not done.", run.Number)
		}
		return run, false, nil
	}
	if named && len(newest) > 0 && newest[0].Vendor == begun.Vendor && newest[0].At.Equal(begun.At) {
		return newest[0], false, nil // it is done: its caller has not heard of it
	}
	if begun.Vendor != 0 {
		begun.Last = begun.Vendor
	}
	if begun.Number, err = tx.NextRun(); err != nil {
		return run, false, err
	}
	return begun, true, tx.PutRun(begun)
}

// settle goes on with a run for so many tills, and ends it behind the last one.
func (s *Server) settle(
	ctx context.Context, number uint64, limit int, a ledger.Actor, auto bool,
) (run ledger.SettleRun, err error) {
	if limit <= 0 || limit > settleTills {
		limit = settleTills
	}
	for looked := 0; looked < limit; {
		var tills []ledger.Till
		err := s.view(ctx, func(r books.Reader) (err error) {
			if run, _, err = r.Run(number); err == nil {
				tills, err = r.TillsBehind(run.Last, run.LastIn, min(settlePage, limit-looked))
			}
			return err
		})
		if err != nil || !run.Ended.IsZero() {
			return run, err
		}
		for i, t := range tills {
			if run.Vendor != 0 && t.Vendor != run.Vendor {
				tills = tills[:i]
				break
			}
		}
		if len(tills) == 0 {
			return s.endRun(ctx, run)
		}
		if run, err = s.settleTills(ctx, run, tills, a, auto); err != nil {
			return run, err
		}
		looked += len(tills)
	}
	return run, nil
}

// endRun writes down that nothing follows.
func (s *Server) endRun(ctx context.Context, run ledger.SettleRun) (ledger.SettleRun, error) {
	at := s.clock()
	err := s.update(ctx, func(tx books.Tx) error {
		now, _, err := tx.Run(run.Number)
		if err != nil || now.Last != run.Last || now.LastIn != run.LastIn {
			return err
		}
		now.Ended, run = at, now
		run.Ended = at
		return tx.PutRun(now)
	})
	return run, err
}

// settleTills settles tills, each in a commit of its own. Where nothing is due nothing is written until the last one.
func (s *Server) settleTills(
	ctx context.Context, run ledger.SettleRun, tills []ledger.Till, a ledger.Actor, auto bool,
) (ledger.SettleRun, error) {
	written := run
	for i, t := range tills {
		var g *books.Settling
		err := s.view(ctx, func(r books.Reader) (err error) {
			g, err = r.Settling(books.SettleOrder{
				Vendor: t.Vendor, Currency: t.Currency, At: run.At, Asked: run.Vendor != 0, Auto: auto,
			})
			return err
		})
		if err != nil {
			return written, err
		}
		if g == nil && i < len(tills)-1 {
			run = run.After(t.Vendor, t.Currency, nil)
			continue
		}
		next, err := s.settleTill(ctx, written, run, t, g, a)
		if err != nil || next.Last != t.Vendor || next.LastIn != t.Currency { // it is not done, or another call was faster
			return next, err
		}
		written, run = next, next
	}
	return written, nil
}

// settleTill writes what was prepared for a till, and how far the run is, in one commit. If another call has moved the
// run on meanwhile, nothing is written: had is what the run was.
func (s *Server) settleTill(
	ctx context.Context, had, run ledger.SettleRun, t ledger.Till, g *books.Settling, a ledger.Actor,
) (next ledger.SettleRun, err error) {
	at := s.clock()
	var made []ledger.Settlement
	err = s.update(ctx, func(tx books.Tx) error {
		made = nil
		now, _, err := tx.Run(had.Number)
		if err != nil {
			return err
		}
		if next = now; now.Last != had.Last || now.LastIn != had.LastIn {
			return nil
		}
		more := false
		if g != nil {
			if made, more, err = tx.Settle(g, had.Number, a, at); err != nil {
				return err
			}
		}
		if next = run.After(t.Vendor, t.Currency, made); more {
			next = run.With(made)
		}
		return tx.PutRun(next)
	})
	if err == nil && len(made) > 0 {
		s.webhooks.Wake()
	}
	return next, err
}

// settleDaily settles once a day, in UTC, what is due by terms that ask no person.
func (s *Server) settleDaily(ctx context.Context, now time.Time) error {
	today := now.UTC().Format(time.DateOnly)
	midnight := now.UTC().Truncate(24 * time.Hour)
	var due bool
	err := s.view(ctx, func(r books.Reader) error {
		had, _, err := r.Meta(settledDay)
		if err != nil || string(had) >= today {
			return err
		}
		due, err = settlesItself(r)
		return err
	})
	if err != nil || !due {
		return err
	}
	var run ledger.SettleRun
	err = s.update(ctx, func(tx books.Tx) (err error) {
		newest, err := tx.Runs(0, 1)
		if err != nil || len(newest) > 0 && newest[0].Ended.IsZero() && newest[0].Runner != "" {
			run = ledger.SettleRun{} // a person's run comes first
			return err
		}
		run, _, err = openRun(tx, ledger.SettleRun{At: midnight, Began: now}, false)
		return err
	})
	for err == nil && run.Number != 0 && run.Ended.IsZero() && ctx.Err() == nil {
		run, err = s.settle(ctx, run.Number, 0, systemActor, true)
	}
	if err != nil || run.Ended.IsZero() {
		return err
	}
	return s.update(ctx, func(tx books.Tx) error { return tx.PutMeta(settledDay, []byte(today)) })
}

// settlesItself returns whether any terms ask no person.
func settlesItself(r books.Reader) (bool, error) {
	p, err := policy(r)
	if err != nil || p.Settle.Auto {
		return err == nil, err
	}
	all, err := r.Vendors()
	for _, v := range all {
		for _, t := range v.Terms {
			if t.Auto {
				return true, err
			}
		}
	}
	return false, err
}

// runView shows a run.
func runView(r books.Reader, n ledger.SettleRun) (v view.SettleRun, err error) {
	v = view.SettleRun{
		Run: n.Number, At: view.At(n.At), Began: view.At(n.Began), Ended: view.At(n.Ended), Tills: n.Tills,
		Settled: n.Settled, Payouts: n.Payouts, Fees: n.Fees, Done: !n.Ended.IsZero(),
	}
	if n.Vendor != 0 {
		of, _, err := r.Vendor(n.Vendor)
		if v.Vendor = of.Name; err != nil {
			return v, err
		}
	}
	if n.Last != 0 {
		of, _, err := r.Vendor(n.Last)
		v.Behind = of.Name
		return v, err
	}
	return v, nil
}

// SettleRuns lists runs of settlements, the newest first. It refuses with ErrNotAllowed a caller who is no operator.
func (s *Server) SettleRuns(
	ctx context.Context, who view.Caller, q view.Paging,
) (page view.Page[view.SettleRun], err error) {
	before, err := s.openCursor(q.Before)
	if err != nil {
		return page, err
	}
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		list, err := r.Runs(before, q.Rows()+1)
		if err != nil {
			return err
		}
		shown := make(map[uint64]view.SettleRun, len(list))
		for _, n := range list {
			if shown[n.Number], err = runView(r, n); err != nil {
				return err
			}
		}
		page = pageOf(s.seal, list, q.Rows(), func(n ledger.SettleRun) view.SettleRun { return shown[n.Number] },
			func(n ledger.SettleRun) uint64 { return n.Number })
		return nil
	})
	return page, err
}
