package files

import (
	"context"
	"encoding/base64"
	"fmt"
	"sort"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

const (
	mostMonths = 240    // that are listed, the newest
	mostRows   = 10_000 // of a month in one file: some 2 MB
	mostSheets = 500    // settlements that are listed, the newest
)

const monthForm = "2006-01"

// listMonths lists a file for each month since the first entry, in the time zone of the person.
func (t *tree) listMonths() error {
	first, err := t.page(view.HistoryQuery{Paging: view.Paging{Limit: 1}, Oldest: true})
	if err != nil || len(first.Data) == 0 {
		t.keep("/statements", nil)
		return err
	}
	zone := command.ZoneOf(t.me.Zone)
	now, from := t.now().In(zone), first.Data[0].At.In(zone)
	var all []*file
	for m := monthOf(now); !m.Before(monthOf(from)) && len(all) < mostMonths; m = m.AddDate(0, -1, 0) {
		end := m.AddDate(0, 1, 0)
		at := end
		if now.Before(end) {
			at = now
		}
		all = append(all, &file{name: m.Format(monthForm) + ".csv", at: at, read: t.month(m, end)})
	}
	t.keep("/statements", all)
	return nil
}

// monthOf is when the month of an instant begins where it is.
func monthOf(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, at.Location())
}

// month makes the file of a month: what history --csv prints of it, in all currencies.
func (t *tree) month(begin, end time.Time) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) {
		skip, err := t.newer(end)
		if err != nil {
			return nil, err
		}
		last := end.AddDate(0, 0, -1).Format(time.DateOnly) // the filter counts the day
		q := view.HistoryQuery{
			Paging: view.Paging{Limit: view.MaxRows}, Skip: skip,
			Filter: "since:" + begin.Format(time.DateOnly) + " until:" + last,
		}
		var rows []view.Row
		for {
			page, err := t.page(q)
			if err != nil {
				return nil, err
			}
			rows = append(rows, page.Data...)
			if len(rows) > mostRows {
				return nil, ledger.Refuse(ledger.ErrState, "Take it by the command: history --csv --since "+
					begin.Format(time.DateOnly)+" --limit 200, then with --cursor.",
					"This month has more than %d rows.", mostRows)
			}
			if q.Before = page.Next; q.Before == "" {
				break
			}
		}
		text, err := command.CSV(rows)
		return []byte(text), err
	}
}

// newer is how many rows of the history are newer than an instant: a file of long ago is not looked for from today on.
func (t *tree) newer(than time.Time) (uint64, error) {
	first, err := t.page(view.HistoryQuery{Paging: view.Paging{Limit: 1}})
	if err != nil || first.Total <= view.MaxRows {
		return 0, err
	}
	at := sort.Search(int(first.Total), func(k int) bool {
		var p view.History
		if err == nil {
			p, err = t.page(view.HistoryQuery{Paging: view.Paging{Limit: 1}, Skip: uint64(k)})
		}
		return err != nil || len(p.Data) == 0 || p.Data[0].At.Before(than)
	})
	return uint64(max(at-staleRows, 0)), err
}

// staleRows is how many rows before the place are looked at, too: a clock that was behind has stamped some as older.
const staleRows = 100

// page reads a page of the history.
func (t *tree) page(q view.HistoryQuery) (page view.History, err error) {
	err = t.patiently(func() (err error) {
		page, err = t.svc.History(t.ctx, t.who, q)
		return err
	})
	return page, err
}

// listSheets lists the sealed statements of the vendor: each as CSV and as PDF.
func (t *tree) listSheets() error {
	var all []*file
	q := view.Paging{Limit: view.MaxRows}
	for len(all) < 2*mostSheets {
		var page view.Page[view.Settlement]
		err := t.patiently(func() (err error) {
			page, err = t.svc.ShopSettlements(t.ctx, t.who, q)
			return err
		})
		if err != nil {
			return err
		}
		for _, s := range page.Data {
			if s.Before != "" { // it was paid again: its statement is that of the first one
				continue
			}
			all = append(all,
				&file{name: s.ID + ".csv", at: s.Until.Time, read: t.sheetCSV(s.ID)},
				&file{name: s.ID + ".pdf", at: s.Until.Time, read: t.sheetPDF(s.ID)})
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	if q.Before != "" {
		all = append(all, t.text("OLDER.txt", fmt.Sprintf(
			"Only the newest statements are here. What is older is listed by: ssh %s shop settlements --cursor %s\n",
			t.house.Host, q.Before)))
	}
	t.keep("/shop/statements", all)
	return nil
}

func (t *tree) sheetCSV(id string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		v, err := t.svc.ShopStatement(ctx, t.who, id)
		return []byte(v.CSV()), err
	}
}

func (t *tree) sheetPDF(id string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		v, err := t.svc.ShopSheet(ctx, t.who, id)
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.DecodeString(strings.TrimSpace(v.PDF))
	}
}
