package ledger

import "time"

// RevokeRequest ends a grant before its time.
type RevokeRequest struct {
	Reason string // shown to the buyer
	Actor  Actor
}

// RevokeOutcome is a grant that was revoked. Again: it had been before, there is nothing to write.
type RevokeOutcome struct {
	Entry    Entry
	Purchase Purchase
	Again    bool
}

// DecideRevoke ends a grant for its vendor. It moves no money: what the buyer gets back is a refund or the end of a
// dispute, which stays open to the buyer as before. A grant that was revoked, by whatever, stays as it is. It refuses
// with ErrInvalid a reason that is missing or too long, with ErrState what was never captured, and with ErrGrantOver
// what has ended by its own bounds.
func DecideRevoke(r RevokeRequest, f SaleFacts, now time.Time) (RevokeOutcome, error) {
	p, s := f.Purchase, f.Sold.Sale
	if s == nil {
		return RevokeOutcome{}, RefuseNotFound("grant")
	}
	reason, err := typedLine("reason", r.Reason, maxReason)
	if err == nil && reason == "" {
		err = Invalid("reason", "Say why, for the buyer to read.", "The reason is missing.")
	}
	if err != nil {
		return RevokeOutcome{}, err
	}
	switch st := GrantStatus(s, p, now); {
	case !p.Grant.Revoked.IsZero():
		return RevokeOutcome{Purchase: p, Again: true}, nil
	case p.State == PurchaseHeld:
		return RevokeOutcome{}, RefuseState("charge", "held: void it instead")
	case st == GrantRevoked:
		return RevokeOutcome{}, RefuseState("charge", StateWord(p.State))
	case st == GrantExpired:
		return RevokeOutcome{}, refuseGrantOver(endedBy(s, p))
	case st == GrantExhausted:
		return RevokeOutcome{}, refuseGrantOver("views")
	}
	e := f.step(now, KindRevoked, r.Actor, 0)
	e.Amount, e.Reason = Amount{}, reason
	if f.User.Status != UserClosed { // a wallet that is closed has no history
		e.Wallet = f.Sold.Amount.Currency
	}
	p = p.revoke(&e)
	e.Change.Currency = f.Sold.Amount.Currency
	return RevokeOutcome{Entry: e, Purchase: p}, nil
}

// revoke ends the grant of a sale by an entry, which says so. What has ended it first is what has ended it.
func (p Purchase) revoke(e *Entry) Purchase {
	if !p.Grant.Revoked.IsZero() {
		return p
	}
	p.Grant.Revoked, p.Grant.By, p.Grant.Vendor = e.At, e.No, e.Vendor
	e.Change = &Change{Name: "grant", New: string(GrantRevoked)}
	return p
}

// Revokes returns whether an entry has ended a grant before its time: its vendor did, or all of its price went back.
func (e Entry) Revokes() bool {
	switch e.Kind {
	case KindRevoked, KindRefund, KindDispute, KindDisputeDecided:
		return e.Change != nil && e.Change.New == string(GrantRevoked)
	}
	return false
}

// WhyNot is in a word why a grant does not open now: held, disputed, revoked, or the bound that ended it. "": it opens.
func WhyNot(s *Sale, p Purchase, now time.Time) string {
	switch GrantStatus(s, p, now) {
	case GrantActive:
		return ""
	case GrantPending:
		if p.State == PurchaseHeld {
			return "held"
		}
		return "disputed"
	case GrantExhausted:
		return "views"
	case GrantExpired:
		return endedBy(s, p)
	}
	return "revoked"
}
