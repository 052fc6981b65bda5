package view

import "tuppence/server/ledger"

// Method is one way to add funds (claims 37 to 39).
type Method struct {
	Name       string            `json:"name"` // card, check
	Title      string            `json:"title"`
	Online     bool              `json:"online"`
	Bank       bool              `json:"bank"` // a bank account is debited; else, offline, an instrument of paper
	Simulated  bool              `json:"simulated"`
	Currencies List[MethodRange] `json:"currencies"`
	Help       string            `json:"help"`    // what will happen
	Arrives    string            `json:"arrives"` // when the tokens can be spent, in a few words: at once
	Cost       string            `json:"cost"`    // what the payer pays for it: free
	Frozen     string            `json:"frozen"`  // why nothing new begins with it for now; "": it is open
}

// ClosedMethod is a way to add funds that staff have frozen or opened.
type ClosedMethod struct {
	Name   string `json:"name"`
	State  State  `json:"state"` // open, frozen
	Reason string `json:"reason"`
	Since  Time   `json:"since"`
}

// Facts are what is known of it.
func (m ClosedMethod) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Method", Value: m.Name, Whole: true, Tone: Strong},
		state(m.State),
		{Label: "Why", Value: m.Reason},
		{Label: "Since", Value: f.Time(m.Since)},
	}
}

// MethodRange is what a method takes in one currency. Nil is no bound.
type MethodRange struct {
	Currency ledger.Currency `json:"currency"`
	Min      *ledger.Amount  `json:"min"`
	Max      *ledger.Amount  `json:"max"`
}

// Words tells how much a method takes: "5.00 to 500.00", "from 5.00".
func (r MethodRange) Words() string {
	switch {
	case r.Min != nil && r.Max != nil:
		return r.Min.Number() + " to " + r.Max.Number()
	case r.Min != nil:
		return "from " + r.Min.Number()
	case r.Max != nil:
		return "to " + r.Max.Number()
	}
	return "any amount"
}

// In returns what the method takes in a currency, and whether it knows the currency.
func (m Method) In(c ledger.Currency) (MethodRange, bool) {
	for _, r := range m.Currencies {
		if r.Currency == c {
			return r, true
		}
	}
	return MethodRange{}, false
}

// Deposit is money on its way into a wallet.
type Deposit struct {
	ID        string        `json:"id"`
	Method    string        `json:"method"`
	Amount    ledger.Amount `json:"amount"`
	Fee       ledger.Amount `json:"fee"`
	State     State         `json:"state"` // a [ledger.DepositState]
	Reference string        `json:"reference,omitempty"`
	Link      string        `json:"link,omitempty"` // where the payer goes on, while that is waited for
	Steps     List[string]  `json:"steps"`          // what the payer has to do now
	Created   Time          `json:"created"`
	Expires   Time          `json:"expires"`
	Reason    string        `json:"reason,omitempty"`
	Handle    string        `json:"handle,omitempty"` // whose; for staff
	Waits     string        `json:"waits,omitempty"`  // what its clearing waits for; for staff
	Simulated bool          `json:"simulated"`
	Outcome   string        `json:"outcome"`           // what became of it so far, one sentence or two
	Remedy    string        `json:"remedy,omitempty"`  // what to do where nothing came of it
	Channel   string        `json:"channel,omitempty"` // phone: begun by a representative
	Order     string        `json:"order,omitempty"`   // the number of the purchase order
	Due       Time          `json:"due,omitzero"`      // of its invoice
	Bill      string        `json:"bill,omitempty"`    // the biller, and the end of the account's number
}

