package ledger

// Wallet is a user's account in one currency with its limits and their counters (claims 8, 9).
type Wallet struct {
	User     UserID
	Currency Currency
	// Balances in micros, kept equal to the sub-accounts 2000, 2005, 2010 and 1200 by package books.
	Paid, Uncollected, Held, Owed int64
	// Lots is what was paid in and can be taken back, the earliest day first. Lots and past follow from the journal, see
	// [Wallet.After].
	Lots   []Lot
	Past   Past
	Limits Limits
	Spent  Counters
	Last   EntryNo // newest entry of this wallet
	Count  uint64  // entries so far
	Hidden uint64  // of them those that are no rows, see [Entry.Shown]
	Credit Credit  // zero: prepaid
	// Incentives are what was given to the wallet, the oldest first.
	Incentives []IncentiveLot
	// Closed says that its owner has closed the wallet: what comes in does not stay here, see [DecideLate].
	Closed bool
}

// credited are the postings of micros that come into the wallet: what it owes is paid first, the rest is paid tokens.
func (w Wallet) credited(micros int64) []Posting {
	debt := min(max(w.Owed, 0), micros)
	return []Posting{
		{Account{Receivable, w.Currency, uint64(w.User)}, -debt}, {Account{Paid, w.Currency, uint64(w.User)}, debt - micros},
	}
}

// OpenWallet returns a new account in a currency of the policy, with the policy's limits. It refuses another currency
// with ErrInvalid.
func OpenWallet(p Policy, id UserID, c Currency) (Wallet, error) {
	if err := checkHeld(c, p.Currencies); err != nil {
		return Wallet{}, err
	}
	return Wallet{User: id, Currency: c, Limits: p.In(c).Limits}, nil
}
