package server

import (
	"context"
	"encoding/hex"
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

// closeNext closes a month if one is over. Its sums are taken on a snapshot: what has happened does not change, and the
// writer only looks at what came since.
func (s *Server) closeNext(ctx context.Context, now time.Time) (closed bool, err error) {
	var c ledger.Close
	var known, due bool
	var seen ledger.EntryNo
	err = s.view(ctx, func(r books.Reader) (err error) {
		if c, known, err = nextMonth(r); err != nil || !known {
			return err
		}
		if due = c.Due(now); !due {
			return nil
		}
		if seen, _, err = r.Head(); err != nil {
			return err
		}
		end, err := r.MonthEnd(ctx, c.Until)
		c.Last, c.Head, c.Totals = end.Last, end.Head, end.Totals
		return err
	})
	switch {
	case err != nil || known && !due:
		return false, err
	case !known:
		return false, s.update(ctx, func(tx books.Tx) error {
			if _, known, err := tx.Meta(firstMonth); err != nil || known {
				return err
			}
			return tx.PutMeta(firstMonth, []byte(now.UTC().Format("2006-01")))
		})
	}
	err = s.update(ctx, func(tx books.Tx) error {
		if _, already, err := tx.CloseOf(c.From); err != nil || already {
			return err
		}
		if err := tx.StillEnds(c, seen); err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		if _, err := tx.Append(ledger.CloseMonth(c, no, now)); err != nil {
			return err
		}
		return tx.PutClose(c)
	})
	return err == nil, err
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
	from, err := time.Parse("2006-01", month)
	if err != nil {
		return v, ledger.Invalid("month", "Type it like 2026-11.", "This is no month.")
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
