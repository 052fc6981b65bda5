package command

import (
	"context"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Offline is what the methods of payment need that are begun by phone, by an order or on a bill.
type Offline interface {
	// PayByPhone begins a card deposit for a caller. The code is in this answer and in no later one.
	PayByPhone(ctx context.Context, who view.Caller, wallet string, amount ledger.Amount) (view.PayLink, error)

	// OrderTemplate returns the text of a purchase order; the zero time is 30 days from now.
	OrderTemplate(
		ctx context.Context, who view.Caller, number string, amount ledger.Amount, until time.Time,
	) (view.OrderText, error)
	// SubmitOrder takes an order with its signature. The same one again is the same deposit.
	SubmitOrder(ctx context.Context, who view.Caller, signed []byte) (view.Deposit, error)
	// EnterOrder takes an order that came on paper.
	EnterOrder(ctx context.Context, who view.Caller, q view.PaperOrder) (view.Deposit, error)
	// DecideOrder moves an order on: accept, deny, paid, write-off. An amount that is given must be the ordered one.
	DecideOrder(
		ctx context.Context, who view.Caller, name, step string, amount ledger.Amount, reason string,
	) (view.Deposit, error)
	// DepositSheet returns what is printed for a deposit: a slip or an invoice.
	DepositSheet(ctx context.Context, who view.Caller, id string) (view.Sheet, error)
	// SetOrderLimit sets what a wallet may owe for orders.
	SetOrderLimit(ctx context.Context, who view.Caller, wallet string, limit ledger.Amount) (view.OrderCredit, error)

	// Billers returns the billers, with the caller's accounts.
	Billers(ctx context.Context, who view.Caller) ([]view.Biller, error)
	// JoinBiller asks for an account at a biller: the smallest charge goes on the bill, with a code.
	JoinBiller(ctx context.Context, who view.Caller, biller, number string) (view.Deposit, error)
	// ConfirmBiller takes that code. Wrong codes are counted.
	ConfirmBiller(ctx context.Context, who view.Caller, biller, code string) (view.Biller, error)
	// SetBiller opens a biller or changes it.
	SetBiller(ctx context.Context, who view.Caller, q view.BillerRequest) (view.Biller, error)
	// BillerFile returns a file of charges: a new one for 0, else an earlier one byte for byte.
	BillerFile(ctx context.Context, who view.Caller, biller string, number uint64) (view.BillerFile, error)
	// ReadBillerFile takes a biller's file, as a whole or not at all.
	ReadBillerFile(ctx context.Context, who view.Caller, biller string, file []byte) (view.BillerRead, error)
	// PlayBiller returns what a simulated biller answers to a file.
	PlayBiller(ctx context.Context, who view.Caller, biller string, number uint64, later bool) ([]byte, error)
}
