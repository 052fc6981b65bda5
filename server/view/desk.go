package view

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// AuditQuery asks for a part of the staff log, newest first. A zero field filters nothing.
type AuditQuery struct {
	Paging
	Staff        string // a name, or the beginning of a fingerprint
	Wallet       string // a handle
	Act          string // the words of a command, or their beginning
	Since, Until time.Time
}

// Lets tells whether the query lets a line through; whose wallet it is about is compared by the caller.
func (q AuditQuery) Lets(a StaffAct) bool {
	staff := q.Staff == "" || strings.EqualFold(a.Name, q.Staff) || strings.HasPrefix(a.Key, q.Staff)
	return staff && strings.HasPrefix(a.Act, q.Act) && !a.At.Before(q.Since) && (q.Until.IsZero() || a.At.Before(q.Until))
}

// Look is that a member of staff looked at the wallet, as its owner reads it.
type Look struct {
	At     Time        `json:"at"`
	Who    string      `json:"who"` // the name of the key
	Role   ledger.Role `json:"role"`
	Act    string      `json:"act"` // in which list or sheet
	Reason string      `json:"reason,omitempty"`
	Words  string      `json:"words,omitempty"`
}

// LookTable is who looked at the wallet.
func LookTable(all []Look, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "At", Name: "at"},
		{Title: "Who", Name: "who"},
		{Title: "Role", Drop: 2, Name: "role"},
		{Title: "Saw it in", Drop: 1, Name: "act"},
		{Title: "Because", Elastic: true, Name: "reason"},
	}}
	for _, l := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(l.At), Faint},
			{l.Who, Strong},
			{l.Role.String(), Plain},
			{l.Act, Plain},
			{because(l.Reason, l.Words), Plain},
		})
	}
	return t
}

// because joins a code with its words: call, she cannot log in.
func because(code, words string) string {
	return strings.TrimPrefix(code+word(words != "", ", "+words), ", ")
}

// Found is what the search of the desk has found, and where it leads.
type Found struct {
	Kind   string         `json:"kind"` // wallet, vendor, purchase, deposit, receipt, dispute, transfer, proposal, entry
	ID     string         `json:"id"`
	About  string         `json:"about"`
	Handle string         `json:"handle,omitempty"` // whose
	Amount *ledger.Amount `json:"amount"`
	State  State          `json:"state"`
	Leads  string         `json:"leads"` // the command that shows more of it
}

// FoundTable is what a search has found.
func FoundTable(all []Found, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Kind", Name: "kind"},
		{Title: "Id", Name: "id"},
		{Title: "About", Elastic: true, Foreign: true, Name: "about"},
		{Title: "State", Drop: 2, Name: "state"},
		{Title: "Wallet", Drop: 1, Name: "handle"},
		{Title: "Amount", Right: true, Name: "amount"},
		{Title: "Leads to", Plain: true, Name: "leads"},
	}}
	for _, x := range all {
		sum := ""
		if x.Amount != nil {
			sum = x.Amount.String()
		}
		t.Rows = append(t.Rows, []Cell{
			{x.Kind, Faint},
			{x.ID, Strong},
			{x.About, Plain},
			stateCell(x.State),
			{x.Handle, Plain},
			{sum, Plain},
			{x.Leads, Faint},
		})
	}
	return t
}

// Mirror is a wallet as its owner sees it, for staff to read: no code, no link of a payment, nothing that buys.
type Mirror struct {
	Handle   string        `json:"handle"`
	State    State         `json:"state"`
	Opened   Time          `json:"opened"`
	Locked   Time          `json:"locked_until"`
	Accounts List[Wallet]  `json:"accounts"`
	Recent   List[Row]     `json:"recent"`
	Deposits List[Deposit] `json:"deposits"`
	Disputes List[Dispute] `json:"disputes"`
	Members  int           `json:"members"`
	Linked   int           `json:"linked"`
	Blocked  int           `json:"blocked"`
	Asked    int           `json:"asked"` // requests that wait for an answer
	Won      int           `json:"disputes_won"`
	Seen     Look          `json:"seen"` // the line of the wallet's own log that this look has written
	Zone     string        `json:"zone"`
}

