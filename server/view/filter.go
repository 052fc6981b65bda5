package view

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"tuppence/server/ledger"
)

// MaxFilter bounds the text of a filter in bytes: each row is compared with all of it.
const MaxFilter = 200

// Filter says which rows of a history a person wants to see. It is written as words, which must all occur in a row, and
// as fields:
//
//	rivers -refund         the word, without the other one; "two words" in quotes are one
//	rivers|frost           one of them
//	vendor:acme            as are who: state: kind: in:EUR, by the beginning of what is there
//	amount>0.5  bal<10     without a sign, whatever the direction; < <= > >= and =
//	since:7d               not older: 7d, 12h, 2w, or a date in the person's zone
//	until:2026-11-20       not newer; the day counts
//
// A minus excludes what a field says, too. Case and accents do not matter.
type Filter struct {
	// Since and Until bound the time of all rows that match; zero: no bound. Rows of Until itself do not match.
	Since, Until time.Time
	// Misread is what was not understood: the rest applies without it.
	Misread List[Misread]

	terms []term
}

// Misread is a part of a filter that was not understood.
type Misread struct {
	At   int    `json:"at"` // the byte where it begins
	Text string `json:"text"`
	Why  string `json:"why"` // with what may have been meant: no field `vendr`: vendor?
}

// term is a part of a filter: one of its alternatives holds for a row, or none if it excludes.
type term struct {
	not bool
	any []func(*foldedRow) bool
}

// FilterFields are the fields that a filter knows, each with the sign that follows it as it is written most often.
var FilterFields = List[string]{
	"vendor:", "who:", "state:", "kind:", "in:", "amount>", "bal<", "since:", "until:",
}

// ParseFilter reads a filter. Dates are days in the zone, and times such as 7d are counted back from now.
func ParseFilter(text string, now time.Time, zone *time.Location) (f Filter) {
	p := filterParser{now: now, zone: zone, filter: &f}
	if len(text) > MaxFilter {
		cut := MaxFilter
		for cut > 0 && text[cut-1] != ' ' { // a word that is cut would mean another one
			cut--
		}
		defer p.misread(cut, text[cut:], fmt.Sprintf("a filter has at most %d bytes", MaxFilter))
		text = text[:cut]
	}
	for at := 0; at < len(text); {
		if text[at] == ' ' || text[at] == '\t' {
			at++
			continue
		}
		end := at + wordEnd(text[at:])
		p.word(at, text[at:end])
		at = end
	}
	return f
}

// wordEnd is where the first word of a text ends: at a blank that is not in quotes.
func wordEnd(text string) int {
	quoted := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			return i
		}
	}
	return len(text)
}

// Empty returns whether every row matches.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// Match returns whether the filter lets a row through.
func (f Filter) Match(r Row) bool {
	folded := foldedRow{Row: r}
	for _, t := range f.terms {
		if t.not == slices.ContainsFunc(t.any, func(holds func(*foldedRow) bool) bool { return holds(&folded) }) {
			return false
		}
	}
	return true
}

// foldedRow is a row with its words as they are compared, made when the first word needs them.
type foldedRow struct {
	Row
	text string
}

// has returns whether a word occurs in what a person reads in the row. An id counts as a whole only.
func (r *foldedRow) has(word string) bool {
	if r.text == "" {
		r.text = fold(r.Title + "\n" + r.Vendor + "\n" + r.State.Words() + "\n" + Reason(r.Kind) + "\n" + r.Agent)
	}
	return strings.Contains(r.text, word) || fold(r.ID) == word
}

// fold returns a text without case and accents.
func fold(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }) {
		return strings.ToLower(text)
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
	return cases.Fold().String(bare)
}

// filterParser reads one filter.
type filterParser struct {
	now    time.Time
	zone   *time.Location
	filter *Filter
}

func (p *filterParser) misread(at int, text, why string) {
	p.filter.Misread = append(p.filter.Misread, Misread{At: at, Text: text, Why: why})
}

// word reads one word of a filter: a minus, a field and its sign, alternatives.
func (p *filterParser) word(at int, word string) {
	body, not := strings.CutPrefix(word, "-")
	name, sign, values := splitField(body)
	t := term{not: not}
	var since, until time.Time
	for value := range eachValue(values) {
		test := p.test
		if name+sign == "since:" || name+sign == "until:" {
			test = func(name, _, value string) (holds func(*foldedRow) bool, why string) {
				since, until, holds, why = p.timeTest(name, value)
				return holds, why
			}
		}
		holds, why := test(name, sign, value)
		if why != "" {
			p.misread(at, word, why)
			return
		}
		t.any = append(t.any, holds)
	}
	if len(t.any) == 0 {
		p.misread(at, word, "a value is missing")
		return
	}
	p.filter.terms = append(p.filter.terms, t)
	if !not && len(t.any) == 1 { // it holds for every row: a search may begin and end there
		p.bound(since, until)
	}
}

// splitField divides a word into the name of a field, the sign and what follows; a bare word has no name.
func splitField(word string) (name, sign, values string) {
	i := strings.IndexAny(word, `:<>="`)
	if i < 0 || word[i] == '"' {
		return "", "", word
	}
	sign = word[i : i+1]
	if sign != ":" && strings.HasPrefix(word[i+1:], "=") {
		sign += "="
	}
	return strings.ToLower(word[:i]), sign, word[i+len(sign):]
}

