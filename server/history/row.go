package history

import (
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// purchaseStates are the words of a buyer, who thinks of paying and not of capturing; a vendor's are those of
// [ledger.StateWord].
var purchaseStates = map[ledger.PurchaseState]view.State{
	ledger.PurchaseHeld:           "held",
	ledger.PurchaseCaptured:       "paid",
	ledger.PurchaseVoided:         "voided",
	ledger.PurchaseExpired:        "expired",
	ledger.PurchasePartlyRefunded: "partly_refunded",
	ledger.PurchaseRefunded:       "refunded",
}

// row shows an entry for one wallet. Shown is false for entries that change nothing a person counts: their meaning is
// in the state of the row that they continue, and in its timeline.
func (h *Reader) row(rec books.Record, c ledger.Currency) (row view.Row, shown bool, err error) {
	v, err := h.vendor(rec.Vendor)
	if err != nil {
		return row, false, err
	}
	// An entry of two wallets of one user is a row in each, with what it changed there.
	micros := rec.Effect(h.user.ID)
	row = view.Row{
		ID: h.svc.Seal.Entry(rec.No), At: view.At(rec.At), Vendor: v.Name, State: "done",
		Amount: ledger.Amount{Micros: micros, Currency: c},
	}
	shown = micros != 0
	switch rec.Kind {
	case ledger.KindPurchase, ledger.KindHold:
		return h.purchaseRow(row, rec)
	case ledger.KindCapture, ledger.KindVoid:
		row.Kind, err = "release", h.titled(&row, "Unused hold: ", rec.Cause)
	case ledger.KindRefund:
		row.Kind, err = "refund", h.titled(&row, "Refund: ", rec.Cause)
	case ledger.KindDeposit:
		return h.depositRow(row, rec)
	case ledger.KindDispute:
		return h.disputeRow(row, rec)
	case ledger.KindDisputeDecided:
		row.Kind = "dispute_decided"
		if rec.Dispute != nil {
			row.State = view.State(rec.Dispute.State)
			err = h.titled(&row, "Dispute: ", rec.Dispute.Purchase)
		}
	case ledger.KindTransfer:
		return h.transferRow(row, rec)
	case ledger.KindTransferClaimed:
		row.Kind, row.Title = "transfer_in", "Received with a claim code"
	case ledger.KindTransferRecalled:
		row.Kind, row.Title = "transfer_back", "Transfer that was not claimed"
	case ledger.KindExchange, ledger.KindExchanged:
		return h.exchangeRow(row, rec)
	case ledger.KindIncentive:
		return h.incentiveRow(row, rec)
	case ledger.KindIncentiveEnded:
		row.Kind, row.Title = "incentive_end", "Given tokens that expired"
	case ledger.KindWriteOff:
		row.Kind, row.Title = "write_off", "Debt given up by the service: "+rec.Reason
	case ledger.KindUnclaimed:
		return unclaimedRow(row, rec)
	case ledger.KindGoodwill:
		row.Kind, row.Title = "goodwill", "Goodwill: "+rec.Reason
	case ledger.KindRedemption:
		return h.redemptionRow(row, rec)
	case ledger.KindReferral:
		return h.referralRow(row, rec)
	case ledger.KindRevoked:
		row.Kind, row.Amount, shown = "grant_end", ledger.Amount{}, true
		err = h.titled(&row, "Ended by the vendor: ", rec.Cause)
		row.Title += ". " + rec.Reason
	default:
		return actRow(row, rec)
	}
	return row, shown, err
}

// actRow shows what a person decided about the wallet: it counts nothing, so the row names no amount. Other kinds of
// entries are in no history: they are not of a person, or the row of their sale tells of them.
func actRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	row.Amount = ledger.Amount{}
	blocks := rec.Change != nil && rec.Change.New == ledger.LinkWord(ledger.LinkBlocked)
	switch {
	case rec.Kind == ledger.KindRecovered && rec.Change != nil:
		row.Kind, row.Title = "recovery", "Opened again with the recovery code; permissions had ended"
	case rec.Kind == ledger.KindRecovered:
		row.Kind, row.Title = "recovery", "Recovered with the code; earlier keys ended"
	case rec.Kind == ledger.KindBill && rec.Bill != nil:
		row.Kind, row.Title = "bill", "Bill over "+rec.Amount.String()+", due on "+rec.Bill.Due.Format(time.DateOnly)
	case rec.Change == nil:
		return row, false, nil
	case rec.Kind == ledger.KindCredit:
		row.Kind, row.Title = "credit", "Credit line "+rec.Change.Old+" → "+rec.Change.New+": "+rec.Reason
	case rec.Kind == ledger.KindLimit:
		row.Kind, row.Title = "limit", "Changed "+rec.Change.Name+": "+rec.Change.Old+" → "+rec.Change.New
	case rec.Kind == ledger.KindLink && rec.Change.Fresh:
		row.Kind, row.Title = "link", "Linked "+row.Vendor
	case rec.Kind == ledger.KindLink:
		row.Kind, row.Title = "link", "Changed the link of "+row.Vendor
	case rec.Kind == ledger.KindUnlink && blocks:
		row.Kind, row.Title = "block", "Blocked "+row.Vendor
	case rec.Kind == ledger.KindUnlink:
		row.Kind, row.Title = "unlink", "Unlinked "+row.Vendor
	case rec.Kind == ledger.KindVoice:
		row.Kind, row.Title = "voice", "Phone access: "+rec.Change.New
		if rec.Reason != "" {
			row.Title += ". " + rec.Reason
		}
	case rec.Kind == ledger.KindFreeze && rec.Actor.Role == ledger.RoleUser && rec.Change.New == "frozen":
		row.Kind, row.Title = "freeze", "Frozen by you, by phone"
	case rec.Kind == ledger.KindFreeze && rec.Actor.Role == ledger.RoleUser:
		row.Kind, row.Title = "thaw", "Thawed by you"
	case rec.Kind == ledger.KindFreeze && rec.Change.New == "frozen":
		row.Kind, row.Title = "freeze", "Frozen by staff: "+rec.Reason
	case rec.Kind == ledger.KindFreeze:
		row.Kind, row.Title = "thaw", "Thawed by staff: "+rec.Reason
	case rec.Kind == ledger.KindAgent && rec.Agent != nil:
		row.Kind, row.Title = "agent", agentTitle(*rec.Agent, *rec.Change, rec.Reason)
	case rec.Kind == ledger.KindWalletClosed:
		row.Kind, row.Title = "closed", "Wallet closed"
	case rec.Kind == ledger.KindVault:
		row.Kind, row.Title = "bank", bankTitle(rec.Vault, rec.Change)
	case rec.Kind == ledger.KindMandate:
		row.Kind, row.Title = "mandate", mandateTitle(rec.Mandate)
	case rec.Kind == ledger.KindUnblock:
		row.Kind, row.Title = "unblock", "Unblocked "+row.Vendor
	case rec.Kind == ledger.KindOrderLimit:
		row.Kind, row.Title = "order_limit", "May owe for purchase orders: "+rec.Change.Old+" → "+rec.Change.New
	case rec.Kind == ledger.KindRefill && rec.Refill != nil:
		row.Kind, row.Title = "refill", refillTitle(*rec.Refill, *rec.Change)
	case rec.Kind == ledger.KindBillerAccount:
		row.Kind, row.Title = "biller", "Account at "+rec.Change.Name+": "+rec.Change.New
	default:
		return row, false, nil
	}
	return row, true, nil
}

