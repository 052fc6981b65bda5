package server

import (
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// renderer draws entries of one user's wallets as rows.
type renderer struct {
	s     *Server
	r     books.Reader
	user  ledger.User
	names vendorNames
	at    time.Time
}

// purchaseStates are the words for people.
var purchaseStates = map[ledger.PurchaseState]string{
	ledger.PurchaseHeld: "HELD", ledger.PurchaseCaptured: "PAID", ledger.PurchaseVoided: "VOIDED",
	ledger.PurchaseExpired: "EXPIRED", ledger.PurchasePartlyRefunded: "PARTLY REFUNDED", ledger.PurchaseRefunded: "REFUNDED",
}

// row draws an entry for one wallet. Shown is false for entries that change nothing a person counts: their meaning is
// in the state of the row they continue, and in its timeline.
func (d *renderer) row(rec books.Record, c ledger.Currency) (row ledger.Row, shown bool, err error) {
	v, err := d.names.get(rec.Vendor)
	if err != nil {
		return row, false, err
	}
	micros := effect(rec.Entry, d.user.ID, c)
	row = ledger.Row{
		ID: d.s.seal.Entry(rec.No), At: rec.At, Vendor: v.Name, State: "DONE", Amount: ledger.Amount{Micros: micros, Currency: c},
	}
	shown = micros != 0
	switch rec.Kind {
	case ledger.KindPurchase, ledger.KindHold:
		return d.purchase(row, rec)
	case ledger.KindCapture, ledger.KindVoid:
		row.Kind, row.Title, err = "release", "", d.titled(&row, "Unused hold: ", rec.Cause)
	case ledger.KindRefund:
		row.Kind, err = "refund", d.titled(&row, "Refund: ", rec.Cause)
	case ledger.KindDeposit:
		return d.deposit(row, rec, shown)
	case ledger.KindDispute:
		return d.dispute(row, rec)
	case ledger.KindDisputeDecided:
		row.Kind = "dispute_decided"
		if rec.Dispute != nil {
			row.State = strings.ToUpper(string(rec.Dispute.State))
			err = d.titled(&row, "Dispute: ", rec.Dispute.Purchase)
		}
	case ledger.KindTransfer:
		return d.transfer(row, rec)
	case ledger.KindTransferClaimed:
		row.Kind, row.Title = "transfer_in", "Received with a claim code"
	case ledger.KindTransferRecalled:
		row.Kind, row.Title = "transfer_back", "Transfer that nobody claimed"
	default: // the other kinds name no amount: they are in nobody's history
		return row, false, nil
	}
	return row, shown, err
}

func (d *renderer) purchase(row ledger.Row, rec books.Record) (ledger.Row, bool, error) {
	p, _, found, err := d.r.Purchase(rec.No)
	if err != nil || !found || rec.Sale == nil {
		return row, false, err
	}
	row.ID, row.Kind, row.Title = d.s.seal.Charge(rec.No), "purchase", rec.Sale.Title
	row.State = purchaseStates[p.State]
	if p.Disputed > 0 {
		row.State, row.Disputed = "DISPUTED", true
	}
	row.CanOpen = rec.Sale.ContentURL != "" && ledger.GrantStatus(rec.Sale, p, d.at) == ledger.GrantActive
	return row, true, nil
}

// titled names a row after the sale that it continues.
func (d *renderer) titled(row *ledger.Row, before string, sale ledger.EntryNo) error {
	sold, found, err := d.r.Entry(sale)
	if err != nil || !found || sold.Sale == nil {
		return err
	}
	v, err := d.names.get(sold.Vendor)
	row.Title, row.Vendor = before+sold.Sale.Title, v.Name
	return err
}

// deposit shows the steps that moved tokens, and a deposit without any by its newest step. All of them carry the state
// that the deposit has now.
func (d *renderer) deposit(row ledger.Row, rec books.Record, moved bool) (ledger.Row, bool, error) {
	if rec.Deposit == nil {
		return row, false, nil
	}
	now, found, err := d.r.Deposit(rec.Deposit.ID)
	if err != nil || !found {
		return row, false, err
	}
	row.Kind, row.ID, row.State = "deposit", d.s.seal.Deposit(now.ID), depositWord(now.State)
	row.Title = d.s.methodTitle(now.Method)
	if moved {
		if row.Amount.Micros < 0 { // the same deposit has another row already
			row.ID = d.s.seal.Entry(rec.No)
		}
		return row, true, nil
	}
	row.Title += ", " + now.Amount.String()
	return row, rec.Deposit.State == now.State && !arrived[now.State], nil
}

// arrived are the states that a deposit has only after its tokens came: another row shows it.
var arrived = map[ledger.DepositState]bool{
	ledger.DepositSucceeded: true, ledger.DepositSettled: true, ledger.DepositChargedBack: true,
	ledger.DepositUncollected: true, ledger.DepositCleared: true, ledger.DepositBounced: true,
}

func depositWord(st ledger.DepositState) string {
	return strings.ToUpper(strings.ReplaceAll(string(st), "_", " "))
}

func (s *Server) methodTitle(name string) string {
	for _, m := range s.methods {
		if info := m.Info(); info.Name == name {
			return info.Title
		}
	}
	return name
}

func (d *renderer) dispute(row ledger.Row, rec books.Record) (ledger.Row, bool, error) {
	now, found, err := d.r.Dispute(rec.No)
	if err != nil || !found {
		return row, false, err
	}
	row.ID, row.Kind = d.s.seal.Dispute(rec.No), "dispute"
	row.State = strings.ToUpper(strings.ReplaceAll(string(now.State), "_", " "))
	return row, true, d.titled(&row, "Dispute: ", now.Purchase)
}

func (d *renderer) transfer(row ledger.Row, rec books.Record) (ledger.Row, bool, error) {
	t, found, err := d.r.Transfer(rec.No)
	if err != nil || !found {
		return row, false, err
	}
	row.ID, row.Kind, row.Title, row.State = d.s.seal.Transfer(rec.No), "transfer_out", "Sent with a claim code", strings.ToUpper(t.State)
	return row, true, nil
}
