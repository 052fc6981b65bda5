package ledger

import "time"

// Past is what a wallet has done so far: what the person has paid in, bought and contested. Older books did not keep
// it: a wallet of theirs counts from its first entry since, and begins as a new one does.
type Past struct {
	From     EntryNo // counted from this entry on
	PaidIn   int64   // micros paid in by the person and not taken back; what others have sent is not among it
	Returned int64   // micros that the rule has given back in disputes
	Waited   int64   // micros of disputes in which silence decides for the buyer
	Sales    uint64
	Disputes uint64
}

// After returns the wallet with its past and its lots after an entry of its own. Books and audit both call it, so both
// follow from the journal. Balances move with the postings. Of an entry of another wallet, which names this one, only
// what pays bills counts.
func (w Wallet) After(e Entry) Wallet {
	w = w.pays(e)
	if w.User != e.User {
		return w
	}
	w = w.afterIncentives(e)
	if w.Past.From == 0 {
		w.Past.From = e.No
	}
	switch p := &w.Past; e.Kind {
	case KindPurchase, KindCapture:
		p.Sales++
	case KindDispute:
		p.Disputes++
		switch d := e.Dispute; {
		case d == nil:
		case d.State == DisputeAutoResolved:
			p.Returned += e.Amount.Micros
		case d.State == DisputeNeedsResponse && !d.Refer:
			p.Waited += e.Amount.Micros
		}
		return w.afterDispute(e)
	case KindDisputeDecided:
		return w.afterDispute(e)
	case KindDeposit:
		return w.afterDeposit(e)
	case KindRedemption:
		return w.afterRedemption(e)
	case KindCredit, KindBill, KindWriteOff:
		return w.afterCredit(e)
	}
	return w
}

// Standing is what a person has shown so far in one currency. A key is free, so a new wallet may do little without a
// question; what it may do grows with money of its own that cannot be taken back, and with age. Tokens that others have
// sent count for nothing here: a quota is earned by a deposit once, whoever holds the tokens later.
type Standing struct {
	Cleared int64 // micros paid in that cannot be taken back any more
	Fresh   int64 // micros paid in that still can
}

// standing returns what the person has shown.
func (w Wallet) standing(now time.Time) Standing {
	fresh := min(w.AtRisk(now), w.Past.PaidIn)
	return Standing{Cleared: w.Past.PaidIn - fresh, Fresh: fresh}
}

// isNew reports whether a wallet is still new.
func (u User) isNew(now time.Time, p Policy) bool { return now.Before(u.Created.Add(p.Risk.NewFor)) }

// transferMax is how much the person may send in 24 hours.
func transferMax(u User, w Wallet, p Policy, now time.Time) int64 {
	if !u.isNew(now, p) {
		return p.TransferMax
	}
	return min(p.TransferMax, p.Risk.TransferNew+min(w.standing(now).Cleared, MaxMicros))
}

// returns is how much disputes may give back by rule over the life of the wallet: the policy's share of what was paid
// in. Of money that can still be taken back no more counts than one dispute needs.
func (s Standing) returns(p Policy) int64 {
	share := func(micros int64) int64 {
		n, err := mulDiv(micros, int64(p.Risk.DisputeShare), 10_000)
		if err != nil {
			return 0
		}
		return n
	}
	return share(s.Cleared) + min(share(s.Fresh), p.DisputeAuto)
}
