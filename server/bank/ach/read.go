package ach

import (
	"errors"
	"log/slog"
	"strings"

	"tuppence/server/bank"
	"tuppence/server/ledger"

	nacha "github.com/moov-io/ach"
)

// News is what a file of a bank says about our entries.
type News struct {
	Returns  []Return
	Changes  []Change
	Unread   []Unread // for a person; they do not keep the others from being read
	Repeated int      // items that the file has twice; they are left out
}

// Return is an entry that came back, or a dispute about one that did: see [MeaningOf]. Compare the amount with the one
// that was sent.
type Return struct {
	Original string // trace number of our entry
	Code     string // R01; may be one that nobody knows
	Trace    string // of the return
	ID       string // our number, as far as the bank has copied it
	Credit   bool   // our entry was a credit
	Amount   ledger.Amount
}

// Key returns what is never the same for two returns, in whichever files they come.
func (r Return) Key() string { return r.Original + " " + r.Code + " " + r.Trace }

// Change is a notification of change: the next entry has to use what is corrected.
type Change struct {
	Original  string
	Code      string // C01
	Trace     string
	ID        string
	Corrected Corrected
}

// Key returns what is never the same for two changes.
func (c Change) Key() string { return c.Original + " " + c.Code + " " + c.Trace }

// Corrected is what a notification of change says; what it does not say is empty. It shows itself masked.
type Corrected struct{ Account, Routing string }

// String returns what may be shown.
func (c Corrected) String() string {
	var words []string
	if c.Account != "" {
		words = append(words, "account … "+bank.Last4(c.Account))
	}
	if c.Routing != "" {
		words = append(words, "another routing number")
	}
	return strings.Join(words, ", ")
}

// GoString keeps the number out of %#v.
func (c Corrected) GoString() string { return c.String() }

// LogValue keeps the number out of logs.
func (c Corrected) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Unread is an item that a person has to look at in the file.
type Unread struct {
	Line     int
	Original string // if there is one
	Code     string
	Why      string
}

// Read returns the items of a file of returns and changes. Each record is checked by the rules of NACHA by itself; only
// a file whose frame or totals are broken is refused as a whole, with ErrInvalid.
func Read(file []byte) (News, error) {
	all, err := records(file)
	if err != nil {
		return News{}, err
	}
	groups, err := batches(all)
	if err != nil {
		return News{}, err
	}
	news, seen := News{}, map[string]bool{}
	for _, b := range groups {
		for _, item := range b.items {
			news.add(b.class(), item, seen)
		}
	}
	return news, nil
}

// add reads one entry with its addenda.
func (n *News) add(class string, item []record, seen map[string]bool) {
	unread := Unread{Line: item[0].line}
	note := func(why string) {
		unread.Why = why
		n.Unread = append(n.Unread, unread)
	}
	if class == nacha.IAT || class == nacha.ADV {
		note("batches of class " + class + " are not read")
		return
	}
	e := nacha.NewEntryDetail()
	e.Parse(item[0].text)
	if err := e.Validate(); err != nil {
		note("the entry has" + place(err))
		return
	}
	if len(item) != 2 || item[1].text[1:3] != "98" && item[1].text[1:3] != "99" {
		note("it is neither a return nor a change")
		return
	}
	unread.Code, unread.Original = item[1].text[3:6], item[1].text[6:21]
	key := unread.Original + " " + unread.Code + " " + item[1].text[79:]
	if seen[key] {
		n.Repeated++
		return
	}
	seen[key] = true
	if why := n.read(e, item[1].text); why != "" {
		note(why)
	}
}

// read reads an addenda record, and says why it cannot.
func (n *News) read(e *nacha.EntryDetail, text string) (why string) {
	code, original, trace := text[3:6], text[6:21], text[79:]
	switch {
	case strings.Trim(original+trace, "0123456789") != "":
		return "a trace number is no number"
	case text[1:3] == "98" && !nacha.IsRefusedChangeCode(code):
		return n.readChange(e, text)
	case text[1:3] == "98":
		return "it is a refused notification of change"
	case !isReturnCode(code):
		return "this is no code of a return"
	}
	n.Returns = append(n.Returns, Return{
		original, code, trace, strings.TrimSpace(e.IdentificationNumber),
		e.TransactionCode%10 < 5, bank.FromCents(int64(e.Amount), "USD"),
	})
	return ""
}

// isReturnCode reports whether a code has the form of one. The library refuses codes that it does not know, and with
// one of them the whole file; new ones come, and what they return is gone all the same.
func isReturnCode(code string) bool {
	return code[0] == 'R' && strings.Trim(code[1:], "0123456789") == ""
}

// readChange reads a notification of change. A number with a fault is not taken: it would replace one that works.
func (n *News) readChange(e *nacha.EntryDetail, text string) (why string) {
	a := nacha.NewAddenda98()
	a.Parse(text)
	if err := a.Validate(); err != nil {
		return "the change has" + place(err)
	}
	if e.Amount != 0 {
		return "a change moves no money"
	}
	data := a.ParseCorrectedData()
	if data == nil {
		return "the corrected data cannot be read"
	}
	corrected := Corrected{data.AccountNumber, data.RoutingNumber}
	if corrected.Routing != "" && bank.CheckRouting(corrected.Routing) != nil || len(corrected.Account) > 17 {
		return "the corrected number has a fault"
	}
	n.Changes = append(n.Changes, Change{
		text[6:21], a.ChangeCode, text[79:], strings.TrimSpace(e.IdentificationNumber), corrected,
	})
	return ""
}

// place returns which field of a record is at fault. The library's own words have the field's value in them, which can
// be a name or an account number.
func place(err error) string {
	var field *nacha.FieldError
	var inBatch *nacha.BatchError
	switch {
	case errors.As(err, &field):
		return " a fault in the field " + field.FieldName
	case errors.As(err, &inBatch):
		return " a fault in the batch field " + inBatch.FieldName
	}
	return " a fault"
}
