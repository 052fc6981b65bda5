package server

import (
	"context"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// firstMonth is the name under which the books keep which month is closed first: the one in which a program that closes
// months has opened them. What was before it is in the totals.
const firstMonth = "first month"

// monthsAtOnce bounds how many months one sweep closes: more than the service was ever stopped.
const monthsAtOnce = 120

// sweepMonths closes the months that are over, each once and in their order. It is stopped and goes on anywhere: a
// month is closed in one transaction.
func (s *Server) sweepMonths(ctx context.Context, now time.Time) error {
	for range monthsAtOnce {
		closed, err := s.closeNext(ctx, now)
		if err != nil || !closed {
			return err
		}
	}
	return nil
}

// nextMonth is the month that is closed next; false if the books do not say yet where they begin.
func nextMonth(r books.Reader) (c ledger.Close, known bool, err error) {
	newest, err := r.Closes(time.Time{}, 1)
	if err != nil {
		return c, false, err
	}
	if len(newest) > 0 {
		c.From, c.Until = ledger.MonthOf(newest[0].Until)
		return c, true, nil
	}
	begins, known, err := r.Meta(firstMonth)
	if err != nil || !known {
		return c, false, err
	}
	at, err := time.Parse("2006-01", string(begins))
	c.From, c.Until = ledger.MonthOf(at)
	return c, true, err
}

// heldMonth is the month that waits for a person. It is memory only: the next sweep after a start finds it again.
type heldMonth struct {
	mu   sync.Mutex
	name string
	why  string
	// kept says that what holds it is in the journal, so that looking again would find the same.
	kept bool
}

// hold notes why a month is not closed, and tells the log once.
func (s *Server) hold(e monthEnd, why error) {
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	var no *ledger.Refusal
	if name := e.Month(); errors.As(why, &no) {
		if s.held.name != name {
			s.log.Warn("a month is not closed", "month", name, "why", no.Detail, "remedy", no.Remedy)
		}
		s.held.name, s.held.why, s.held.kept = name, no.Detail+" "+no.Remedy, e.next != 0
		return
	}
	s.held.name, s.held.why, s.held.kept = "", "", false
}

// heldUp tells whether a month is known to wait for a person.
func (s *Server) heldUp(c ledger.Close) bool {
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	return s.held.kept && s.held.name == c.Month()
}

// monthAlarm tells an operator that a month waits, "" if none does.
func (s *Server) monthAlarm(st ledger.Staff) string {
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	if st.Role != ledger.RoleOperator || s.held.name == "" {
		return ""
	}
	return "The month " + s.held.name + " is not closed. " + s.held.why
}

// monthEnd is a month that can be closed, as a snapshot of the books has it.
type monthEnd struct {
	ledger.Close
	seen ledger.EntryNo // the newest entry then
	next ledger.EntryNo // the first one behind the month, 0 for none
	// before and after are when something was booked last in the month or before it, and first behind it: at the latest
	// it is now.
	before, after time.Time
}

// endOf reads the end of a month. Its sums are taken on a snapshot: what has happened does not change, and the writer
// only looks at what came since.
func endOf(ctx context.Context, r books.Reader, c ledger.Close, now time.Time) (e monthEnd, err error) {
	e = monthEnd{Close: c, before: c.From, after: now}
	if e.seen, _, err = r.Head(); err != nil {
		return e, err
	}
	end, err := r.MonthEnd(ctx, c.Until)
	if err != nil {
		return e, err
	}
	e.Last, e.Head, e.Totals = end.Last, end.Head, end.Totals
	if last, found, err := r.Entry(e.Last); err != nil {
		return e, err
	} else if found {
		e.before = last.At
	}
	next, found, err := r.Entry(e.Last + 1)
	if found {
		e.next, e.after = next.No, next.At
	}
	return e, err
}

// closeNext closes a month by itself, if one is over and the journal bears the clock out.
func (s *Server) closeNext(ctx context.Context, now time.Time) (closed bool, err error) {
	var e monthEnd
	var known, due bool
	err = s.view(ctx, func(r books.Reader) (err error) {
		var c ledger.Close
		if c, known, err = nextMonth(r); err != nil || !known {
			return err
		}
		if due = c.Due(now) && !s.heldUp(c); due {
			e, err = endOf(ctx, r, c, now)
		}
		return err
	})
	switch {
	case err != nil || known && !due:
		return false, err
	case !known:
		return false, s.beginMonths(ctx, now)
	}
	why := e.RefuseSilence(e.before, e.after)
	if s.hold(e, why); why != nil {
		return false, nil
	}
	err = s.update(ctx, func(tx books.Tx) error { return closeIn(tx, e, systemActor, now) })
	return err == nil, err
}

// beginMonths notes which month is closed first: that of the newest entry, at the latest that of now.
func (s *Server) beginMonths(ctx context.Context, now time.Time) error {
	return s.update(ctx, func(tx books.Tx) error {
		if _, known, err := tx.Meta(firstMonth); err != nil || known {
			return err
		}
		no, _, err := tx.Head()
		if err != nil {
			return err
		}
		newest, found, err := tx.Entry(no)
		if err != nil {
			return err
		}
		if found && newest.At.Before(now) {
			now = newest.At
		}
		return tx.PutMeta(firstMonth, []byte(now.UTC().Format("2006-01")))
	})
}

// closeIn closes a month in a transaction, unless that was done meanwhile.
func closeIn(tx books.Tx, e monthEnd, a ledger.Actor, now time.Time) error {
	if _, already, err := tx.CloseOf(e.From); err != nil || already {
		return err
	}
	if err := tx.StillEnds(e.Close, e.seen); err != nil {
		return err
	}
	no, err := tx.Next()
	if err != nil {
		return err
	}
	if _, err := tx.Append(ledger.CloseMonth(e.Close, a, no, now)); err != nil {
		return err
	}
	return tx.PutClose(e.Close)
}

// CloseMonth closes a month that waits for a person, and those before it: nothing was booked around its end for so long
// that the clock may be wrong, and sure says that it is right.
//
// It refuses with ErrNotAllowed a caller who is no operator, with ErrInvalid what is no month, and with ErrState one
// that is closed or not over, and one around whose end nothing was booked if nobody is sure.
func (s *Server) CloseMonth(ctx context.Context, who view.Caller, month string, sure bool) (v view.Month, err error) {
	from, err := readMonth(month)
	if err != nil {
		return v, err
	}
	at := s.clock()
	for range monthsAtOnce {
		var e monthEnd
		err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
			c, known, err := nextMonth(r)
			if err != nil {
				return err
			}
			if err := c.RefuseClosing(from, known, at); err != nil {
				return err
			}
			e, err = endOf(ctx, r, c, at)
			return err
		})
		if err == nil && !sure {
			err = e.RefuseSilence(e.before, e.after)
		}
		if err != nil {
			return v, err
		}
		err = s.updateStaff(ctx, who, operatorOnly, "month close "+e.Month(), func(tx books.Tx, st ledger.Staff) error {
			return closeIn(tx, e, staffActor(st), at)
		})
		if err != nil {
			return v, err
		}
		s.hold(e, nil)
		if v = monthView(e.Close); e.From.Equal(from) {
			break
		}
	}
	return v, nil
}

