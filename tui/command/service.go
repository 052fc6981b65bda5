package command

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Service is what the terminal needs of the server. The caller comes first in every call and is never believed for more
// than its key: the service looks up what that key may do each time.
type Service interface {
	Wallet
	Desk
	Settling
	Referring
	Offline
	Calling
	Redeeming
	Office
	Shop

	// House returns what every key may know, also one without a wallet.
	House(ctx context.Context) (view.House, error)
	// WhoAmI returns what the key may do. An unknown key is not an error: its role is RoleNone.
	WhoAmI(ctx context.Context, who view.Caller) (view.Identity, error)
	// Rates returns the rates of exchange that were loaded last.
	Rates(ctx context.Context, who view.Caller) ([]view.Rate, error)
	// Watch returns a channel (capacity 1, never blocks) that wakes its reader whenever something of this caller may have
	// changed, until ctx ends.
	Watch(ctx context.Context, who view.Caller) (<-chan view.Wake, error)
}

// Wallet is what a member of a wallet may do.
type Wallet interface {
	// Join opens a wallet for an unknown key (claim 8). The recovery code is in this answer and in no later one.
	Join(ctx context.Context, who view.Caller, r view.JoinRequest) (view.Joined, error)
	// Recover makes the calling key the only one of the wallet that the code belongs to, with a new code.
	Recover(ctx context.Context, who view.Caller, code string) (view.Joined, error)
	// Touch says that the person pressed a key: the purchase window moves on. Cheap; call it as often as keys come.
	Touch(ctx context.Context, who view.Caller) error
	// Lock closes the purchase window now.
	Lock(ctx context.Context, who view.Caller) error
	// Settings stores the settings that are given; what is empty stays as it is.
	Settings(ctx context.Context, who view.Caller, c view.SettingsChange) (view.Identity, error)

	// Keys returns the keys that open the wallet, and what is known of its recovery code.
	Keys(ctx context.Context, who view.Caller) (view.KeyRing, error)
	// NameKey names a key, which is given by its fingerprint, the beginning of it, or its name.
	NameKey(ctx context.Context, who view.Caller, key, name string) (view.KeyRing, error)
	// AddKey returns a code that adds one more key to the wallet, once, within ten minutes.
	AddKey(ctx context.Context, who view.Caller) (view.KeyCode, error)
	// JoinKey adds the calling key to the wallet that has given the code. Wrong codes are counted.
	JoinKey(ctx context.Context, who view.Caller, code, name string) (view.Identity, error)
	// EndKey ends a key and its sessions. The last one does not end (ledger.ErrState), and a new key ends no other
	// (ledger.ErrNotAllowed).
	EndKey(ctx context.Context, who view.Caller, key string) (view.KeyRing, error)
	// Agents returns the keys by which programs pay, those that pay first. AddAgent lets a program pay; LimitAgent changes
	// what it may, a looser bound has to be confirmed (ledger.ErrConfirm); EndAgent stops it at once.
	Agents(ctx context.Context, who view.Caller) ([]view.Agent, error)
	AddAgent(ctx context.Context, who view.Caller, q view.AgentOrder) (view.Agent, error)
	LimitAgent(ctx context.Context, who view.Caller, q view.AgentChange) (view.Agent, error)
	EndAgent(ctx context.Context, who view.Caller, name string) (view.Agent, error)
	// ForgetBrowser has vendors ask again in a browser of the ring.
	ForgetBrowser(ctx context.Context, who view.Caller, id string) (view.KeyRing, error)
	// RenewRecovery returns a new recovery code, in this answer and in no later one. The one before it is good for a week.
	RenewRecovery(ctx context.Context, who view.Caller) (view.Renewed, error)
	// ClosingTerms returns what the end of the wallet means, and what has to be done first; it changes nothing.
	// CloseWallet closes it for good, and returns the code for what comes in later, in this answer and in no later one.
	// ClaimClosed brings what has come into a closed wallet to the calling one.
	ClosingTerms(ctx context.Context, who view.Caller) (view.Closing, error)
	CloseWallet(ctx context.Context, who view.Caller) (view.Closing, error)
	ClaimClosed(ctx context.Context, who view.Caller, code string) (view.ClosedClaim, error)

	// Overview returns the wallet at one look.
	Overview(ctx context.Context, who view.Caller) (view.Overview, error)
	// Methods returns the ways to add funds that are open to this wallet.
	Methods(ctx context.Context, who view.Caller) ([]view.Method, error)
	// Fund begins a deposit. With the key of an earlier call it returns that deposit; with other terms under the same key
	// it is refused (ledger.ErrKeyReused).
	Fund(ctx context.Context, who view.Caller, r view.FundRequest) (view.Deposit, error)
	// Deposits returns the newest deposits, at most Paging.Limit.
	Deposits(ctx context.Context, who view.Caller, p view.Paging) ([]view.Deposit, error)
	// BankAccounts returns the bank accounts that can be debited. BankTerms returns what a person agrees to who adds one,
	// and writes nothing; BankAdd keeps it, BankRemove deletes it, which is refused while a debit is under way
	// (ledger.ErrState).
	BankAccounts(ctx context.Context, who view.Caller) ([]view.BankAccount, error)
	BankTerms(ctx context.Context, who view.Caller, q view.BankRequest) (view.BankTerms, error)
	BankAdd(ctx context.Context, who view.Caller, q view.BankRequest) (view.BankAccount, error)
	BankRemove(ctx context.Context, who view.Caller, id string) (view.BankAccount, error)
	// Mandates returns the mandates to debit them, RevokeMandate ends one.
	Mandates(ctx context.Context, who view.Caller) ([]view.Mandate, error)
	RevokeMandate(ctx context.Context, who view.Caller, id string) (view.Mandate, error)
	// CancelDeposit withdraws a deposit that waits for its payer. One that was paid at the same moment is returned as
	// paid; one that does not wait is refused (ledger.ErrState).
	CancelDeposit(ctx context.Context, who view.Caller, id string) (view.Deposit, error)

	// History returns a page of what the query lets through, newest first, with the cursor of the next page (claim 22).
	History(ctx context.Context, who view.Caller, q view.HistoryQuery) (view.History, error)
	// Show returns all that is known of one row of the history. An id of another wallet is not found (ledger.ErrNotFound).
	Show(ctx context.Context, who view.Caller, id string) (view.Detail, error)

	// Library returns what was bought and can be opened, newest first (claim 25).
	Library(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.LibraryItem], error)
	// OpenContent opens what was bought and counts a view; what was opened a few minutes ago is opened again as the same
	// view. What the grant does not give is refused (ledger.ErrGrantOver).
	OpenContent(ctx context.Context, who view.Caller, id string) (view.Opened, error)

	// Get opens content by its address or by the offer that sells it, and buys it first if it was not bought. An address
	// that nothing sells is refused (ledger.ErrNotFound), and what does not come costs nothing (ledger.ErrUnavailable).
	Get(ctx context.Context, who view.Caller, q view.Get) (view.Got, error)

	// Looks returns which members of staff looked at the wallet, and why, newest first.
	Looks(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.Look], error)

	// Limits returns the bounds of all accounts, then those at vendors, each with what is used of it.
	Limits(ctx context.Context, who view.Caller) ([]view.Limit, error)
	// SetLimit changes one bound and returns all; a looser one has to be confirmed (ledger.ErrConfirm). warning is "" or
	// a sentence, for example that more is spent already.
	SetLimit(ctx context.Context, who view.Caller, c ledger.LimitChange) (all []view.Limit, warning string, err error)

	// WhatIf returns what a bound would have refused of the purchases of the last 30 days. It changes nothing.
	WhatIf(ctx context.Context, who view.Caller, c ledger.LimitChange) (view.WhatIf, error)
	// WhatIfLink returns what a permission would have paid without asking of those at its vendor. It changes nothing.
	WhatIfLink(ctx context.Context, who view.Caller, r view.LinkRequest) (view.WhatIf, error)

	// Vendors returns the vendors that the wallet knows, with or without a permission.
	Vendors(ctx context.Context, who view.Caller) ([]view.Link, error)
	// Link gives a vendor a standing permission inside bounds, instead of an earlier one (claims 13, 21). Bounds that are
	// looser than those at the vendor have to be confirmed (ledger.ErrConfirm).
	Link(ctx context.Context, who view.Caller, r view.LinkRequest) (view.Link, error)
	// Unlink ends the standing permission.
	Unlink(ctx context.Context, who view.Caller, vendor string) (view.Link, error)
	// Block ends it too and refuses every later request of the vendor. Unblock takes that back; the permission does not
	// come back with it.
	Block(ctx context.Context, who view.Caller, vendor string) (view.Link, error)
	Unblock(ctx context.Context, who view.Caller, vendor string) (view.Link, error)

	// Dispute contests a purchase. What rules decide is decided when it returns (claim 14).
	Dispute(ctx context.Context, who view.Caller, r view.DisputeRequest) (view.Dispute, error)
	// ContestDispute takes or declines the vendor's offer, appeals, or withdraws. What does not follow from the state of
	// the dispute is refused (ledger.ErrState).
	ContestDispute(ctx context.Context, who view.Caller, q view.DisputeAct) (view.Dispute, error)
	// Disputes returns the user's disputes, newest first.
	Disputes(ctx context.Context, who view.Caller) ([]view.Dispute, error)

	// Pending returns the requests that can be answered now.
	Pending(ctx context.Context, who view.Caller) ([]view.Approval, error)
	// Approval looks up a request by the code that the person typed. Wrong codes are counted.
	Approval(ctx context.Context, who view.Caller, code string) (view.Approval, error)
	// Answer says yes or no to a request, and pays it or not. A request is answered once: a later call returns the first
	// receipt with Again set, whichever way it was answered.
	Answer(ctx context.Context, who view.Caller, a view.Answer) (view.Receipt, error)

	// Transfer takes tokens out of the account and returns the code that gives them to who types it (claim 31).
	Transfer(ctx context.Context, who view.Caller, r view.TransferRequest) (view.Transfer, error)
	// Claim puts the tokens of a transfer into the caller's account. Wrong codes are counted.
	Claim(ctx context.Context, who view.Caller, code string) (view.Transfer, error)
	// Recall takes back a transfer that is not claimed; one that is claimed is refused (ledger.ErrState).
	Recall(ctx context.Context, who view.Caller, id string) (view.Transfer, error)
	// Transfers returns what the wallet has sent and received, newest first.
	Transfers(ctx context.Context, who view.Caller) ([]view.Transfer, error)

	// Credit returns the accounts that pay afterwards.
	Credit(ctx context.Context, who view.Caller) ([]view.Postpaid, error)
	// Incentives returns what was given to the wallet.
	Incentives(ctx context.Context, who view.Caller) ([]view.Incentive, error)
	// TakeIncentive takes a gift of a campaign by its code.
	TakeIncentive(ctx context.Context, who view.Caller, code string) (view.Incentive, error)
	// RedeemVoucher brings the tokens of a voucher into the wallet.
	RedeemVoucher(ctx context.Context, who view.Caller, code string) (view.Incentive, error)
	// Bills returns the bills of all accounts.
	Bills(ctx context.Context, who view.Caller) ([]view.Bill, error)

	// QuoteExchange returns what an exchange between two accounts would be, and the quote that holds it for a while.
	// Nothing is stored; what Exchange would refuse is refused, but for a closed window.
	QuoteExchange(ctx context.Context, who view.Caller, r view.ExchangeRequest) (view.Exchange, error)
	// Exchange carries it out. A quote is used once: named again it returns the same exchange.
	Exchange(ctx context.Context, who view.Caller, r view.ExchangeRequest) (view.Exchange, error)
}

