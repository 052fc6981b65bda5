package tui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// matter is one thing that waits for staff: a dispute to decide, or an offline deposit on its way. One of the two is
// there.
type matter struct {
	dispute *view.Dispute
	deposit *view.Deposit
}

// mattersOf is one queue of two lists: what is due first is on top. What has no date comes last, the oldest first.
func mattersOf(disputes []view.Dispute, deposits []view.Deposit) []matter {
	var all []matter
	for i := range disputes {
		all = append(all, matter{dispute: &disputes[i]})
	}
	for i := range deposits {
		all = append(all, matter{deposit: &deposits[i]})
	}
	slices.SortStableFunc(all, func(a, b matter) int {
		x, y := a.due(), b.due()
		if x.IsZero() != y.IsZero() {
			if x.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(x.Compare(y.Time), a.since().Compare(b.since().Time))
	})
	return all
}

// id is that of the dispute or the deposit.
func (t matter) id() string {
	if t.dispute != nil {
		return t.dispute.ID
	}
	return t.deposit.ID
}

// due is what was promised: until when a dispute is decided, or until when a letter is waited for. Zero: no date.
func (t matter) due() view.Time {
	if t.dispute != nil {
		return t.dispute.Due()
	}
	return t.deposit.Expiry()
}

// since is when it began.
func (t matter) since() view.Time {
	if t.dispute != nil {
		return t.dispute.Opened
	}
	return t.deposit.Created
}

// amount is what is at stake.
func (t matter) amount() ledger.Amount {
	if t.dispute != nil {
		return t.dispute.Amount
	}
	return t.deposit.Amount
}

// state is how it stands.
func (t matter) state() view.State {
	if t.dispute != nil {
		return t.dispute.State
	}
	return t.deposit.State
}

// about is its kind and what people call it. A deposit is known by its reference alone.
func (t matter) about() (kind, title, wallet string) {
	if t.dispute != nil {
		return "dispute", t.dispute.Title, t.dispute.Handle
	}
	return t.deposit.Method, t.deposit.Reference, t.deposit.Handle
}

// left is how much time there is until it is due, in a few cells: 35 min, or late 2 h. Only what is late is lit, and
// the word says so too.
func (t matter) left(now time.Time) view.Cell {
	due := t.due()
	if due.IsZero() {
		return view.Cell{Text: "no date", Tone: view.Faint}
	}
	if left := due.Sub(now); left > 0 {
		return view.Cell{Text: shortSpan(left), Tone: view.Faint}
	}
	return view.Cell{Text: "late " + shortSpan(now.Sub(due.Time)), Tone: view.Bad}
}

// shortSpan is a time in its largest whole unit.
func shortSpan(d time.Duration) string {
	words := view.Left(max(d, time.Second))
	return strings.NewReplacer(" hours", " h", " days", " d").Replace(words)
}

// Groups of the queue, in its order.
const (
	groupLate  = "Late"
	groupDay   = "Due in 24 hours"
	groupLater = "Due later"
	groupNone  = "Without a date"
)

// group is the part of the queue that a matter stands in.
func (t matter) group(now time.Time) string {
	switch due := t.due(); {
	case due.IsZero():
		return groupNone
	case !due.After(now):
		return groupLate
	case due.Sub(now) <= 24*time.Hour:
		return groupDay
	}
	return groupLater
}

// sumOf adds up what is at stake, for each currency: 22.40 EUR, 5.00 USD.
func sumOf(all []matter) string {
	var sums []ledger.Amount
	for _, t := range all {
		a := t.amount()
		i := slices.IndexFunc(sums, func(s ledger.Amount) bool { return s.Currency == a.Currency })
		switch {
		case a.Micros == 0:
		case i < 0:
			sums = append(sums, a)
		default:
			sums[i].Micros += a.Micros
		}
	}
	return strings.Join(view.Map(sums, ledger.Amount.String), ", ")
}

// matterTable is the queue: until when, what, whose, how much. The columns of a narrow terminal are when, what and how
// much.
func matterTable(all []matter, now time.Time) view.Table {
	t := view.Table{Columns: []view.Column{
		{Title: "Due in", Right: true},
		{Title: "Kind", Drop: 2},
		{Title: "About", Elastic: true},
		{Title: "Wallet", Drop: 4},
		{Title: "State", Drop: 3},
		{Title: "Amount", Right: true},
	}}
	for _, one := range all {
		kind, title, wallet := one.about()
		state := view.Cell{Text: one.state().Words(), Tone: one.state().Tone()}
		if one.deposit != nil && one.deposit.Waits != "" {
			state.Text += ", waits"
		}
		t.Rows = append(t.Rows, []view.Cell{
			one.left(now),
			{Text: kind, Tone: view.Faint},
			{Text: title},
			{Text: wallet, Tone: view.Faint},
			state,
			{Text: one.amount().String()},
		})
	}
	return t
}

// sideBySide is the width from which what is claimed and what the books say stand beside each other.
const sideBySide = 72

// lines are all that is known of a matter, in at most so many lines; a room of 0 is for a sheet, which scrolls. How
// much, whose and by when stand first, then the claim and what speaks for and against it.
func (t matter) lines(m *Model, width, room int) []line {
	left := t.left(m.now())
	right := lineOf(tone(left.Tone), dueWords(left)).add(toneText, "  ")
	title := heading(t.headline())
	out := []line{title.cut(max(8, width-right.width()-2)).right(width, right)}
	if t.deposit != nil {
		// What the payer was told to do is not for staff; when it lapses is in the title.
		all := view.Without(t.deposit.Facts(m.format()), "Amount", "Wallet", "Method", "What to do")
		out = append(out, facts(factBlock{width: width, room: max(0, room-1)}, all)...)
		return out[:roomOf(len(out), room)]
	}
	d := *t.dispute
	notes := d.Notes
	d.Notes = nil
	claim := append([]view.Fact{{Label: "Title", Value: d.Title, Tone: view.Strong, Lines: 2}},
		view.Without(d.Facts(m.format()), "Amount", "Wallet", "Vendor", "Title", "Decision by")...)
	if width >= sideBySide && len(notes) > 0 {
		const half = 36
		for i := range claim {
			if claim[i].Whole { // an id: y copies all of it
				claim[i].Value = view.Cut(view.Clean(claim[i].Value), half-16, "…")
			}
		}
		out = append(out, columns(
			append([]line{nil, heading("The claim")}, facts(factBlock{width: half}, claim)...),
			append([]line{nil, heading("What the books say")}, bullets(notes, width-half)...), half)...)
	} else {
		out = append(out, facts(factBlock{width: width}, claim)...)
		out = append(out, section("What the books say", bullets(notes, width))...)
	}
	if room > 0 && len(out) > room { // without order, for the sake of what it says
		out = slices.DeleteFunc(out, func(l line) bool { return len(l) == 0 })
	}
	return out[:roomOf(len(out), room)]
}

// roomOf is how many of n lines there is room for; a room of 0 is for all.
func roomOf(n, room int) int {
	if room <= 0 {
		return n
	}
	return min(n, room)
}

// bullets are sentences of the service, each on lines of its own.
func bullets(all []string, width int) (out []line) {
	for _, text := range all {
		for i, l := range wrapped(text, width-6) {
			sign := "·"
			if i > 0 {
				sign = " "
			}
			out = append(out, lineOf(toneFaint, "  "+sign+" ").add(toneText, l))
		}
	}
	return out
}

// headline says how much, whose and against whom.
func (t matter) headline() string {
	_, _, wallet := t.about()
	words := t.amount().String()
	if wallet != "" {
		words += ", " + view.Clean(wallet)
	}
	if t.dispute != nil {
		return words + " against " + view.Clean(t.dispute.Vendor)
	}
	return words + " by " + view.Clean(t.deposit.Method)
}

// dueWords are the time that is left as a phrase.
func dueWords(left view.Cell) string {
	switch {
	case left.Tone == view.Bad:
		return "! late by " + strings.TrimPrefix(left.Text, "late ")
	case left.Text == "no date":
		return left.Text
	}
	return "due in " + left.Text
}
