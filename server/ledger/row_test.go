package ledger

import "testing"

// Which entries are rows is told by the entry alone. What changed a balance always is, so rows add up to it.
func TestShown(t *testing.T) {
	const ann, bob UserID = 1, 2
	moved := func(k Kind, class Class, u UserID, micros int64) Entry {
		return Entry{Kind: k, User: ann, Counterparty: bob, Postings: []Posting{
			{Account{Class: class, Currency: "EUR", Owner: uint64(u)}, micros},
			{Account{Class: Bank, Currency: "EUR"}, -micros},
		}}
	}
	deposit := func(e Entry, s DepositState) Entry {
		e.Deposit = &Deposit{State: s}
		return e
	}
	for name, c := range map[string]struct {
		entry  Entry
		shown  bool
		effect int64
	}{
		"purchase":               {moved(KindPurchase, Paid, ann, 5), true, -5},
		"purchase of nothing":    {Entry{Kind: KindPurchase}, true, 0},
		"hold":                   {moved(KindHold, Paid, ann, 5), true, -5},
		"capture of all":         {Entry{Kind: KindCapture}, false, 0},
		"capture with a rest":    {moved(KindCapture, Paid, ann, -5), true, 5},
		"released hold":          {moved(KindVoid, Paid, ann, -5), true, 5},
		"refund":                 {moved(KindRefund, Paid, ann, -5), true, 5},
		"refund of a debt":       {moved(KindRefund, Receivable, ann, -5), true, 5},
		"dispute":                {Entry{Kind: KindDispute}, true, 0},
		"dispute lost":           {Entry{Kind: KindDisputeDecided}, false, 0},
		"dispute won":            {moved(KindDisputeDecided, Paid, ann, -5), true, 5},
		"transfer":               {moved(KindTransfer, Paid, ann, 5), true, -5},
		"transfer that came":     {moved(KindTransferClaimed, Paid, ann, -5), true, 5},
		"transfer that was sent": {moved(KindTransferClaimed, Paid, bob, -5), false, 0},
		"transfer taken back":    {moved(KindTransferRecalled, Paid, ann, -5), true, 5},
		"announced":              {deposit(Entry{Kind: KindDeposit}, DepositAwaiting), false, 0},
		"in processing":          {deposit(Entry{Kind: KindDeposit}, DepositProcessing), false, 0},
		"failed":                 {deposit(Entry{Kind: KindDeposit}, DepositFailed), true, 0},
		"canceled":               {deposit(Entry{Kind: KindDeposit}, DepositCanceled), true, 0},
		"expired":                {deposit(Entry{Kind: KindDeposit}, DepositExpired), true, 0},
		"succeeded":              {deposit(moved(KindDeposit, Paid, ann, -5), DepositSucceeded), true, 5},
		"settled":                {deposit(Entry{Kind: KindDeposit}, DepositSettled), false, 0},
		"received":               {deposit(moved(KindDeposit, Uncollected, ann, -5), DepositUncollected), true, 5},
		"bounced":                {deposit(moved(KindDeposit, Uncollected, ann, 5), DepositBounced), true, -5},
		"charged back":           {deposit(moved(KindDeposit, Receivable, ann, 5), DepositChargedBack), true, -5},
		"limit":                  {Entry{Kind: KindLimit}, false, 0},
	} {
		if got := c.entry.Shown(ann); got != c.shown {
			t.Errorf("%s: shown %v, want %v", name, got, c.shown)
		}
		if got := c.entry.Effect(ann); got != c.effect {
			t.Errorf("%s: effect %d, want %d", name, got, c.effect)
		}
	}
}