// unclaimedRow shows a step of a balance whose owner was not seen for long. One that is announced moves nothing.
func unclaimedRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	if rec.Change == nil {
		return row, false, nil
	}
	row.Kind = "unclaimed"
	switch rec.Change.Name {
	case ledger.UnclaimedAnnounced:
		row.Amount = ledger.Amount{}
		row.Title = "Unused for long: sign in before " + rec.Change.Old + ", or it is unclaimed property"
	case ledger.UnclaimedMoved:
		row.Title = "Unused for long: unclaimed property, until you sign in"
	case ledger.UnclaimedLate:
		row.Title = "Came into the closed wallet: unclaimed property, until the code claims it"
	case ledger.UnclaimedDebt:
		row.Title = "Unclaimed property paid what the closed wallet owed"
	case ledger.UnclaimedHanded:
		row.Title = "Claimed from a closed wallet"
	case ledger.UnclaimedClaimed:
		row.Title = "Back from unclaimed property"
	case ledger.UnclaimedRemitted:
		row.Amount = ledger.Amount{}
		row.Title = rec.Amount.String() + " of unclaimed property paid to the state: " + rec.Reason
	default:
		return row, false, nil
	}
	return row, true, nil
}

// purchaseRow shows a sale as it stands: its entry never changes, the purchase does.
func (h *Reader) purchaseRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	if rec.Sale == nil {
		return row, false, nil
	}
	p, err := h.books.PurchaseOf(rec)
	if err != nil {
		return row, false, err
	}
	if row.Agent, err = h.agent(rec.Sale.Agent); err != nil {
		return row, false, err
	}
	row.ID, row.Kind, row.Title = h.svc.Seal.Charge(rec.No), "purchase", rec.Sale.Title
	row.State = purchaseStates[p.State]
	if p.Disputed > 0 {
		row.State, row.Disputed = "disputed", true
	}
	row.CanOpen = ledger.GrantStatus(rec.Sale, p, h.at) == ledger.GrantActive
	if row.CanOpen && rec.Sale.ContentURL == "" { // then from a copy that is kept here, if it is content at all
		_, row.CanOpen, err = h.books.CopyFor(rec.Sale.Offer, rec.Sale.Version)
	}
	return row, err == nil, err
}

