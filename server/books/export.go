package books

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// ExportFormats are the forms in which books can be taken to other programs.
var ExportFormats = []string{"hledger", "beancount", "csv"}

// ExportOptions says which part of the books is written, and how.
type ExportOptions struct {
	Format string // one of ExportFormats
	// Since and Until bound the dates, which are days of UTC: not before Since, and before Until. Zero is no bound.
	Since, Until time.Time
}

// Exported is how much an export has.
type Exported struct{ Entries, Postings uint64 }

// Export writes the entries that move money in their order, with the balance of each account behind each posting, so
// that another program can check every step. One that begins in the middle opens with the balances until then; what was
// earned and spent before stands in equity, so that income and expenses are those of the part.
//
// The date of an entry is the day of its stamp in UTC, and never before that of the entry before it: a clock that was
// set back must not reorder the books. Sub-accounts are numbers of ours ([ledger.Account.Sub]). No handle, name, title,
// key or reference of anybody is written.
//
// An error means that what was written is not whole: the store failed, ctx ended, an entry is missing or does not
// balance, or, where the journal was read to its end, a class does not add up to its control total.
//
// Cost: one pass over the journal from its beginning, a few words for each account that is not zero, and a bit for each
// that ever was.
func Export(ctx context.Context, kv store.Reader, o ExportOptions, w io.Writer) (Exported, error) {
	x, err := newExporter(kv, o, w)
	if err == nil {
		err = x.write(ctx)
	}
	return x.done, err
}

func newExporter(kv store.Reader, o ExportOptions, w io.Writer) (*exporter, error) {
	x := &exporter{
		r: Read(kv), out: bufio.NewWriterSize(w, 64<<10), balances: map[ledger.Account]int64{},
		totals: map[ledger.Account]int64{}, opened: map[chunk]*[chunkWords]uint64{},
		since: dayOf(o.Since), until: dayOf(o.Until), begun: o.Since.IsZero(),
	}
	switch o.Format {
	case "hledger":
		x.sheet = hledgerSheet{}
	case "beancount":
		x.sheet = beancountSheet{}
	case "csv":
		x.sheet = csvSheet{}
	default:
		return x, fmt.Errorf("there is no format %q: use one of %s", o.Format, strings.Join(ExportFormats, ", "))
	}
	if x.until != 0 && x.until <= x.since {
		return x, errors.New("an export ends after it begins: --until is the first day that is left out")
	}
	return x, checkFormat(x.r)
}

// write writes the whole of it.
func (x *exporter) write(ctx context.Context) error {
	x.line = x.sheet.head(x.line)
	if err := x.journal(ctx); err != nil {
		return err
	}
	if err := x.end(); err != nil {
		return err
	}
	return x.out.Flush()
}

// sheet is a form of books. Each method appends its lines.
type sheet interface {
	// head begins the file.
	head(b []byte) []byte
	// currency and account come before the first use of each.
	currency(b []byte, day string, c ledger.Currency) []byte
	account(b []byte, day string, a ledger.Account) []byte
	// entry begins an entry; its postings follow, each with the balance after it.
	entry(b []byte, e heading) []byte
	posting(b []byte, e heading, p posted) []byte
	// balances says what accounts are at the end of a day. A class has the sum of its accounts.
	balances(b []byte, e heading, all []posted) []byte
	// tail ends the file.
	tail(b []byte, done Exported) []byte
}

// heading is what is said of an entry before its postings.
type heading struct {
	no, cause ledger.EntryNo // 0: none
	day, next string         // dates: its own and the following one
	at        time.Time
	words     string
}

// posted is a posting with the balance of its account after it.
type posted struct {
	ledger.Posting
	balance int64
}

// exporter goes through the journal once.
type exporter struct {
	r     Reader
	out   *bufio.Writer
	sheet sheet
	line  []byte // what is written next
	done  Exported

	balances   map[ledger.Account]int64 // without those at zero
	totals     map[ledger.Account]int64 // of classes
	before     map[ledger.Account]int64 // totals of income and expenses when the export began
	opened     map[chunk]*[chunkWords]uint64
	currencies []ledger.Currency

	since, until, day int64  // days since 1970
	today, tomorrow   string // day and the one after it
	begun             bool   // what is read is written
	moved             bool   // something was, today
	cut               bool   // the journal goes on behind what was read
}

// dayOf is the number of a day in UTC, 0 for no time.
func dayOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix() / int64(24*time.Hour/time.Second)
}