// Facts are what is known of the wallet, before its lists.
func (v Mirror) Facts(f Format) []Fact {
	seen := word(v.Seen.Who != "", v.Seen.Who+" looked, "+because(v.Seen.Reason, v.Seen.Words))
	all := []Fact{
		id("Wallet", v.Handle), {Label: "Its owner reads", Value: seen, Tone: Warn}, state(v.State),
	}
	for _, w := range v.Accounts {
		text := w.Available.String() + " to spend"
		for _, part := range []struct {
			what string
			a    ledger.Amount
		}{{"held", w.Held}, {"not cleared", w.Uncollected}, {"owed", w.Owed}} {
			if part.a.Micros != 0 {
				text += ", " + part.a.String() + " " + part.what
			}
		}
		all = append(all, Fact{Label: string(w.Currency), Value: text, Tone: Strong})
		for _, l := range w.Limits {
			if l.Max != nil && l.Period != "purchase" {
				used := l.Used.Number() + " of " + l.Max.String() + word(l.Period != "", " a "+l.Period)
				all = append(all, Fact{Label: "Used", Value: used})
			}
		}
	}
	return append(all,
		Fact{Label: "Locked", Value: word(!v.Locked.IsZero(), "until "+f.Time(v.Locked)), Tone: Warn},
		Fact{Label: "Opened", Value: f.Time(v.Opened)},
		Fact{Label: "Keys", Value: strconv.Itoa(v.Members)},
		Fact{Label: "Vendors", Value: Plural(v.Linked, "link") + ", " + strconv.Itoa(v.Blocked) + " blocked, " +
			Plural(v.Asked, "request") + " waiting"},
		Fact{Label: "Disputes", Value: strconv.Itoa(len(v.Disputes)) + ", " + strconv.Itoa(v.Won) + " decided for it"},
	)
}

// TaskQuery asks for a part of the queue of the desk.
type TaskQuery struct {
	Paging
	Mine, Free bool   // only cases that are with the caller, only those that are with nobody
	Kind       string // one of [TaskKinds], "" for all
}

// TaskKinds are the kinds of cases in the queue.
var TaskKinds = []string{
	"dispute", "deposit", "receipt", "proposal", "order", "caller", "redemption", "payout", "account",
}

// Task is a case that waits for a person.
type Task struct {
	ID      string        `json:"id"`
	Kind    string        `json:"kind"` // one of [TaskKinds]
	About   string        `json:"about"`
	Handle  string        `json:"handle,omitempty"`
	Amount  ledger.Amount `json:"amount"`
	Promise Time          `json:"promise"` // by when somebody should have looked at it
	State   State         `json:"state"`
	CaseNotes
	Leads string `json:"leads"` // the command that shows more of it
}

// CaseNotes is what staff know of a case: with whom it is, and what they have noted.
type CaseNotes struct {
	With  string         `json:"with,omitempty"` // the name of who has claimed it
	Mine  bool           `json:"mine"`
	Until Time           `json:"with_until"`
	Notes List[CaseNote] `json:"notes"`
}

// CaseNote is a note of staff.
type CaseNote struct {
	At   Time   `json:"at"`
	By   string `json:"by"`
	Text string `json:"text"`
}

// Who names who has a case.
func (c CaseNotes) Who() string { return cmp.Or(word(c.Mine, "you"), c.With) }

// CaseFile is a case after a step of staff.
type CaseFile struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Handle string `json:"handle,omitempty"`
	CaseNotes
}

// Facts tell with whom a case is, and what was noted.
func (c CaseFile) Facts(f Format) []Fact {
	return append([]Fact{
		id("Case", c.ID),
		{Label: "Kind", Value: c.Kind},
		{Label: "Wallet", Value: c.Handle},
		{Label: "With", Value: word(c.Who() == "", "nobody")},
	}, c.CaseNotes.Facts(f)...)
}

// Facts tell with whom a case is, and what was noted.
func (c CaseNotes) Facts(f Format) []Fact {
	all := []Fact{{Label: "With", Value: c.Who() + word(c.Who() != "", ", until "+f.Time(c.Until)), Tone: Strong}}
	for _, n := range c.Notes {
		all = append(all, Fact{Label: "Note", Value: word(n.Text != "", f.Time(n.At)+", "+n.By+": "+n.Text)})
	}
	return all
}