// titled names a row after the sale that it continues. The row of a refund, a release or a dispute is found by the
// title of what it is about.
func (h *Reader) titled(row *view.Row, before string, sale ledger.EntryNo) error {
	sold, found, err := h.books.Entry(sale)
	if err != nil || !found || sold.Sale == nil {
		return err
	}
	v, err := h.vendor(sold.Vendor)
	row.Title, row.Vendor = before+sold.Sale.Title, v.Name
	return err
}

// incentiveRow shows tokens that were given away, or were paid for: with a voucher, or straight to this wallet.
func (h *Reader) incentiveRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	i := rec.Incentive
	if i == nil || i.Issue == 0 {
		row.Kind, row.Title = "incentive", "Given to you: "+rec.Reason
		return row, true, nil
	}
	v, err := h.vendor(i.Vendor) // its entry names no vendor, so that no vendor learns whose wallet it is
	row.Kind, row.Vendor, row.Title = "voucher", v.Name, "Voucher"
	if rec.Actor.Role == ledger.RoleVendor {
		row.Title = "Issued to you"
	}
	if rec.Reason != "" {
		row.Title += ": " + rec.Reason
	}
	return row, true, err
}

// depositRow shows the steps that moved tokens, and how a deposit ended of which none came. All of them carry the state
// that the deposit has now.
func (h *Reader) depositRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	if rec.Deposit == nil {
		return row, false, nil
	}
	now, found, err := h.books.Deposit(rec.Deposit.ID)
	if err != nil || !found {
		return row, false, err
	}
	// All rows of a deposit have its name: whichever is opened shows the same.
	row.Kind, row.ID, row.State = "deposit", h.svc.Seal.Deposit(now.ID), view.State(now.State)
	row.Title = h.svc.MethodTitle(now.Method)
	if now.Is(ledger.DepositOnOrder) {
		row.Kind = "order"
	}
	switch {
	case row.Amount.Micros < 0: // the same deposit has another row already
		row.ID = h.svc.Seal.Entry(rec.No)
	case row.Amount.Micros == 0:
		row.Title += ", " + now.Amount.String()
	}
	return row, rec.Shown(h.user.ID), nil
}

// disputeRow shows the step that set money aside, with the state that the dispute has now.
func (h *Reader) disputeRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	now, found, err := h.books.Dispute(rec.No)
	if err != nil || !found {
		return row, false, err
	}
	row.ID, row.Kind, row.State = h.svc.Seal.Dispute(rec.No), "dispute", view.State(now.State)
	return row, true, h.titled(&row, "Dispute: ", now.Purchase)
}

