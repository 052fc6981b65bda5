package server

import (
	"context"
	"sort"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// ledgerWalk bounds how many entries one page of the general ledger looks at: a class that is seldom moved must not
	// cost the time of all others.
	ledgerWalk = 10_000
	// outOfOrder is how many entries in a row may be older than was asked for before a walk ends: a clock that was behind
	// has stamped what is new as if it were old.
	outOfOrder = 100
)

// Trial returns the trial balance: what each class stands at in each currency, by its control total. It refuses with
// ErrNotAllowed a caller who is no operator. As the other reports, it is a line of the staff log.
func (s *Server) Trial(ctx context.Context, who view.Caller) (page view.Page[view.TrialLine], err error) {
	err = s.report(ctx, who, "report trial", func(r books.Reader) error {
		totals, err := r.Totals()
		page = view.Page[view.TrialLine]{Data: view.Map(totals, view.TrialLineOf)}
		return err
	})
	return page, err
}

// Coverage returns what the service has and what it owes in each currency (I13). It refuses with ErrNotAllowed a caller
// who is no operator.
func (s *Server) Coverage(ctx context.Context, who view.Caller) (page view.Page[view.CoverageLine], err error) {
	err = s.report(ctx, who, "report coverage", func(r books.Reader) error {
		all, err := r.Coverage()
		page = view.Page[view.CoverageLine]{Data: view.Map(all, func(c books.Coverage) view.CoverageLine {
			in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: c.Currency} }
			return view.CoverageLine{
				Assets: in(c.Assets), Owed: in(c.Owed), Gap: in(c.Assets - c.Owed), Covered: c.Short() == 0,
			}
		})}
		return err
	})
	return page, err
}

// GeneralLedger returns the postings of one class, newest first. An entry stands on one page with all of its postings,
// so a page may have a few more lines than were asked for; one that ends after many entries without a line says how far
// it got. It refuses with ErrNotAllowed a caller who is no operator, and with ErrInvalid a class that is not on the
// chart and a cursor of another list.
func (s *Server) GeneralLedger(
	ctx context.Context, who view.Caller, q view.LedgerQuery,
) (page view.Page[view.LedgerLine], err error) {
	if q.Class.Name() == "" {
		return page, ledger.Invalid("class", "Type: report trial", "There is no class %d in the chart of accounts.", q.Class)
	}
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	act := "report ledger " + q.Class.String()
	err = s.report(ctx, who, act, func(r books.Reader) error {
		from := ledger.EntryNo(before)
		if from == 0 && !q.Until.IsZero() {
			var err error
			if from, err = behind(r, q.Until); err != nil {
				return err
			}
		}
		page = view.Page[view.LedgerLine]{}
		last, err := ledgerPage(r, q, from, &page)
		if last != 0 {
			page.Next = history.CloseCursor(s.seal, uint64(last))
		}
		return err
	})
	return page, err
}

// report runs fn on a snapshot of the books for an operator, and writes down that it did.
func (s *Server) report(ctx context.Context, who view.Caller, act string, fn func(books.Reader) error) error {
	at := s.clock()
	var me ledger.Staff
	err := s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, st ledger.Staff) error {
		me = st
		return fn(r)
	})
	if err != nil {
		return err
	}
	return s.looked(ctx, me, lookedAt{act: act, last: 24 * time.Hour}, []ledger.UserID{0}, at)
}

// ledgerPage walks the journal down from an entry, 0 for the newest, until the page is full. It returns the entry
// before which the following page begins, 0 if there is none.
func ledgerPage(
	r books.Reader, q view.LedgerQuery, before ledger.EntryNo, page *view.Page[view.LedgerLine],
) (last ledger.EntryNo, err error) {
	looked, stale := 0, 0
	for rec, err := range r.JournalDown(before, ledgerWalk+1) {
		if err != nil {
			return 0, err
		}
		if looked++; looked > ledgerWalk {
			page.Searched = view.At(rec.At)
			return last, nil
		}
		if !q.Since.IsZero() && rec.At.Before(q.Since) {
			if stale++; stale == outOfOrder {
				return 0, nil
			}
			last = rec.No
			continue
		}
		stale = 0
		full := len(page.Data) >= q.Rows()
		for _, g := range rec.Postings {
			if g.Account.Class != q.Class || !q.Until.IsZero() && !rec.At.Before(q.Until) {
				continue
			}
			if full { // one too many: so there is a following page
				return last, nil
			}
			page.Data = append(page.Data, view.LedgerLineOf(rec.Entry, g))
		}
		last = rec.No
	}
	return 0, nil
}

// behind returns an entry behind which nothing is older than an instant, but for what a clock that was behind has
// stamped. It costs the logarithm of the journal.
func behind(r books.Reader, at time.Time) (ledger.EntryNo, error) {
	head, _, err := r.Head()
	if err != nil {
		return 0, err
	}
	n := sort.Search(int(head), func(i int) bool {
		rec, _, readErr := r.Entry(ledger.EntryNo(i + 1))
		if readErr != nil {
			err = readErr
		}
		return !rec.At.Before(at)
	})
	return ledger.EntryNo(n + 1 + outOfOrder), err
}
