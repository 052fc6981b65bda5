package tui

import (
	"context"

	"tuppence/server/ledger"
)

// Service is what the terminal needs of the house. The caller comes first in every call and is never believed for more
// than its key: the service looks up what that key may do each time.
type Service interface {
	Wallet
	Desk

	// House tells what everybody may know.
	House(ctx context.Context) (ledger.House, error)
	// WhoAmI tells what the key may do. An unknown key is not an error: its role is RoleNone.
	WhoAmI(ctx context.Context, who ledger.Caller) (ledger.Identity, error)
	// Watch wakes the channel (capacity 1, never blocks) whenever something of this caller may have changed, until ctx ends.
	Watch(ctx context.Context, who ledger.Caller) (<-chan struct{}, error)
}

// Wallet is what a member of a wallet may do.
type Wallet interface {
	Join(ctx context.Context, who ledger.Caller, r ledger.JoinRequest) (ledger.Joined, error)
	Recover(ctx context.Context, who ledger.Caller, code string) (ledger.Joined, error)
	// Touch says that the person pressed a key: the purchase window moves on. Cheap; call it as often as keys come.
	Touch(ctx context.Context, who ledger.Caller) error
	// Lock closes the purchase window now.
	Lock(ctx context.Context, who ledger.Caller) error
	// Settings stores the time zone and the theme; "" leaves one as it is.
	Settings(ctx context.Context, who ledger.Caller, zone, theme string) (ledger.Identity, error)

	Overview(ctx context.Context, who ledger.Caller) (ledger.Overview, error)
	Methods(ctx context.Context, who ledger.Caller) ([]ledger.MethodInfo, error)
	Fund(ctx context.Context, who ledger.Caller, r ledger.FundRequest) (ledger.DepositView, error)
	Deposits(ctx context.Context, who ledger.Caller, p ledger.Page) ([]ledger.DepositView, error)

	History(ctx context.Context, who ledger.Caller, q ledger.HistoryQuery) (ledger.HistoryPage, error)
	Show(ctx context.Context, who ledger.Caller, id string) (ledger.Detail, error)

	Limits(ctx context.Context, who ledger.Caller) ([]ledger.LimitView, error)
	// SetLimit changes one bound and answers all; warning is "" or a sentence, for example that more is spent already.
	SetLimit(ctx context.Context, who ledger.Caller, c ledger.LimitChange) (all []ledger.LimitView, warning string, err error)

	Vendors(ctx context.Context, who ledger.Caller) ([]ledger.LinkView, error)
	Link(ctx context.Context, who ledger.Caller, r ledger.LinkRequest) (ledger.LinkView, error)
	// Unlink ends the standing permission; block refuses every later request of the vendor too.
	Unlink(ctx context.Context, who ledger.Caller, vendor string, block bool) (ledger.LinkView, error)

	Dispute(ctx context.Context, who ledger.Caller, r ledger.DisputeRequest) (ledger.DisputeView, error)
	Disputes(ctx context.Context, who ledger.Caller) ([]ledger.DisputeView, error)

	Pending(ctx context.Context, who ledger.Caller) ([]ledger.Approval, error)
	// Approval looks up a request by the code that the person typed. Wrong codes are counted.
	Approval(ctx context.Context, who ledger.Caller, code string) (ledger.Approval, error)
	Answer(ctx context.Context, who ledger.Caller, a ledger.Answer) (ledger.Receipt, error)

	Transfer(ctx context.Context, who ledger.Caller, r ledger.TransferRequest) (ledger.TransferView, error)
	Claim(ctx context.Context, who ledger.Caller, code string) (ledger.TransferView, error)
	Recall(ctx context.Context, who ledger.Caller, id string) (ledger.TransferView, error)
	Transfers(ctx context.Context, who ledger.Caller) ([]ledger.TransferView, error)
}

// Desk is what staff may do. Every change is written to the journal.
type Desk interface {
	VendorCreate(ctx context.Context, who ledger.Caller, r ledger.VendorRequest) (ledger.VendorKey, error)
	VendorKey(ctx context.Context, who ledger.Caller, name string) (ledger.VendorKey, error)
	StaffAdd(ctx context.Context, who ledger.Caller, key string, role ledger.Role) (ledger.Staff, error)
	Policy(ctx context.Context, who ledger.Caller) ([]ledger.PolicyLine, error)
	SetPolicy(ctx context.Context, who ledger.Caller, name, value string) ([]ledger.PolicyLine, error)

	// DeskDisputes lists what waits for a decision, oldest promise first.
	DeskDisputes(ctx context.Context, who ledger.Caller) ([]ledger.DisputeView, error)
	Decide(ctx context.Context, who ledger.Caller, id string, userWins bool, reason string) (ledger.DisputeView, error)
	// DeskDeposits lists offline deposits that are on their way.
	DeskDeposits(ctx context.Context, who ledger.Caller) ([]ledger.DepositView, error)
	// Step moves an offline deposit on: received, cleared, bounced. The amount must be what was announced.
	Step(ctx context.Context, who ledger.Caller, reference, step string, amount ledger.Amount) (ledger.DepositView, error)
}
