package funding

import (
	"context"

	"tuppence/server/ledger"
)

// Names of methods that are begun by commands of their own.
const (
	OrderName = "purchase-order"
	PhoneName = "phone"
)

// waits is what a method does whose news are entered by staff or read from files: nothing.
type waits struct{}

// Start changes nothing: the books have it.
func (waits) Start(_ context.Context, o Order) (Outcome, error) {
	return Outcome{State: o.Deposit.State}, nil
}

// Lookup knows nothing new.
func (waits) Lookup(_ context.Context, o Order) (Outcome, error) {
	return Outcome{State: o.Deposit.State}, nil
}

// PurchaseOrder is the purchase order (claim 39): the service lends until its invoice is paid.
type PurchaseOrder struct {
	waits
	To Payee // to whom the invoice is paid
}

// PayTo is to whom the invoice is paid.
func (p PurchaseOrder) PayTo() Payee { return p.To }

// Info describes the method.
func (PurchaseOrder) Info() Info {
	return Info{
		Name: OrderName, Title: "Purchase order", Kind: ledger.DepositOnOrder, Arrives: "when it is accepted", Cost: "free",
		Help: "You sign an order and get an invoice, due in 30 days. The tokens can be spent when the service has accepted " +
			"it, up to a limit that it has set for your wallet.",
		Begins: "Print the text to sign with: po template NUMBER AMOUNT CURRENCY.",
	}
}

// Steps tell the buyer what to do.
func (p PurchaseOrder) Steps(d ledger.Deposit) []string {
	switch d.State {
	case ledger.DepositSubmitted:
		return []string{"The service decides about the order. There is nothing to do."}
	case ledger.DepositInvoiced, ledger.DepositOverdue:
		return []string{
			"Pay " + d.Amount.String() + " to " + p.To.Name + " by " + d.Order.Due.Format("2 January 2006") + ".",
			"Write this reference on it: " + d.Reference,
		}
	}
	return nil
}

// MailedBill is the bill of an account that pays afterwards (claim 39): what was bought in a month is billed, on paper
// for who has given a postal address.
type MailedBill struct {
	waits
	To Payee // to whom it is paid
}

// PayTo is to whom a bill is paid.
func (b MailedBill) PayTo() Payee { return b.To }

// Info describes the method.
func (MailedBill) Info() Info {
	return Info{
		Name: ledger.BillMethod, Title: "Bill, by mail", Kind: ledger.DepositPaper, Arrives: "before it is paid",
		Cost: "free",
		Help: "You buy on credit, up to a line that the service has set for your account, and pay a bill each month. " +
			"With a postal address the bill comes by mail, else it stands in bills.",
		Begins: "Ask the service for a credit line, and say where your bills go: bill address set.",
	}
}

// Steps tell the payer what to do.
func (b MailedBill) Steps(d ledger.Deposit) []string {
	if d.State != ledger.DepositAwaiting {
		return nil
	}
	return []string{
		"Pay " + d.Amount.String() + " to " + b.To.Name + ", in any way.",
		"At a bank, write this reference on it: " + d.Reference,
	}
}

// Phone is the card by phone (claim 39): a representative begins it, and the caller types the card at the processor's.
type Phone struct {
	waits
	Card Method // by which it is paid
}

// Info describes the method.
func (p Phone) Info() Info {
	card := p.Card.Info()
	return Info{
		Name: PhoneName, Title: "Card, by phone", Kind: ledger.DepositOnline, Simulated: card.Simulated,
		Currencies: card.Currencies, Min: card.Min, Max: card.Max, Arrives: card.Arrives, Cost: card.Cost,
		Help: "You call, and are told a short address that leads to the page of the card processor. Nobody asks for the " +
			"number of your card by phone.",
		Begins: "Call the service: a representative begins it for your wallet.",
	}
}

// Steps has none: what is begun by phone is a deposit by card.
func (Phone) Steps(ledger.Deposit) []string { return nil }

// Bill charges on the bill of a provider of internet access or of a utility (claim 39).
type Bill struct {
	waits
	Name string // ledger.MethodISP, ledger.MethodUtility
}

// Info describes the method.
func (b Bill) Info() Info {
	title, whose := "Bill of your internet provider", "your internet provider"
	if b.Name == ledger.MethodUtility {
		title, whose = "Bill of a utility", "a utility"
	}
	return Info{
		Name: b.Name, Title: title, Kind: ledger.DepositOnBill, Arrives: "when the biller accepts it", Cost: "free",
		Help: "It is charged on the bill of " + whose + ". Your account there is added once with: " +
			"biller join BILLER ACCOUNT.",
	}
}

// Steps tell the payer what to do.
func (Bill) Steps(d ledger.Deposit) []string {
	if d.State != ledger.DepositSubmitted {
		return nil
	}
	if d.Bill.First {
		return []string{
			"Wait for the next bill: it has a code on the line of " + d.Amount.String() + ".",
			"Type: biller confirm " + d.Bill.Biller + " CODE",
		}
	}
	return []string{"It is sent to " + d.Bill.Biller + " with the next file. There is nothing to do."}
}