// eachValue yields the alternatives of a term without their quotes. What is in quotes is not divided.
func eachValue(values string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		quoted, from := false, 0
		for i := range len(values) + 1 {
			switch {
			case i == len(values), values[i] == '|' && !quoted:
				value := strings.ReplaceAll(values[from:i], `"`, "")
				if from = i + 1; value != "" && !yield(value) {
					return
				}
			case values[i] == '"':
				quoted = !quoted
			}
		}
	}
}

// test returns what one value of a field asks of a row, or why it cannot be told.
func (p *filterParser) test(name, sign, value string) (holds func(*foldedRow) bool, why string) {
	begins := func(of func(Row) string) func(*foldedRow) bool {
		word := fold(value)
		return func(r *foldedRow) bool { return strings.HasPrefix(fold(of(r.Row)), word) }
	}
	if name == "" && sign != "" {
		return nil, "no field stands before `" + sign + "`"
	}
	switch name + strings.TrimRight(sign, "<>=") {
	case "":
		word := fold(value)
		return func(r *foldedRow) bool { return r.has(word) }, ""
	case "vendor:":
		return begins(func(r Row) string { return r.Vendor }), ""
	case "who:":
		return begins(Row.Who), ""
	case "state:":
		value = strings.NewReplacer("-", " ", "_", " ").Replace(value)
		program := begins(func(r Row) string { return strings.ReplaceAll(string(r.State), "_", " ") })
		people := begins(func(r Row) string { return r.State.Words() }) // what stands in the list
		return func(r *foldedRow) bool { return program(r) || people(r) }, ""
	case "kind:":
		value = strings.ReplaceAll(strings.ReplaceAll(value, "-", "_"), " ", "_")
		return begins(func(r Row) string { return r.Kind }), ""
	case "in:":
		return begins(func(r Row) string { return string(r.Amount.Currency) }), ""
	case "amount":
		return amountTest(sign, value, func(r Row) int64 { return max(r.Amount.Micros, -r.Amount.Micros) })
	case "bal":
		return amountTest(sign, value, func(r Row) int64 { return r.Balance.Micros })
	}
	return nil, noField(name)
}

// amountTest compares an amount of a row with one that was typed.
func amountTest(sign, value string, of func(Row) int64) (func(*foldedRow) bool, string) {
	want, err := ledger.ReadAmount(value, "")
	if err != nil {
		return nil, "`" + Clean(value) + "` is no amount: write it as 0.25"
	}
	return func(r *foldedRow) bool {
		n := cmp.Compare(of(r.Row), want.Micros)
		return n == 0 && strings.HasSuffix(sign, "=") || n < 0 && sign[0] == '<' || n > 0 && sign[0] == '>'
	}, ""
}

// timeTest bounds the time of a row from one side.
func (p *filterParser) timeTest(name, value string) (since, until time.Time, holds func(*foldedRow) bool, why string) {
	at, day, ok := ParseWhen(value, p.now, p.zone)
	switch {
	case !ok:
		today := p.now.In(p.zone).Format(time.DateOnly)
		return since, until, nil, "`" + Clean(value) + "` is no time: write 7d, 12h or " + today
	case name == "since":
		return at, until, func(r *foldedRow) bool { return !r.At.Before(at) }, ""
	case day: // the day itself counts
		at = at.AddDate(0, 0, 1)
	}
	return since, at, func(r *foldedRow) bool { return r.At.Before(at) }, ""
}

// bound narrows the time of all rows; zero: no bound.
func (p *filterParser) bound(since, until time.Time) {
	if since.After(p.filter.Since) {
		p.filter.Since = since
	}
	if !until.IsZero() && (p.filter.Until.IsZero() || until.Before(p.filter.Until)) {
		p.filter.Until = until
	}
}

// noField says that there is no such field, and which one may have been meant.
func noField(name string) string {
	best, least := "", 3
	for _, field := range FilterFields {
		known := strings.TrimRight(field, ":<>")
		if known == name {
			return "write " + field + " and a value"
		}
		n := distance(name, known)
		if strings.HasPrefix(known, name) {
			n = min(n, 2)
		}
		if n < least {
			best, least = known, n
		}
	}
	no := "no field `" + Clean(name) + "`: "
	if best == "" {
		return no + "in quotes, it is searched for"
	}
	return no + best + "?"
}

// distance is how many letters have to be added, taken out or changed to make one word of another (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			n := before
			if a[i] != b[j] {
				n = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], n
		}
	}
	return row[len(b)]
}

// ParseWhen reads a date in a zone, a moment (RFC 3339), or how long ago: 7d, 12h, 2w. day says that it was a date. A
// month is no unit: its length is not the same for all readers.
func ParseWhen(text string, now time.Time, zone *time.Location) (at time.Time, day, ok bool) {
	if at, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return at, true, true
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, false, true
	}
	// A day is 24 hours here, also where clocks are set forward: "7d" is a filter and no date.
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if text == "" || units[text[len(text)-1]] == 0 {
		return at, false, false
	}
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 16)
	return now.Add(-time.Duration(n) * units[text[len(text)-1]]), false, err == nil
}