// Desk is what staff may do. Every change is written to the journal.
type Desk interface {
	// VendorCreate opens a vendor and returns its API key, in this answer only.
	VendorCreate(ctx context.Context, who view.Caller, r view.VendorRequest) (view.VendorKey, error)
	// VendorKey makes a new API key for a vendor and ends the earlier ones.
	VendorKey(ctx context.Context, who view.Caller, name string) (view.VendorKey, error)
	// StaffAdd gives an SSH key a role of staff; RoleNone ends it. The wallet is the person's own, "" if none is known.
	StaffAdd(ctx context.Context, who view.Caller, key string, role ledger.Role, wallet string) (view.Staff, error)
	// StaffList returns who works for the service, and who has.
	StaffList(ctx context.Context, who view.Caller) (view.Page[view.Staff], error)
	// StaffLog returns what staff did and whose wallets they looked at, newest first.
	StaffLog(ctx context.Context, who view.Caller, q view.AuditQuery) (view.Page[view.StaffAct], error)
	// Trial returns what each class of accounts stands at, in each currency.
	Trial(ctx context.Context, who view.Caller) (view.Page[view.TrialLine], error)
	// Coverage returns what the service has and what it owes, in each currency.
	Coverage(ctx context.Context, who view.Caller) (view.Page[view.CoverageLine], error)
	// GeneralLedger returns a page of the postings of one class, newest first.
	GeneralLedger(ctx context.Context, who view.Caller, q view.LedgerQuery) (view.Page[view.LedgerLine], error)
	// Policy returns the settings of the operator, with their meaning.
	Policy(ctx context.Context, who view.Caller) ([]view.Setting, error)
	// SetPolicy changes one setting and returns all.
	SetPolicy(ctx context.Context, who view.Caller, name, value string) ([]view.Setting, error)
	// LoadRates makes the rates of a file those of the service, as a whole or not at all.
	LoadRates(ctx context.Context, who view.Caller, file []byte) (view.RatesLoaded, error)

	// GiveIncentive gives tokens of the service to a wallet.
	GiveIncentive(ctx context.Context, who view.Caller, q view.IncentiveRequest) (view.Incentive, error)
	// Campaigns of incentives: those of the service, or what a vendor has paid in.
	Campaigns(ctx context.Context, who view.Caller, vendor string, q view.Paging) (view.Page[view.Campaign], error)
	OpenCampaign(ctx context.Context, who view.Caller, q view.CampaignRequest) (view.Campaign, error)
	ApproveCampaign(ctx context.Context, who view.Caller, id string) (view.Campaign, error)
	CloseCampaign(ctx context.Context, who view.Caller, id string) (view.Campaign, error)
	// Token issues: those of the service, or what a vendor has paid for.
	TokenIssues(ctx context.Context, who view.Caller, vendor string, q view.Paging) (view.Page[view.TokenIssue], error)
	IssueVouchers(ctx context.Context, who view.Caller, q view.VoucherRequest) (view.TokenIssue, error)
	ApproveIssue(ctx context.Context, who view.Caller, id string) (view.TokenIssue, error)
	VoidIssue(ctx context.Context, who view.Caller, id string) (view.TokenIssue, error)
	// SetCredit gives an account a credit line, or takes it away with a line of nothing.
	SetCredit(
		ctx context.Context, who view.Caller, wallet string, line ledger.Amount, reason string,
	) (view.Postpaid, error)
	// BillNow bills an account before its month is over.
	BillNow(ctx context.Context, who view.Caller, wallet string, c ledger.Currency) (view.Postpaid, error)
	// WriteOff asks for the end of a debt; called by a second person it ends it.
	WriteOff(ctx context.Context, who view.Caller, wallet string, owed ledger.Amount, reason string) (view.Postpaid, error)
	// CreditList returns a page of the accounts that pay afterwards.
	CreditList(ctx context.Context, who view.Caller, q view.DeskQuery) (view.Page[view.Postpaid], error)

	// DeskFind returns what a text names, and which command shows more of it.
	DeskFind(ctx context.Context, who view.Caller, text string) (view.Page[view.Found], error)
	// DeskWallet returns a wallet as its owner sees it, but for codes and whatever buys. Its owner reads of the look.
	DeskWallet(ctx context.Context, who view.Caller, handle string, why ledger.StaffReason) (view.Mirror, error)
	// DeskQueue returns a page of what waits for a person, what was promised first on top.
	DeskQueue(ctx context.Context, who view.Caller, q view.TaskQuery) (view.Page[view.Task], error)
	// WriteMode lets a session of staff act for a while, or ends that.
	WriteMode(ctx context.Context, who view.Caller, on bool, why ledger.StaffReason) (view.WriteMode, error)
	// DeskNote notes something about a case. DeskClaim says who works on it, DeskRelease and DeskHand end that.
	DeskNote(ctx context.Context, who view.Caller, id, text string) (view.CaseFile, error)
	DeskClaim(ctx context.Context, who view.Caller, id string) (view.CaseFile, error)
	DeskRelease(ctx context.Context, who view.Caller, id string) (view.CaseFile, error)
	DeskHand(ctx context.Context, who view.Caller, id, to, text string) (view.CaseFile, error)
	// DeskCredit gives a wallet goodwill, DeskRefund a sale back to its buyer (an amount of nothing: all of it); above a
	// bound they are proposed.
	DeskCredit(
		ctx context.Context, who view.Caller, wallet string, amount ledger.Amount, reason string,
	) (view.Deed, error)
	DeskRefund(
		ctx context.Context, who view.Caller, purchase string, amount ledger.Amount, reason string,
	) (view.Deed, error)
	// DeskProposals returns a page of what waits for a second person, newest first; all: also of what is over.
	DeskProposals(ctx context.Context, who view.Caller, all bool, q view.Paging) (view.Page[view.Deed], error)
	// DeskApprove does what another person has proposed, DeskDeny ends it.
	DeskApprove(ctx context.Context, who view.Caller, id string) (view.Deed, error)
	DeskDeny(ctx context.Context, who view.Caller, id, reason string) (view.Deed, error)
	// VendorSuspend stops a vendor, VendorResume lets it sell again.
	VendorSuspend(ctx context.Context, who view.Caller, name, reason string) (view.VendorState, error)
	VendorResume(ctx context.Context, who view.Caller, name, reason string) (view.VendorState, error)
	// MakeBankFiles puts the debits of a method that wait into files, one for each network; none where nothing waits.
	MakeBankFiles(ctx context.Context, who view.Caller, method string) ([]view.BankFile, error)
	// BankFiles returns the files for banks, newest first; BankFile the bytes of one, always the same.
	BankFiles(ctx context.Context, who view.Caller, p view.Paging) ([]view.BankFile, error)
	BankFile(ctx context.Context, who view.Caller, id string) ([]byte, error)
	// BankSent says that the bank has a file.
	BankSent(ctx context.Context, who view.Caller, id string) (view.BankFile, error)
	// BankResume lets orders leave again after a restore.
	BankResume(ctx context.Context, who view.Caller, reason string) (view.Resumed, error)
	// ReadBankFile reads a file of a bank, or with yes false tells what would follow.
	ReadBankFile(ctx context.Context, who view.Caller, file []byte, yes bool) (view.BankNews, error)

	// DeskDisputes returns a page of what waits for a decision, oldest promise first.
	DeskDisputes(ctx context.Context, who view.Caller, q view.DeskQuery) (view.Page[view.Dispute], error)
	// AskVendor asks the vendor of a dispute; both sides read the question.
	AskVendor(ctx context.Context, who view.Caller, id, question string) (view.Dispute, error)
	// Decide decides a dispute; the reason is read by both sides. The side that lost may appeal, once.
	Decide(ctx context.Context, who view.Caller, id string, userWins bool, reason string) (view.Dispute, error)
	// DeskDeposits returns a page of the offline deposits that are on their way, oldest first.
	DeskDeposits(ctx context.Context, who view.Caller, q view.DeskQuery) (view.Page[view.Deposit], error)
	// Freeze stops a wallet, Thaw ends that: nothing is bought, funded or sent meanwhile.
	Freeze(ctx context.Context, who view.Caller, wallet, reason string) (view.Frozen, error)
	Thaw(ctx context.Context, who view.Caller, wallet, reason string) (view.Frozen, error)
	// DeskReceipts returns a page of the receipts that wait for a person, oldest first.
	DeskReceipts(ctx context.Context, who view.Caller, q view.DeskQuery) (view.Page[view.Unallocated], error)
	// ReceiptAdd keeps money apart that came and that no open deposit has announced so. ReceiptMatch credits it to a
	// wallet as a new deposit, ReceiptReturn sends it back.
	ReceiptAdd(ctx context.Context, who view.Caller, r view.UnallocatedRequest) (view.Unallocated, error)
	ReceiptMatch(ctx context.Context, who view.Caller, id, wallet, reason string) (view.Unallocated, error)
	ReceiptReturn(ctx context.Context, who view.Caller, id, reason string) (view.Unallocated, error)
	// AdvanceDeposit moves an offline deposit on: received, cleared, bounced, returned. The amount must be what was
	// announced.
	AdvanceDeposit(
		ctx context.Context, who view.Caller, reference, step string, amount ledger.Amount,
	) (view.Deposit, error)
}
