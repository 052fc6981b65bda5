package view

import (
	"slices"
	"time"

	"tuppence/server/ledger"
)

// RedeemRequest turns paid tokens back into money.
type RedeemRequest struct {
	Amount ledger.Amount
	To     string // a method, bank or check; "": where it came from, else a bank account
	Bank   string // id of the bank account; "": the newest one that takes it
	Payee  string // for a check: name and address
	Key    string // idempotency
}

// RedeemTerms are what turning tokens back into money would be.
type RedeemTerms struct {
	Amount  ledger.Amount `json:"amount"` // leaves the wallet
	Fee     ledger.Amount `json:"fee"`
	Arrives ledger.Amount `json:"arrives"`
	To      string        `json:"to"` // card, ecurrency, bank, check
	Account string        `json:"account,omitempty"`
	Bank    string        `json:"bank,omitempty"` // id of the bank account
	Waits   bool          `json:"waits"`          // for a person of the service
}

// Redemption is paid tokens on their way back to money.
type Redemption struct {
	ID      string        `json:"id"`
	State   State         `json:"state"`
	Amount  ledger.Amount `json:"amount"` // left the wallet
	Fee     ledger.Amount `json:"fee"`
	Arrives ledger.Amount `json:"arrives"`
	To      string        `json:"to"`
	Account string        `json:"account,omitempty"` // DE•• … 3000
	Link    string        `json:"link,omitempty"`    // where its owner fetches it
	Deposit string        `json:"deposit,omitempty"` // that is sent back
	Why     string        `json:"why"`               // asked, surplus
	File    string        `json:"file,omitempty"`
	Reason  string        `json:"reason,omitempty"` // of the last step
	Created Time          `json:"created"`
	Updated Time          `json:"updated"`
	Handle  string        `json:"handle,omitempty"` // for staff
	Waits   bool          `json:"waits"`            // for a person of the service

	Simulated bool `json:"simulated"`
}

// RedemptionQuery asks for redemptions of all wallets.
type RedemptionQuery struct {
	State string
	File  string
	Paging
}

// RedemptionStep moves a redemption on, or all of a file: approve, deny, paid, fail, return.
type RedemptionStep struct {
	ID     string
	Event  string
	Reason string
}

// RedemptionFile is what was put into a file.
type RedemptionFile struct {
	ID          string        `json:"id"`
	Way         string        `json:"way"` // list, or a network of banks
	Created     Time          `json:"created"`
	Redemptions uint64        `json:"redemptions"`
	Sum         ledger.Amount `json:"sum"`
	Hash        string        `json:"sha256"`
	Passed      uint64        `json:"passed"` // may not leave now: frozen, owing, or contested
}

// RedemptionsMoved are redemptions after a step.
type RedemptionsMoved struct {
	Redemptions List[Redemption] `json:"redemptions"`
}

// Facts tell what turning tokens back into money would be.
func (t RedeemTerms) Facts(Format) []Fact {
	waits := ""
	if t.Waits {
		waits = "a person of the service looks at it first"
	}
	fee := ""
	if t.Fee.Micros > 0 {
		fee = t.Fee.String()
	}
	return []Fact{
		{Label: "Leaves the wallet", Value: t.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Fee", Value: fee, Whole: true},
		{Label: "Arrives", Value: t.Arrives.String(), Whole: true},
		{Label: "To", Value: RedeemTo(t.To)},
		{Label: "Account", Value: t.Account, Whole: true},
		{Label: "Note", Value: waits},
	}
}

// RedeemTo tells where money goes.
func RedeemTo(to string) string {
	switch to {
	case "":
		return ""
	case ledger.RedeemBank:
		return "bank account"
	case ledger.RedeemCheck:
		return "check by post"
	}
	return "back to where it came from: " + to
}

// Facts are what is known of a redemption.
func (r Redemption) Facts(f Format) []Fact {
	all := RedeemTerms{Amount: r.Amount, Fee: r.Fee, Arrives: r.Arrives, To: r.To, Account: r.Account}.Facts(f)
	all[0].Label = "Redeemed"
	waits := ""
	if r.Waits {
		waits = "a person of the service"
	}
	why := ""
	if r.Why == ledger.RedeemSurplus {
		why = "what was above the weekly budget"
	}
	return append(all[:len(all)-1],
		state(r.State),
		Fact{Label: "Waits for", Value: waits},
		Fact{Label: "Why", Value: r.Reason},
		Fact{Label: "Cause", Value: why},
		Fact{Label: "Fetch it at", Value: r.Link, Whole: true},
		Fact{Label: "Wallet", Value: r.Handle, Whole: true},
		Fact{Label: "Begun", Value: f.Time(r.Created)},
		Fact{Label: "Changed", Value: f.Time(r.Updated)},
		id("Deposit", r.Deposit),
		id("File", r.File),
		id("Redemption", r.ID),
		Fact{Label: "Money", Value: simulatedWord(r.Simulated)},
	)
}

func simulatedWord(is bool) string {
	if is {
		return "SIMULATED: none moves"
	}
	return ""
}

// RedemptionTable is a list of redemptions, with their wallets for staff.
func RedemptionTable(all []Redemption, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Begun", Drop: 2, Name: "created"},
		{Title: "Redemption", Plain: true, Name: "id"},
		{Title: "To", Name: "to"},
		{Title: "Account", Drop: 4, Plain: true, Name: "account"},
		{Title: "State", Name: "state"},
		{Title: "Why", Drop: 1, Elastic: true, Foreign: true, Name: "reason"},
		{Title: "Arrives", Right: true, Name: "arrives"},
	}}
	for _, r := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(r.Created), Faint},
			{r.ID, Plain},
			{r.To, Plain},
			{r.Account, Plain},
			stateCell(r.State),
			{r.Reason, Plain},
			{r.Arrives.String(), Plain},
		})
	}
	if slices.ContainsFunc(all, func(r Redemption) bool { return r.Handle != "" }) {
		t.Columns = slices.Insert(t.Columns, 2, Column{Title: "Wallet", Drop: 3, Plain: true, Name: "handle"})
		for i, r := range all {
			t.Rows[i] = slices.Insert(t.Rows[i], 2, Cell{r.Handle, Plain})
		}
	}
	return t
}

