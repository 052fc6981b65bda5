package view

import (
	"cmp"
	"fmt"
	"strings"

	"tuppence/server/ledger"
)

// Dispute is a purchase that its buyer contests (claim 14), with all that both sides know of it.
type Dispute struct {
	ID       string        `json:"id"`
	Purchase string        `json:"purchase"`
	Vendor   string        `json:"vendor"`
	Title    string        `json:"title"`
	Amount   ledger.Amount `json:"amount"`
	Reason   string        `json:"reason"`
	Text     string        `json:"text"`
	State    State         `json:"state"`
	Opened   Time          `json:"opened"`
	DueBy    Time          `json:"due_by"`
	Decided  Time          `json:"decided"`
	Note     string        `json:"note"`             // why it was decided so
	Handle   string        `json:"handle,omitempty"` // whose; for staff
	Notes    List[string]  `json:"facts"`            // what staff should know

	Offer *ledger.Amount `json:"offer,omitempty"` // the part that the vendor offers back, or has given back
	Rule  string         `json:"rule"`            // which rule has said how it goes on
	Why   string         `json:"why"`             // the same in words for both sides
	Used  uint32         `json:"views_used"`      // when it was opened
	First Time           `json:"first_use"`
	// Silence is who gains by it while the vendor has to answer: buyer, or review if a person looks at it then.
	Silence string         `json:"silence,omitempty"`
	Can     List[string]   `json:"can"` // what the buyer may do: accept, decline, appeal, withdraw
	Case    List[CaseStep] `json:"case"`
}

// Due is by when somebody has to act in a dispute; zero if it is decided, or if a person has to look at it.
func (d Dispute) Due() Time {
	if d.Decided.IsZero() {
		return d.DueBy
	}
	return Time{}
}

// CaseStep is one step of a dispute: who, when, what, and what was said.
type CaseStep struct {
	At     Time           `json:"at"`
	Who    string         `json:"who" enum:"buyer,vendor,staff,service"`
	What   string         `json:"what"`
	Amount *ledger.Amount `json:"amount,omitempty" doc:"Of the dispute, or of an offer."`
	Text   string         `json:"text,omitempty" doc:"What was said."`
}

// stepNames are the events of a dispute as programs read them.
var stepNames = map[string]string{
	"answer": "answered", "offer a part": "offered", "take the offer": "accepted", "decline the offer": "declined",
	"ask the vendor": "asked", "silence": "not_answered", "refer to a person": "not_answered", "give in": "gave_in",
	"decide for the buyer": "decided_for_buyer", "decide for the vendor": "decided_for_vendor", "appeal": "appealed",
	"let it stand": "stands", "withdraw": "withdrew",
}

// stepWords are those whose name is none for people.
var stepWords = map[string]string{
	"opened": "disputed", "ruled": "by rule", "offered": "offers back", "accepted": "took the offer",
	"declined": "declined the offer", "asked": "asks the vendor", "not_answered": "no answer in time",
	"lent": "lends", "kept": "the buyer keeps what was lent,", "taken_back": "takes back",
	"stands": "no appeal in time: it stands", "decided": "decided",
}

// disputeSides are who acts in a dispute.
var disputeSides = map[ledger.Role]string{
	ledger.RoleUser: "buyer", ledger.RoleVendor: "vendor", ledger.RoleRep: "staff", ledger.RoleOperator: "staff",
}