// depositOutcomes tell the payer what became of a deposit in each state, and what to do where nothing came of it.
var depositOutcomes = map[ledger.DepositState]struct{ outcome, remedy string }{
	ledger.DepositCreated:        {outcome: onItsWay},
	ledger.DepositRequiresAction: {outcome: "It waits for you. The tokens come when you have done what is written below."},
	ledger.DepositProcessing:     {outcome: onItsWay},
	ledger.DepositErrored:        {outcome: "Not known yet. The processor is asked until it tells; do not pay again."},
	ledger.DepositSucceeded:      {outcome: paidIn},
	ledger.DepositSettled:        {outcome: paidIn},
	ledger.DepositCleared:        {outcome: paidIn},
	ledger.DepositFailed: {
		"Declined. Nothing was charged, and no tokens came.",
		"Try another card or another method, or ask who has issued the card. A new try is a new deposit.",
	},
	ledger.DepositCanceled: {
		"Canceled. Nothing was charged, and no tokens came.", "Add funds again if you still want them.",
	},
	ledger.DepositChargedBack: {
		"Charged back. The tokens were taken out of your account.",
		"Ask the bank that took the payment back, then pay again.",
	},
	ledger.DepositRepresented: {outcome: "Charged back. The service has disputed that, and the bank decides."},
	ledger.DepositWon:         {outcome: "Done. The bank paid it again, and the tokens are in your account."},
	ledger.DepositLost: {
		"Charged back. The tokens stay out of your account.", "Ask the bank that took the payment back, then pay again.",
	},
	ledger.DepositReturned: {
		"Returned. The bank took it back, and the tokens were taken out of your account.",
		"Ask the bank that took it back, then pay again.",
	},
	ledger.DepositAwaiting:      {outcome: "Announced. The tokens come when you have done what is written below."},
	ledger.DepositUncollected:   {outcome: "Received. The tokens can be spent when it has cleared."},
	ledger.DepositSubmitted:     {outcome: "In a file for the bank. The tokens come when the debit has cleared."},
	ledger.DepositPendingClears: {outcome: "With the bank. The tokens come when the debit has cleared."},
	ledger.DepositBounced: {
		"Bounced. It did not clear, and the tokens were taken back.", "Ask the bank that it was drawn on, then pay again.",
	},
	ledger.DepositAccepted:       {outcome: lent},
	ledger.DepositIssued:         {outcome: paidIn},
	ledger.DepositInvoiced:       {outcome: lent},
	ledger.DepositPaid:           {outcome: "Done. The tokens are in your account, and the invoice is paid."},
	ledger.DepositOverdue:        {outcome: "Overdue. The tokens are in your account; pay the invoice now."},
	ledger.DepositBillerAccepted: {outcome: paidIn},
	ledger.DepositRemitted:       {outcome: paidIn},
	ledger.DepositWrittenOff: {
		"Written off. The invoice was not paid, and the wallet is frozen.", "Pay the invoice, and tell the service.",
	},
	ledger.DepositBillerReversed: {
		"Reversed. The biller took it back, and the tokens were taken out of your account.",
		"Ask the biller that took it back, then pay in another way.",
	},
	ledger.DepositExpired: {
		"Expired. Nothing arrived in time, and no tokens came.", "Add funds again if you still want them.",
	},
}

// Outcomes of several states.
const (
	onItsWay = "On its way."
	paidIn   = "Done. The tokens are in your account."
	lent     = "Accepted. The tokens are in your account; the invoice is to be paid."
)

// Told is the deposit with what became of it in words.
func (d Deposit) Told() Deposit {
	words := depositOutcomes[ledger.DepositState(d.State)]
	if d.Is(ledger.DepositSubmitted) && (d.Order != "" || d.Bill != "") { // and in no file for a bank
		words.outcome = "Submitted. The tokens come when it is accepted."
	}
	d.Outcome, d.Remedy = words.outcome, words.remedy
	return d
}

// Failed tells whether nothing came of the deposit, or what came was taken back.
func (d Deposit) Failed() bool { return d.Told().Remedy != "" }

// Is tells whether the deposit is in one of these states.
func (d Deposit) Is(states ...ledger.DepositState) bool {
	for _, s := range states {
		if string(s) == string(d.State) {
			return true
		}
	}
	return false
}

// ForPayer tells whether the deposit waits for its payer, who can still cancel it.
func (d Deposit) ForPayer() bool { return d.Is(ledger.DepositAwaiting, ledger.DepositRequiresAction) }

// Expiry is when a deposit ends if its payer does nothing; zero if it cannot end so any more.
func (d Deposit) Expiry() Time {
	if d.ForPayer() {
		return d.Expires
	}
	return Time{}
}

// Unallocated is money that came and that no open deposit has announced so; for staff.
type Unallocated struct {
	ID        string        `json:"id"`
	Source    string        `json:"source"`
	Amount    ledger.Amount `json:"amount"`
	Text      string        `json:"reference,omitempty"` // as it was written
	Mark      string        `json:"mark,omitempty"`      // what identifies it where it came from
	State     State         `json:"state"`               // a [ledger.ReceiptState]
	Created   Time          `json:"created"`
	Deposit   string        `json:"deposit,omitempty"` // that it became, or may be for
	Handle    string        `json:"handle,omitempty"`  // whose that deposit is
	About     string        `json:"about,omitempty"`   // that deposit in words, while nobody has decided
	Near      bool          `json:"near"`              // a guess: the reference differs in one place
	Reason    string        `json:"reason,omitempty"`
	Simulated bool          `json:"simulated"`
}

// UnallocatedRequest books a receipt.
type UnallocatedRequest struct {
	Amount ledger.Amount
	Source string // check, money-order, bank
	Text   string // the reference as it was written, "" for none
	Mark   string // what identifies it at its source: a serial number
	Note   string
}

// Frozen is a wallet that staff have frozen or thawed.
type Frozen struct {
	Handle string              `json:"handle"`
	State  State               `json:"state"`
	Reason string              `json:"reason"`
	Owed   List[ledger.Amount] `json:"owed"` // debts, one per currency: they stay
}

// Transfer is tokens on their way from user to user (claim 31).
type Transfer struct {
	ID      string         `json:"id"`
	Amount  ledger.Amount  `json:"amount"`
	State   State          `json:"state"`
	Code    string         `json:"code,omitempty"` // shown once, to the sender
	Created Time           `json:"created"`
	Expires Time           `json:"expires"`
	After   *ledger.Amount `json:"available_after,omitempty"`
}
