package books

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tuppence/server/ledger"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// exports writes the books of a world.
func (w *world) exports(o ExportOptions) (string, error) {
	w.t.Helper()
	var out bytes.Buffer
	var err error
	w.see(func(r Reader) error {
		_, err = Export(context.Background(), r.kv, o, &out)
		return nil
	})
	return out.String(), err
}

// exported is exports where nothing may go wrong.
func (w *world) exported(o ExportOptions) string {
	w.t.Helper()
	text, err := w.exports(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// totals are the control totals in all six decimals, by the name of the class and the currency.
func (w *world) totals() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	w.see(func(r Reader) error {
		totals, err := r.Totals()
		for _, t := range totals {
			all[classNames[t.Account.Class]+" "+string(t.Account.Currency)] = string(ledger.AppendMicros(nil, t.Micros))
		}
		return err
	})
	return all
}

// csvRow is a line of an export in CSV.
type csvRow struct{ entry, kind, class, name, account, currency, amount, balance string }

func csvRows(t tester, text string) (rows []csvRow) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[1:] {
		rows = append(rows, csvRow{r[0], r[3], r[5], r[6], r[7], r[8], r[9], r[10]})
	}
	return rows
}

// micros reads what AppendMicros has written.
func micros(t tester, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if err != nil || text[len(text)-7] != '.' {
		t.Fatalf("%q has no six decimals: %v", text, err)
	}
	return n
}

// addedUp adds postings up, by account, and checks the balance behind each.
func addedUp(t tester, rows []csvRow) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, r := range rows {
		name := r.class + "/" + r.account + " " + r.currency
		all[name] += micros(t, r.amount)
		if all[name] != micros(t, r.balance) {
			t.Fatalf("%s in entry %s: balance %s, its postings add up to %d", name, r.entry, r.balance, all[name])
		}
	}
	return all
}

// byClass adds accounts up.
func byClass(accounts map[string]int64) map[string]int64 {
	all := map[string]int64{}
	for name, n := range accounts {
		class, rest, _ := strings.Cut(name, "/")
		_, currency, _ := strings.Cut(rest, " ")
		all[class+" "+currency] += n
	}
	return all
}

// Whatever people do, the exported postings of each account add up to the balance behind the last of them, those of a
// class to its control total, and every entry that moves money is there once.
func TestExportAddsUpToTheBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		m := newModel(t, w)
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			m.act(t)
		}
		rows := csvRows(t, w.exported(ExportOptions{Format: "csv"}))
		want := map[string]int64{}
		w.see(func(r Reader) error {
			totals, err := r.Totals()
			for _, g := range totals {
				want[fmt.Sprint(uint16(g.Account.Class), " ", g.Account.Currency)] = g.Micros
			}
			return err
		})
		if diff := cmp.Diff(want, byClass(addedUp(t, rows))); diff != "" {
			t.Fatalf("control totals and export (-books +export):\n%s", diff)
		}
		i := 0
		w.see(func(r Reader) error {
			for rec, err := range r.Journal(0, 0) {
				if err != nil {
					return err
				}
				if len(rec.Postings) > 0 && strings.HasPrefix(rec.Words(), "other") {
					t.Fatalf("entry %d of kind %d has no words", rec.No, rec.Kind)
				}
				for _, g := range rec.Postings {
					got := rows[i]
					if got.entry != fmt.Sprint(rec.No) || micros(t, got.amount) != g.Micros || got.account != g.Account.Sub() {
						t.Fatalf("line %d is %+v, want %s of entry %d", i, got, g.Account, rec.No)
					}
					i++
				}
			}
			return nil
		})
		if i != len(rows) {
			t.Fatalf("%d lines, want %d", len(rows), i)
		}
	})
}

// Books that are cut at any day: the second part opens with what the first one ends with, income and expenses begin
// anew, and no entry is in both or in none.
func TestExportOfPartsIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		m := newModel(t, w)
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			m.act(t)
		}
		cut := morning.AddDate(0, 0, rapid.IntRange(-1, 60).Draw(t, "days"))
		all := csvRows(t, w.exported(ExportOptions{Format: "csv"}))
		first := csvRows(t, w.exported(ExportOptions{Format: "csv", Until: cut}))
		second := csvRows(t, w.exported(ExportOptions{Format: "csv", Since: cut}))
		opens := slices.IndexFunc(second, func(r csvRow) bool { return r.entry != "" })
		if opens < 0 {
			opens = len(second)
		}
		opening := second[:opens]
		if len(first)+len(second)-opens != len(all) {
			t.Fatalf("%d and %d lines, together %d", len(first), len(second)-opens, len(all))
		}
		want := map[string]int64{}
		for name, n := range addedUp(t, first) {
			currency := name[len(name)-3:]
			switch {
			case name >= "4":
				want["/ "+currency] += n
			case n != 0:
				want[name] = n
				want["/ "+currency] += 0
			}
		}
		if diff := cmp.Diff(want, addedUp(t, opening)); diff != "" {
			t.Fatalf("opening balances (-end of the first part +second part):\n%s", diff)
		}
		addedUp(t, second)
	})
}

// Books that are not whole are not exported: a missing entry, another control total, a format that nobody reads.
func TestExportRefuses(t *testing.T) {
	for name, harm := range map[string]func(Tx) error{
		"entry 3 is missing": func(tx Tx) error { return tx.tx.Delete(numberKey(tEntry, ledger.EntryNo(3))) },
		"stands at 7 micros": func(tx Tx) error {
			return put(tx, totalKey(ledger.Account{Class: ledger.Commission, Currency: "EUR"}), amounts, 7)
		},
		"no control total": func(tx Tx) error {
			return tx.tx.Delete(totalKey(ledger.Account{Class: ledger.Paid, Currency: "EUR"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.funded()
			w.do(harm)
			for _, f := range ExportFormats {
				if _, err := w.exports(ExportOptions{Format: f}); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("%s: %v", f, err)
				}
			}
		})
	}
	w := newWorld(t)
	if _, err := w.exports(ExportOptions{Format: "ods"}); err == nil || !strings.Contains(err.Error(), "hledger") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.see(func(r Reader) error {
		if _, err := Export(ctx, r.kv, ExportOptions{Format: "csv"}, new(bytes.Buffer)); err == nil {
			t.Error("it goes on after its end")
		}
		return nil
	})
}