// CaseOf is the timeline of a dispute, the same for both sides. Who of staff has decided is nobody's business here.
func CaseOf(d ledger.Dispute) List[CaseStep] {
	in := func(micros int64) *ledger.Amount { return &ledger.Amount{Micros: micros, Currency: d.Amount.Currency} }
	all := List[CaseStep]{{
		At: At(d.Opened), Who: "buyer", What: "opened", Amount: in(d.Amount.Micros),
		Text: strings.TrimSuffix(Reason(d.Reason)+". "+d.Text, ". "),
	}}
	if d.Why != "" {
		all = append(all, CaseStep{At: At(d.Opened), Who: "service", What: "ruled", Text: d.Why})
	}
	if d.Provisional > 0 {
		all = append(all, CaseStep{
			At: At(d.Opened), Who: "service", What: "lent", Amount: in(d.Provisional),
			Text: "the buyer has it until it is decided",
		})
	}
	for _, s := range d.Steps {
		one := CaseStep{
			At: At(s.At), Who: cmp.Or(disputeSides[s.Role], "service"), What: cmp.Or(stepNames[s.Event], s.Event), Text: s.Text,
		}
		if s.Micros != 0 {
			one.Amount = in(s.Micros)
		}
		all = append(all, one)
	}
	if len(d.Steps) == 0 && !d.Decided.IsZero() && d.Note != d.Why { // older books have no steps
		all = append(all, CaseStep{At: At(d.Decided), Who: "service", What: "decided", Text: d.Note})
	}
	if d.Provisional > 0 && !d.Decided.IsZero() {
		last := CaseStep{At: At(d.Decided), Who: "service", What: "kept", Amount: in(d.Provisional)}
		if d.Reclaimed > 0 {
			last.What, last.Amount = "taken_back", in(d.Reclaimed)
		}
		all = append(all, last)
	}
	return all
}

// SilenceOf is who gains if the vendor does not answer, "" where that is not waited for.
func SilenceOf(d ledger.Dispute) string {
	switch {
	case d.State != ledger.DisputeNeedsResponse:
		return ""
	case d.Refer || d.Used > 0:
		return "review"
	}
	return "buyer"
}

// Words tells a step: "offers back 0.50 EUR: half of it was there".
func (c CaseStep) Words() string {
	words := cmp.Or(stepWords[c.What], strings.ReplaceAll(c.What, "_", " "))
	if c.Amount != nil {
		words += " " + c.Amount.String()
	}
	if c.Text != "" {
		words += ": " + c.Text
	}
	return words
}

// who is a side as the reader thinks of it: a buyer reads of himself as you.
func (d Dispute) who(c CaseStep) string {
	switch {
	case c.Who == "buyer" && d.Handle == "":
		return "You"
	case c.Who == "vendor":
		return cmp.Or(d.Vendor, "The vendor")
	case c.Who == "staff":
		return "Staff"
	case c.Who == "service":
		return "The service"
	}
	return "The buyer"
}

// Timeline are the steps as facts: when, who, what.
func (d Dispute) Timeline(f Format) (all []Fact) {
	for _, c := range d.Case {
		all = append(all, Fact{Label: f.Time(c.At), Value: d.who(c) + ": " + c.Words()})
	}
	return all
}

// Next tells what happens next, and by when; "" if it is over.
func (d Dispute) Next(f Format) string {
	by := " until " + f.Time(d.DueBy)
	switch ledger.DisputeState(d.State) {
	case ledger.DisputeNeedsResponse:
		if d.Silence == "review" {
			return "The vendor may answer" + by + ". Then a person decides."
		}
		return "The vendor may answer" + by + ". Silence means that the buyer is right."
	case ledger.DisputeOffered:
		return "The buyer may take the offer" + by + ". Then a person decides."
	case ledger.DisputeForBuyer:
		return "The vendor may appeal" + by + ". Then the money goes back."
	case ledger.DisputeForVendor:
		return "The buyer may appeal" + by + ". Then the vendor keeps it."
	case ledger.DisputeUnderReview:
		return "A person decides."
	case ledger.DisputeAppealed:
		return "Another person decides, for good."
	}
	return ""
}

// DisputeAct is what a buyer does in a dispute.
type DisputeAct struct {
	ID   string
	Act  string // accept, decline, appeal, withdraw
	Text string // of an appeal
}

// VendorRecord is how the newest disputes about a vendor's sales went.
type VendorRecord struct {
	Of       int    `json:"ended"`     // disputes that are over
	ForBuyer int    `json:"for_buyer"` // in which money went back
	Answers  string `json:"answers_in,omitempty"`
}

// Words tells how disputes with a vendor went: "money went back in 3 of the last 20; it answers in 5 hours".
func (r *VendorRecord) Words() string {
	if r == nil {
		return ""
	}
	words := fmt.Sprintf("money went back in %d of the last %d", r.ForBuyer, r.Of)
	if r.Answers != "" {
		words += "; it answers in " + r.Answers
	}
	return words
}
