package funding

import (
	"context"

	"tuppence/server/ledger"
)

// Post is where instruments of paper go. What arrives staff enter, so there is nothing to look up, and nothing is
// simulated: the same steps serve with real paper.
type Post struct {
	Payee   string // whom it is made out to
	Address string // where to send it, one line
}

// PayTo is whom an instrument is made out to, and where it is sent.
func (p Post) PayTo() Payee { return Payee{Name: p.Payee, Address: p.Address} }

// Start announces the instrument; nothing has been paid yet.
func (Post) Start(context.Context, Order) (Outcome, error) {
	return Outcome{State: ledger.DepositAwaiting}, nil
}

// Lookup knows nothing new: staff enter what arrives.
func (Post) Lookup(_ context.Context, o Order) (Outcome, error) {
	return Outcome{State: o.Deposit.State}, nil
}

// steps are the instructions for the payer of one instrument.
func (p Post) steps(d ledger.Deposit, first, what string) []string {
	switch d.State {
	case ledger.DepositAwaiting:
		return []string{first, "Write this reference on it: " + d.Reference, "Send it to " + p.Address + "."}
	case ledger.DepositUncollected:
		return []string{"The " + what + " has arrived. The tokens can be spent when the bank has collected it."}
	}
	return nil
}

// Check is the paper check (claim 39): announced here, printed reference, received and cleared by staff.
type Check struct{ Post }

// Info describes the method.
func (Check) Info() Info {
	return Info{
		Name: "check", Title: "Check by mail", Kind: ledger.DepositPaper, Arrives: "when it has cleared", Cost: "postage",
		Help: "You get a reference to write on the check. The tokens can be spent when the check has cleared.",
	}
}

// Steps are the instructions for the payer.
func (c Check) Steps(d ledger.Deposit) []string {
	return c.steps(d, "Write a check over "+d.Amount.String()+" to "+c.Payee+".", "check")
}

// MoneyOrder is the money order (claim 39), bought for cash and sent by mail.
type MoneyOrder struct{ Post }

// Info describes the method.
func (MoneyOrder) Info() Info {
	return Info{
		Name: "money-order", Title: "Money order by mail", Kind: ledger.DepositPaper, Arrives: "when it has cleared",
		Cost: "its fee and postage",
		Help: "You buy a money order, without a bank account, and get a reference to write on it. The tokens can be spent " +
			"when it has cleared.",
	}
}

// Steps are the instructions for the payer.
func (o MoneyOrder) Steps(d ledger.Deposit) []string {
	return o.steps(d, "Buy a money order over "+d.Amount.String()+", payable to "+o.Payee+".", "money order")
}
