package funding

import (
	"context"

	"tuppence/server/ledger"
)

// Check is the paper check (claim 39): announced here, printed reference, received and cleared by staff. It is no
// simulation: the same steps serve with real checks.
type Check struct {
	Payee   string // whom the check is made out to
	Address string // where to send it, one line
}

// Info describes the method.
func (c Check) Info() Info {
	return Info{
		Name: "check", Title: "Check by mail", Kind: ledger.DepositPaper, Arrives: "when it has cleared", Cost: "postage",
		Help: "You get a reference to write on the check. The tokens can be spent when the check has cleared.",
	}
}

// Start announces the check; nothing has been paid yet.
func (c Check) Start(context.Context, Order) (Outcome, error) {
	return Outcome{State: ledger.DepositAwaiting}, nil
}

// Lookup knows nothing new: staff enter what arrives.
func (c Check) Lookup(_ context.Context, o Order) (Outcome, error) {
	return Outcome{State: o.Deposit.State}, nil
}

// Steps are the instructions for the payer.
func (c Check) Steps(d ledger.Deposit) []string {
	switch d.State {
	case ledger.DepositAwaiting:
		return []string{
			"Write a check over " + d.Amount.String() + " to " + c.Payee + ".",
			"Write this reference on it: " + d.Reference,
			"Send it to " + c.Address + ".",
		}
	case ledger.DepositUncollected:
		return []string{"The check has arrived. The tokens can be spent when the bank has collected it."}
	}
	return nil
}