// Facts tell what was put into a file.
func (r RedemptionFile) Facts(f Format) []Fact {
	passed := ""
	if r.Passed > 0 {
		passed = Plural(r.Passed, "redemption") + ": frozen, owing or contested; later"
	}
	return []Fact{
		id("File", r.ID),
		{Label: "Way", Value: r.Way},
		{Label: "Redemptions", Value: digits(r.Redemptions), Whole: true},
		{Label: "Sum", Value: r.Sum.String(), Whole: true, Tone: Strong},
		{Label: "Made", Value: f.Time(r.Created)},
		{Label: "SHA-256", Value: r.Hash, Whole: true},
		{Label: "Left out", Value: passed},
		{Label: "Print it with", Value: "bank file " + r.ID + " > FILE", Whole: true},
	}
}

// RefillRequest sets a weekly budget.
type RefillRequest struct {
	Budget  ledger.Amount
	Weekday time.Weekday
	Bank    string // id of the bank account; "": the newest one that permits it
	Surplus bool
}

// Refill is the weekly budget of an account.
type Refill struct {
	Currency  ledger.Currency `json:"currency"`
	State     State           `json:"state"`
	Budget    ledger.Amount   `json:"budget"`
	Weekday   string          `json:"weekday"`
	Account   string          `json:"account"`
	Bank      string          `json:"bank"` // id of the bank account
	Surplus   bool            `json:"return_surplus"`
	Due       Time            `json:"due"`  // when it is filled up next
	Week      string          `json:"week"` // of ISO 8601: 2026-W53
	Announced bool            `json:"announced"`
	Skipped   bool            `json:"skipped"`
	Returns   uint32          `json:"returns"` // debits in a row that came back
	Reason    string          `json:"reason,omitempty"`
}

// Facts are what is known of a weekly budget.
func (r Refill) Facts(f Format) []Fact {
	surplus := "stays"
	if r.Surplus {
		surplus = "goes back to the bank account"
	}
	next := f.Time(r.Due) + " (" + r.Week + ")"
	switch {
	case r.State != State(ledger.RefillActive):
		next = ""
	case r.Skipped:
		next += ", skipped"
	case r.Announced:
		next += ", announced"
	}
	returns := ""
	if r.Returns > 0 {
		returns = Plural(uint64(r.Returns), "debit") + " in a row"
	}
	return []Fact{
		{Label: "Weekly budget", Value: r.Budget.String() + " each " + r.Weekday, Whole: true, Tone: Strong},
		state(r.State),
		{Label: "Filled up next", Value: next},
		{Label: "From", Value: r.Account, Whole: true},
		{Label: "What is above", Value: surplus},
		{Label: "Came back", Value: returns},
		{Label: "Note", Value: r.Reason},
		id("Bank account", r.Bank),
	}
}

// OnItsWay tells in one line each what of an account is on its way back to money, and its weekly budget.
func (w Wallet) OnItsWay(f Format) (all []string) {
	if w.Redeeming != nil {
		all = append(all, w.Redeeming.String()+" are on their way back to money. See: redemptions")
	}
	switch r := w.Refill; {
	case r == nil:
	case r.State != State(ledger.RefillActive):
		all = append(all, "Weekly budget "+r.Budget.String()+", "+r.State.Words()+". See: refill")
	case r.Skipped:
		all = append(all, "Weekly budget "+r.Budget.String()+": week "+r.Week+" is skipped.")
	default:
		all = append(all, "Weekly budget "+r.Budget.String()+": filled up "+f.Time(r.Due)+". Skip it with: refill skip "+
			string(w.Currency))
	}
	return all
}

// RefillTable is a list of weekly budgets.
func RefillTable(all []Refill, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Budget", Right: true, Name: "budget"},
		{Title: "Each", Name: "weekday"},
		{Title: "State", Name: "state"},
		{Title: "Next", Drop: 1, Name: "due"},
		{Title: "From", Drop: 2, Plain: true, Name: "account"},
		{Title: "Note", Elastic: true, Name: "reason"},
	}}
	for _, r := range all {
		next := f.Time(r.Due)
		if r.State != State(ledger.RefillActive) {
			next = ""
		}
		t.Rows = append(t.Rows, []Cell{
			{r.Budget.String(), Strong},
			{r.Weekday, Plain},
			stateCell(r.State),
			{next, Faint},
			{r.Account, Plain},
			{r.Reason, Plain},
		})
	}
	return t
}