// journal reads every entry up to the last day.
func (x *exporter) journal(ctx context.Context) error {
	var seen ledger.EntryNo
	for rec, err := range x.r.Journal(0, 0) {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if seen = following(seen); rec.No != seen {
			return fmt.Errorf("books: entry %d is missing", seen)
		}
		if day := max(dayOf(rec.At), x.day); day != x.day || x.today == "" {
			if x.until != 0 && day >= x.until {
				x.cut = true
				return nil
			}
			x.turn(day)
		}
		if len(rec.Postings) == 0 {
			continue
		}
		if err := rec.Balanced(); err != nil {
			return err
		}
		if err := x.entry(rec); err != nil {
			return err
		}
	}
	return nil
}

// turn ends a day and begins another one. The first day of what is written begins with what was before.
func (x *exporter) turn(day int64) {
	if x.moved {
		x.closeDay()
	}
	x.moved = false
	x.setDay(day)
	if !x.begun && day >= x.since {
		x.begin()
	}
}

func (x *exporter) setDay(day int64) {
	date := time.Unix(day*int64(24*time.Hour/time.Second), 0).UTC()
	x.day, x.today, x.tomorrow = day, date.Format(time.DateOnly), date.AddDate(0, 0, 1).Format(time.DateOnly)
}

// begin writes the opening balances on the first day that was asked for.
func (x *exporter) begin() {
	x.begun = true
	if len(x.balances) == 0 {
		return
	}
	first := x.day
	x.setDay(x.since)
	all, h := x.opening(), heading{day: x.today, next: x.tomorrow, words: "opening balances"}
	for _, p := range all {
		x.introduce(p.Account)
	}
	x.line = x.sheet.entry(x.line, h)
	for _, p := range all {
		x.line = x.sheet.posting(x.line, h, p)
	}
	x.setDay(first)
}

// opening returns what the accounts have, and as equity what was earned less what was spent. Those accounts begin anew.
func (x *exporter) opening() (all []posted) {
	x.before = map[ledger.Account]int64{}
	equity := map[ledger.Account]int64{}
	for acc, n := range x.balances {
		earned := ledger.Account{Class: earnedBefore, Currency: acc.Currency}
		equity[earned] += 0 // every currency has the line
		if kind := acc.Class.Kind(); kind == "income" || kind == "expense" {
			x.before[ledger.Account{Class: acc.Class, Currency: acc.Currency}] += n
			equity[earned] += n
			delete(x.balances, acc)
			continue
		}
		all = append(all, posted{ledger.Posting{Account: acc, Micros: n}, n})
	}
	for acc, n := range equity {
		x.balances[acc], x.totals[acc] = n, n
		all = append(all, posted{ledger.Posting{Account: acc, Micros: n}, n})
	}
	slices.SortFunc(all, byAccount)
	return all
}

// earnedBefore stands for the equity of an export that begins in the middle. It is no class of the chart.
const earnedBefore ledger.Class = 0

// byAccount is the order of the chart, with what was earned before at the end.
func byAccount(a, b posted) int {
	return cmp.Or(
		cmp.Compare(a.Account.Class-1, b.Account.Class-1), cmp.Compare(a.Account.Currency, b.Account.Currency),
		cmp.Compare(a.Account.Owner, b.Account.Owner),
	)
}

// entry adds an entry up, and writes it if it is asked for.
func (x *exporter) entry(rec Record) error {
	h := heading{no: rec.No, cause: rec.Cause, day: x.today, next: x.tomorrow, at: rec.At, words: rec.Words()}
	if x.begun {
		for _, g := range rec.Postings {
			x.introduce(g.Account)
		}
		x.line = x.sheet.entry(x.line, h)
		x.done.Entries++
		x.moved = true
	}
	for _, g := range rec.Postings {
		n := x.balances[g.Account] + g.Micros
		if x.balances[g.Account] = n; n == 0 {
			delete(x.balances, g.Account)
		}
		x.totals[ledger.Account{Class: g.Account.Class, Currency: g.Account.Currency}] += g.Micros
		if x.begun {
			x.line = x.sheet.posting(x.line, h, posted{g, n})
			x.done.Postings++
		}
	}
	return x.flush()
}

// flush passes on what is ready.
func (x *exporter) flush() error {
	_, err := x.out.Write(x.line)
	x.line = x.line[:0]
	return err
}