// transferRow shows what was sent, with the state that the transfer has now (claim 31). The receiver has a row of the
// claim in its own history, and neither row names the other wallet.
func (h *Reader) transferRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	t, found, err := h.books.Transfer(rec.No)
	if err != nil || !found {
		return row, false, err
	}
	row.ID, row.Kind, row.State = h.svc.Seal.Transfer(rec.No), "transfer_out", view.State(t.State)
	row.Title = "Sent with a claim code"
	return row, true, nil
}

// exchangeRow shows one side of an exchange, named after the other.
func (h *Reader) exchangeRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	if rec.Exchange == nil {
		return row, false, nil
	}
	row.ID, row.Kind, row.Title = h.svc.Seal.Exchange(rec.No), "exchange_out", "Exchanged for "+rec.Exchange.Get.String()
	if rec.Kind == ledger.KindExchanged {
		row.Kind, row.Title = "exchange_in", "Exchanged from "+rec.Exchange.Pay.String()
	}
	return row, true, nil
}

// redemptionRow shows what left the wallet towards money, with the state that it has now, and what came back of it.
func (h *Reader) redemptionRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	if rec.Redemption == nil {
		return row, false, nil
	}
	now, found, err := h.books.Redemption(rec.Redemption.No)
	if err != nil || !found {
		return row, false, err
	}
	row.Kind, row.State, row.Title = "redemption", view.State(now.State), "Redeemed: "+view.RedeemTo(now.To)
	if rec.No == now.No {
		row.ID = h.svc.Seal.Redemption(now.No)
		return row, true, nil
	}
	row.Kind, row.Title = "redemption_back", "Back from a redemption"
	if rec.Reason != "" {
		row.Title += ": " + rec.Reason
	}
	return row, rec.Shown(h.user.ID), nil
}

// referralRow shows who has brought the wallet, or that this has ended. It moves nothing.
func (h *Reader) referralRow(row view.Row, rec books.Record) (view.Row, bool, error) {
	if rec.Referral == nil {
		return row, false, nil
	}
	v, err := h.vendor(rec.Referral.Vendor)
	row.Amount, row.Vendor = ledger.Amount{}, v.Name
	row.Kind, row.Title = "referral", "Brought by "+v.Name
	if rec.Referral.Act == ledger.ReferralEnded {
		row.Title = "Ended: brought by " + v.Name
	}
	return row, true, err
}

// refillTitle tells a step of a weekly budget: what has changed, else what was done.
func refillTitle(f ledger.Refill, c ledger.Change) string {
	title := "Weekly budget"
	if c.Old != c.New {
		title += " " + c.New
	}
	if f.Reason != "" {
		title += ": " + f.Reason
	}
	return title
}

// agentTitle tells a step of a key by which a program pays.
func agentTitle(a ledger.Agent, c ledger.Change, reason string) string {
	each, day := ledger.Amount{Micros: a.Each, Currency: a.Currency}, ledger.Amount{Micros: a.Day, Currency: a.Currency}
	switch c.New {
	case "added":
		return "A program pays with the key " + a.Name + ": " + each.String() + " each, " + day.String() + " a day"
	case "expired":
		return "The time of the key " + a.Name + " is over: no program pays with it"
	case "ended":
		return strings.TrimSpace("Ended the key " + a.Name + ": no program pays with it. " + reason)
	}
	return "Changed what the key " + a.Name + " pays: " + c.New
}

// PurchaseWords is the state of a sale as its buyer reads it.
func PurchaseWords(s ledger.PurchaseState) view.State { return purchaseStates[s] }

// bankTitle tells that a person's data was kept or forgotten; the journal has no more of it than the end of the number.
func bankTitle(v *ledger.VaultRecord, c *ledger.Change) string {
	if v == nil {
		return ""
	}
	done := "Added the "
	if c.New == "removed" {
		done = "Removed the "
	}
	if v.Last4 == "" {
		return done + v.Purpose
	}
	return done + v.Purpose + " " + v.Country + " … " + v.Last4
}

// mandateTitle tells a step of a mandate.
func mandateTitle(m *ledger.Mandate) string {
	if m == nil {
		return ""
	}
	title := "Mandate for " + m.Country + " … " + m.Last4 + " " + string(m.State)
	if m.Reason != "" {
		title += ": " + m.Reason
	}
	return title
}
