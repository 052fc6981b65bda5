package ledger

// Effect is what an entry changed for a wallet that it names: what can be spent or will be once cleared, less what is
// owed. It is what a row of the history adds to the balance, see [Wallet.Balance].
func (e Entry) Effect(u UserID) (micros int64) {
	for _, p := range e.Postings {
		if p.Account.Class == Promo && u == e.User { // the account has the name of the incentive
			micros -= p.Micros
		}
		if p.Account.Owner != uint64(u) {
			continue
		}
		switch p.Account.Class {
		case Paid, Uncollected, Receivable:
			micros -= p.Micros
		}
	}
	return micros
}

// Shown returns whether an entry is a row in the history of a wallet that it names. The entry alone decides, so the
// rows of a wallet are counted as they are written: what was shown once is shown for ever. A row is what changed the
// balance; a sale, a dispute and a transfer, whose rows carry what became of them; and how a deposit ended of which
// nothing came; and what a person decided about the wallet. A deposit on its way is in the list of deposits.
func (e Entry) Shown(u UserID) bool {
	switch e.Kind {
	case KindPurchase, KindHold, KindDispute:
		return true
	case KindDeposit:
		return e.Deposit != nil && (e.Deposit.State.endedEmpty() || e.Effect(u) != 0)
	case KindCapture, KindVoid, KindRefund, KindDisputeDecided, KindTransfer, KindTransferClaimed, KindTransferRecalled,
		KindExchange, KindExchanged,
		KindWriteOff, KindIncentive, KindIncentiveEnded,
		KindGoodwill,
		KindRedemption:
		return e.Effect(u) != 0
	case KindRecovered, KindBill, KindUnclaimed, KindWalletClosed, KindReferral, KindRevoked:
		return true
	case KindLimit, KindLink, KindUnlink, KindUnblock, KindFreeze, KindCredit, KindVault, KindMandate, KindOrderLimit,
		KindBillerAccount,
		KindVoice,
		KindRefill, KindAgent:
		return e.Change != nil
	}
	return false // the other kinds are not of a person, or the row of their sale tells of them
}

// endedEmpty returns whether nothing came of a deposit, and nothing will.
func (s DepositState) endedEmpty() bool {
	return s == DepositFailed || s == DepositCanceled || s == DepositExpired
}

// Balance is what all rows of the wallet's history add up to: what can be spent, and what is not cleared yet, less what
// is owed. What is held left it with the row of the hold.
func (w Wallet) Balance() int64 { return w.Paid + w.Uncollected - w.Owed + w.incentiveTotal() }

// Rows is how many entries of the wallet are rows of its history.
func (w Wallet) Rows() uint64 { return w.Count - w.Hidden }