// readMonth reads a month as people type it.
func readMonth(month string) (from time.Time, err error) {
	if from, err = time.Parse("2006-01", month); err != nil {
		err = ledger.Invalid("month", "Type it like 2026-11.", "This is no month.")
	}
	return from, err
}

// Months lists the closed months, newest first. It refuses with ErrNotAllowed a caller who is no operator, and with
// ErrInvalid a cursor of another list.
func (s *Server) Months(
	ctx context.Context, who view.Caller, p view.Paging,
) (page view.Page[view.Month], err error) {
	before := time.Time{}
	if p.Before != "" {
		if before, err = time.Parse("2006-01", string(p.Before)); err != nil {
			return page, history.RefuseCursor()
		}
	}
	err = s.report(ctx, who, "report close", func(r books.Reader) error {
		list, err := r.Closes(before, p.Rows()+1)
		page = view.Page[view.Month]{}
		for i, c := range list {
			if i == p.Rows() {
				page.Next = view.Cursor(list[i-1].Month())
				break
			}
			page.Data = append(page.Data, monthView(c))
		}
		return err
	})
	return page, err
}

func monthView(c ledger.Close) view.Month { return view.MonthOf(c, hex.EncodeToString(c.Head[:])) }

// Month returns what a month was closed with. It refuses with ErrNotAllowed a caller who is no operator, with
// ErrInvalid what is no month, and with ErrNotFound one that is not closed.
func (s *Server) Month(ctx context.Context, who view.Caller, month string) (v view.Month, err error) {
	from, err := readMonth(month)
	if err != nil {
		return v, err
	}
	err = s.report(ctx, who, "report close "+from.Format("2006-01"), func(r books.Reader) error {
		c, found, err := r.CloseOf(from)
		if err == nil && !found {
			err = ledger.Refuse(ledger.ErrNotFound, "See those that are with: report close.", "The month %s is not closed.",
				from.Format("2006-01"))
		}
		v = monthView(c)
		return err
	})
	return v, err
}