// introduce declares the currency and the account of a posting at their first use, and the class before it.
func (x *exporter) introduce(a ledger.Account) {
	if !slices.Contains(x.currencies, a.Currency) {
		x.currencies = append(x.currencies, a.Currency)
		x.line = x.sheet.currency(x.line, x.today, a.Currency)
	}
	if a.Owner != 0 {
		x.declare(ledger.Account{Class: a.Class})
	}
	x.declare(ledger.Account{Class: a.Class, Owner: a.Owner})
}

func (x *exporter) declare(a ledger.Account) {
	if x.first(a) {
		x.line = x.sheet.account(x.line, x.today, a)
	}
}

// chunkWords is how many words of 64 marks a chunk has.
const chunkWords = 8

// chunk names a part of the accounts of a class that follow each other.
type chunk struct {
	class ledger.Class
	part  uint64
}

// first marks an account as known, and returns whether it was not. A map of accounts would take the memory of all holds
// that ever were.
func (x *exporter) first(a ledger.Account) bool {
	c := chunk{a.Class, a.Owner / (chunkWords * 64)}
	marks := x.opened[c]
	if marks == nil {
		marks = new([chunkWords]uint64)
		x.opened[c] = marks
	}
	word, bit := &marks[a.Owner/64%chunkWords], uint64(1)<<(a.Owner%64)
	known := *word&bit != 0
	*word |= bit
	return !known
}

// closeDay says what the classes are at the end of the day.
func (x *exporter) closeDay() {
	all := make([]posted, 0, len(x.totals))
	for acc, n := range x.totals {
		if x.opened[chunk{class: acc.Class}] != nil { // else it has moved before the export only
			all = append(all, posted{ledger.Posting{Account: acc}, n - x.before[acc]})
		}
	}
	x.say("end of day", all)
}

// say writes what accounts are at the end of the day.
func (x *exporter) say(words string, all []posted) {
	slices.SortFunc(all, byAccount)
	x.line = x.sheet.balances(x.line, heading{day: x.today, next: x.tomorrow, words: words}, all)
}

// end compares what was added up with the control totals, and says what each account and each class is at the end.
func (x *exporter) end() error {
	if !x.begun {
		x.setDay(max(x.day, x.since))
		x.begin()
	}
	if err := x.control(); err != nil {
		return err
	}
	all := make([]posted, 0, len(x.balances))
	for acc, n := range x.balances {
		if acc.Owner != 0 {
			all = append(all, posted{ledger.Posting{Account: acc}, n})
		}
	}
	x.say("balances of accounts", all)
	x.closeDay()
	x.line = x.sheet.tail(x.line, x.done)
	return x.flush()
}

// control refuses a sum that is not the control total of the books, if the journal was read to its end.
func (x *exporter) control() error {
	if x.cut {
		return nil
	}
	totals, err := x.r.Totals()
	if err != nil {
		return err
	}
	left := maps.Clone(x.totals)
	for _, t := range totals {
		if sum := left[t.Account]; sum != t.Micros {
			return fmt.Errorf("books: class %s stands at %d micros, its entries add up to %d: run the check",
				t.Account, t.Micros, sum)
		}
		delete(left, t.Account)
	}
	for acc, n := range left {
		if n != 0 && acc.Class != earnedBefore {
			return fmt.Errorf("books: class %s has no control total, its entries add up to %d: run the check", acc, n)
		}
	}
	return nil
}

// classNames are the names of the classes in other programs: Liabilities:2000-paid-tokens. Each part begins with a
// capital or a digit, as beancount wants it.
var classNames = func() map[ledger.Class]string {
	tops := map[string]string{
		"asset": "Assets", "liability": "Liabilities", "equity": "Equity", "income": "Income", "expense": "Expenses",
	}
	names := map[ledger.Class]string{earnedBefore: "Equity:Opening-balances"}
	for _, c := range ledger.Classes() {
		names[c] = fmt.Sprintf("%s:%d-%s", tops[c.Kind()], c, strings.ReplaceAll(c.Name(), " ", "-"))
	}
	return names
}()

// appendName appends the name of an account in other programs, which has no currency: Liabilities:2000-paid-tokens:U7.
func appendName(b []byte, a ledger.Account) []byte {
	b = append(b, classNames[a.Class]...)
	if a.Owner != 0 {
		b = append(append(b, ':'), a.Sub()...)
	}
	return b
}
