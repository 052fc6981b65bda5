package view

import "tuppence/server/ledger"

// Method is one way to add funds (claims 37 to 39).
type Method struct {
	Name       string            `json:"name"` // card, check
	Title      string            `json:"title"`
	Online     bool              `json:"online"`
	Simulated  bool              `json:"simulated"`
	Currencies List[MethodRange] `json:"currencies"`
	Help       string            `json:"help"` // what will happen
}

// MethodRange is what a method takes in one currency. Nil is no bound.
type MethodRange struct {
	Currency ledger.Currency `json:"currency"`
	Min      *ledger.Amount  `json:"min"`
	Max      *ledger.Amount  `json:"max"`
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
	Steps     List[string]  `json:"steps"` // what the payer has to do now
	Created   Time          `json:"created"`
	Expires   Time          `json:"expires"`
	Reason    string        `json:"reason,omitempty"`
	Handle    string        `json:"handle,omitempty"` // whose; for staff
	Waits     string        `json:"waits,omitempty"`  // what its clearing waits for; for staff
	Simulated bool          `json:"simulated"`
}

// Is tells whether the deposit is in one of these states.
func (d Deposit) Is(states ...ledger.DepositState) bool {
	for _, s := range states {
		if string(s) == string(d.State) {
			return true
		}
	}
	return false
}

// Expiry is when a deposit ends if its payer does nothing; zero if it cannot end so any more.
func (d Deposit) Expiry() Time {
	if d.Is(ledger.DepositAwaiting) {
		return d.Expires
	}
	return Time{}
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
