package tui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// matter is one thing that waits for staff: a dispute to decide, an offline deposit on its way, or money that came and
// that nobody announced so, or another case of the queue, such as what waits for a second person. One of the four is
// there.
type matter struct {
	dispute *view.Dispute
	deposit *view.Deposit
	receipt *view.Unallocated

	task  *view.Task
	staff view.CaseNotes // with whom it is, and what was noted

	id, kind, wallet string
	title            string    // what people call it; a deposit is known by its reference alone
	other            string    // against whom, or by which method
	due              view.Time // what was promised: the decision, or how long a letter is waited for; zero: no date
	since            view.Time
	amount           ledger.Amount // what is at stake
	state            view.State
}

func disputeMatter(d view.Dispute) matter {
	return matter{
		dispute: &d, id: d.ID, kind: "dispute", title: d.Title, wallet: d.Handle, other: " against " + view.Clean(d.Vendor),
		due: d.Due(), since: d.Opened, amount: d.Amount, state: d.State,
	}
}

func depositMatter(d view.Deposit) matter {
	return matter{
		deposit: &d, id: d.ID, kind: d.Method, title: d.Reference, wallet: d.Handle, other: " by " + view.Clean(d.Method),
		due: d.Expiry(), since: d.Created, amount: d.Amount, state: d.State,
	}
}

// receiptMatter is known by what was written on it.
func receiptMatter(v view.Unallocated) matter {
	return matter{
		receipt: &v, id: v.ID, kind: "receipt", title: cmp.Or(v.Text, "without a reference"), wallet: v.Handle,
		other: " by " + view.Clean(v.Source), since: v.Created, amount: v.Amount, state: v.State,
	}
}

// taskMatter is a case that is in no list of its own here, such as a proposal, a payout or a redemption.
func taskMatter(t view.Task) matter {
	return matter{
		task: &t, id: t.ID, kind: t.Kind, title: t.About, wallet: t.Handle, due: t.Promise, amount: t.Amount,
		state: t.State, staff: t.CaseNotes,
	}
}

// mattersOf is one queue of all lists: what is due first is on top. What has no date comes last, the oldest first.
func mattersOf(lists ...[]matter) []matter {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b matter) int {
		if a.due.IsZero() != b.due.IsZero() {
			return b.due.Compare(a.due.Time)
		}
		return cmp.Or(a.due.Compare(b.due.Time), a.since.Compare(b.since.Time))
	})
	return all
}

// left is how much time there is until it is due, in a few cells: 35 min, or late 2 h. Only what is late is lit, and
// the word says so too.
func (t matter) left(now time.Time) view.Cell {
	due := t.due
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
	switch due := t.due; {
	case due.IsZero():
		return groupNone
	case !due.After(now):
		return groupLate
	case due.Sub(now) <= 24*time.Hour:
		return groupDay
	}
	return groupLater
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
		{Title: "With", Drop: 1},
		{Title: "Amount", Right: true},
	}}
	for _, one := range all {
		state := view.Cell{Text: one.state.Words(), Tone: one.state.Tone()}
		if one.deposit != nil && one.deposit.Waits != "" {
			state.Text += ", waits"
		}
		t.Rows = append(t.Rows, []view.Cell{
			one.left(now),
			{Text: one.kind, Tone: view.Faint},
			{Text: one.title},
			{Text: one.wallet, Tone: view.Faint},
			state,
			{Text: one.staff.Who(), Tone: view.Strong},
			{Text: one.stake()},
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
	if t.receipt != nil {
		all := append(view.Without(t.receipt.Facts(m.format()), "Amount", "Came by"), t.staff.Facts(m.format())...)
		out = append(out, facts(factBlock{width: width, room: max(0, room-1)}, all)...)
		return out[:roomOf(len(out), room)]
	}
	if t.deposit != nil {
		// What the payer was told to do is not for staff; when it lapses is in the title.
		all := view.Without(t.deposit.Facts(m.format()), "Amount", "Wallet", "Method", "What to do")
		all = append(all, t.staff.Facts(m.format())...)
		out = append(out, facts(factBlock{width: width, room: max(0, room-1)}, all)...)
		return out[:roomOf(len(out), room)]
	}
	if t.task != nil {
		all := append([]view.Fact{
			{Label: taskLabel(t.kind), Value: t.title},
			{Label: "State", Value: t.state.Words()},
			{Label: "Id", Value: t.id, Whole: true},
			{Label: "Command", Value: t.task.Leads},
		}, t.staff.Facts(m.format())...)
		out = append(out, facts(factBlock{width: width, room: max(0, room-1)}, all)...)
		return out[:roomOf(len(out), room)]
	}
	d := *t.dispute
	notes := d.Notes
	d.Notes = nil
	out = append(out, section("The case", caseLines(m, d, width))...)
	claim := append([]view.Fact{{Label: "Title", Value: d.Title, Tone: view.Strong, Lines: 2}},
		view.Without(d.Facts(m.format()), "Amount", "Wallet", "Vendor", "Title", "Text", "Decision by")...)
	claim = append(claim, t.staff.Facts(m.format())...)
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

// taskLabel says what the words about a case are.
func taskLabel(kind string) string {
	switch kind {
	case "proposal":
		return "To do"
	case "payout", "account":
		return "Paid is"
	case "redemption":
		return "Goes"
	}
	return "About"
}

// roomOf is how many of n lines there is room for; a room of 0 is for all.
func roomOf(n, room int) int {
	if room <= 0 {
		return n
	}
	return min(n, room)
}

// bullets are sentences, each on lines of its own that begin below each other.
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

// stake is what is at stake, "" where no money is: somebody has called.
func (t matter) stake() string {
	if t.amount == (ledger.Amount{}) {
		return ""
	}
	return t.amount.String()
}

// headline says how much, whose and against whom.
func (t matter) headline() string {
	words := t.stake()
	if t.wallet != "" {
		words += ", " + view.Clean(t.wallet)
	}
	return strings.TrimPrefix(words, ", ") + t.other
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