// TaskTable is the queue of the desk.
func TaskTable(all []Task, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Promised", Name: "promise"},
		{Title: "Kind", Name: "kind"},
		{Title: "Id", Plain: true, Name: "id"},
		{Title: "About", Elastic: true, Foreign: true, Name: "about"},
		{Title: "State", Drop: 3, Name: "state"},
		{Title: "Wallet", Drop: 2, Name: "handle"},
		{Title: "With", Drop: 1, Name: "with"},
		{Title: "Amount", Right: true, Name: "amount"},
	}}
	for _, x := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Until(x.Promise), Faint},
			{x.Kind, Plain},
			{x.ID, Plain},
			{x.About, Plain},
			stateCell(x.State),
			{x.Handle, Plain},
			{x.Who(), Strong},
			{word(x.Amount.Currency != "", x.Amount.String()), Plain}, // of a caller there is none
		})
	}
	return t
}

// Deed is an act of staff that moved money, or that waits for a second person.
type Deed struct {
	Act      string        `json:"act"`   // credit, refund
	State    State         `json:"state"` // done, or a [ledger.ProposalState]
	Proposal string        `json:"proposal,omitempty"`
	Handle   string        `json:"handle"`
	Purchase string        `json:"purchase,omitempty"`
	Amount   ledger.Amount `json:"amount"`
	Reason   string        `json:"reason"`
	By       string        `json:"by"` // the name of who has made or proposed it
	Created  Time          `json:"created"`
	Expires  Time          `json:"expires"`
	Decider  string        `json:"decided_by,omitempty"`
	Decided  Time          `json:"decided"`
	Why      string        `json:"why,omitempty"`
	Entry    uint64        `json:"entry"` // what it has written in the journal
}

// Facts tell what was done, or what it waits for.
func (d Deed) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Act", Value: d.Act},
		state(d.State),
		{Label: "Amount", Value: d.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Wallet", Value: d.Handle},
		id("Purchase", d.Purchase),
		{Label: "Reason", Value: d.Reason},
		{Label: "By", Value: d.By},
		{Label: "Made", Value: f.Time(d.Created)},
		{Label: "Waits until", Value: f.Time(d.Expires)},
		{Label: "Decided by", Value: d.Decider},
		{Label: "Decided", Value: f.Time(d.Decided)},
		{Label: "Why", Value: d.Why},
		{Label: "Entry", Value: word(d.Entry != 0, strconv.FormatUint(d.Entry, 10)), Whole: true},
		id("Proposal", d.Proposal),
	}
}

// DeedTable is a list of proposals.
func DeedTable(all []Deed, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Made", Drop: 4, Name: "created"},
		{Title: "Proposal", Name: "proposal"},
		{Title: "Act", Name: "act"},
		{Title: "Reason", Elastic: true, Name: "reason"},
		{Title: "By", Drop: 2, Name: "by"},
		{Title: "Waits", Drop: 3, Name: "expires"},
		{Title: "State", Drop: 1, Name: "state"},
		{Title: "Wallet", Name: "handle"},
		{Title: "Amount", Right: true, Name: "amount"},
	}}
	for _, d := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(d.Created), Faint},
			{d.Proposal, Strong},
			{d.Act, Plain},
			{d.Reason, Plain},
			{d.By, Plain},
			{f.Until(d.Expires), Faint},
			stateCell(d.State),
			{d.Handle, Plain},
			{d.Amount.String(), Plain},
		})
	}
	return t
}

// VendorState is a vendor that staff have suspended or let go on.
type VendorState struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Reason string `json:"reason"`
}

// Facts tell what has become of a vendor.
func (v VendorState) Facts(Format) []Fact {
	return []Fact{{Label: "Vendor", Value: v.Name}, state(v.State), {Label: "Why", Value: v.Reason}}
}

// WriteMode is whether staff may act in a session, and why.
type WriteMode struct {
	On     bool   `json:"on"`
	Reason string `json:"reason,omitempty"`
	Words  string `json:"words,omitempty"`
	Until  Time   `json:"until"` // if nothing is done meanwhile
}

// Facts tell whether staff may act.
func (w WriteMode) Facts(f Format) []Fact {
	if !w.On {
		return []Fact{{Label: "Writing", Value: "off: this session reads only"}}
	}
	return []Fact{
		{Label: "Writing", Value: "on", Tone: Warn},
		{Label: "Because", Value: because(w.Reason, w.Words)},
		{Label: "Ends", Value: f.Time(w.Until) + ", or with this session"},
	}
}
