package books

import (
	"time"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

// operator is who acts about payouts.
var operator = ledger.Actor{Role: ledger.RoleOperator, Key: "SHA256:op"}

// paidTo puts an account of a vendor into the vault, and lets payouts go there.
func (w *world) paidTo(v ledger.VendorID) (kept ledger.VaultID, err error) {
	err = w.try(func(tx Tx) error {
		n, err := tx.NextVault()
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, rec, err := ledger.KeepInVault(ledger.VaultRecord{
			ID: ledger.VaultID{Kind: ledger.VaultVendor, Owner: uint64(v), Number: n}, Purpose: ledger.VaultPayout,
			Mask: "DE•• … 3000", Country: "DE", Last4: "3000", Key: []byte("sealed key"), Data: []byte("sealed"),
		}, no, operator, "", w.now)
		if err != nil {
			return err
		}
		kept = rec.ID
		if err := first(appended(tx, e), tx.PutVault(rec)); err != nil {
			return err
		}
		return w.accountStep(tx, v, ledger.PayAccountStep{
			What: ledger.PayAccountGiven, Network: ledger.NetworkSEPA, Kept: rec, Known: n%2 == 0, Actor: operator,
		})
	})
	return kept, err
}

// accountStep moves an account on, and forgets what nothing leads to.
func (w *world) accountStep(tx Tx, v ledger.VendorID, q ledger.PayAccountStep) error {
	of, _, err := tx.Vendor(v)
	if err != nil {
		return err
	}
	no, err := tx.Next()
	if err != nil {
		return err
	}
	out, err := ledger.StepPayAccount(q, of, w.policy, no, w.now)
	if err != nil {
		return err
	}
	if err := first(appended(tx, out.Entry), tx.PutVendor(out.Vendor)); err != nil {
		return err
	}
	for _, number := range out.Gone {
		id := out.Account.Owner(v)
		id.Number = number
		rec, _, err := tx.Vault(id)
		if err != nil {
			return err
		}
		if no, err = tx.Next(); err != nil {
			return err
		}
		e, rec, err := ledger.ForgetInVault(rec, no, operator, "", w.now)
		if err := first(err, appended(tx, e), tx.PutVault(rec)); err != nil {
			return err
		}
	}
	return nil
}

// paysBy changes in which way payouts of a vendor leave.
func (w *world) paysBy(v ledger.VendorID, way string) error {
	return w.try(func(tx Tx) error {
		of, _, err := tx.Vendor(v)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		c := ledger.TermsChange{Currency: "EUR", Set: map[string]string{"way": way}}
		out, err := ledger.DecideTerms(c, of, w.policy, operator, no, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutVendor(out.Vendor))
	})
}

// leaves lets an approved settlement leave: in a file for a bank, by the gateway, or in a list.
func (w *world) leaves(no ledger.EntryNo) (item BankItem, err error) {
	err = w.try(func(tx Tx) error {
		f := ledger.PayoutFacts{Policy: w.policy}
		var err error
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.Settlement, _, err = tx.Settlement(no); err != nil {
			return err
		}
		v, _, err := tx.Vendor(f.Settlement.Vendor)
		if err != nil {
			return err
		}
		step := ledger.PayoutStep{Event: ledger.PayoutSubmit, File: f.No, Actor: operator}
		bank := f.Settlement.Way == ledger.WaySEPA
		if bank {
			a, _ := v.PayAccountOf(f.Settlement.Payee, ledger.NetworkSEPA)
			step.Account = a.Payable()
			if step.Bank, err = tx.NextBankFile(); err != nil {
				return err
			}
		}
		out, err := ledger.DecidePayout(step, f, w.now)
		if err != nil {
			return err
		}
		if err := first(appended(tx, out.Entry), tx.PutSettlement(out.Settlement)); err != nil {
			return err
		}
		t := out.Settlement
		switch {
		case t.Way == ledger.WayHook:
			return tx.PutPayoutJob(PayoutJob{No: t.No, Due: w.now, Created: w.now, Updated: w.now})
		case !bank:
			return nil
		}
		item = BankItem{
			Source: "sepa/out", ID: w.name("E2E"), File: t.Bank, Amount: t.Amount, At: w.now, Settlement: t.No,
		}
		return first(tx.PutBankItem(item), tx.PutBankFile(BankFile{
			No: t.Bank, Network: "sepa", Currency: "EUR", Created: w.now, Count: 1, Micros: t.Amount.Micros, Payouts: f.No,
		}))
	})
	return item, err
}

// payouts lets a settlement of the vendor leave in a file, and another one by the gateway.
func (l *busyWorld) payouts() {
	l.t.Helper()
	var err error
	buyer := l.funded()
	l.payTo, err = l.paidTo(l.vendor)
	l.ok(err)
	for _, way := range []string{ledger.WaySEPA, ledger.WayHook} {
		l.ok(l.paysBy(l.vendor, way))
		_, err := l.buys(buyer, false, false)
		l.ok(err)
		l.now = l.now.Add(time.Minute)
		l.hooked = l.settles(l.vendor, l.now.Add(-time.Second))[0].No
		item, err := l.leaves(l.hooked)
		l.ok(err)
		if item.ID != "" {
			l.paid = item
		}
	}
	_, err = l.buys(buyer, false, false)
	l.ok(err)
	l.now = l.now.Add(time.Minute)
}

// payoutWay changes in which way payouts leave, where to, or lets one leave.
func (m *model) payoutWay(t *rapid.T) {
	w := m.w
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		w.ok2(w.paidTo(w.vendor))
	case 1:
		m.refused(w.paysBy(w.vendor, rapid.SampledFrom([]string{"csv", "sepa", "hook"}).Draw(t, "way")))
	case 2:
		m.refused(w.try(func(tx Tx) error {
			what := rapid.SampledFrom([]string{
				ledger.PayAccountApproved, ledger.PayAccountUsed, ledger.PayAccountRefused, ledger.PayAccountRemoved,
			}).Draw(t, "step")
			v, _, err := tx.Vendor(w.vendor)
			if err != nil {
				return err
			}
			had, _ := v.PayAccountOf(0, ledger.NetworkSEPA)
			return w.accountStep(tx, w.vendor, ledger.PayAccountStep{
				What: what, Network: ledger.NetworkSEPA, Actor: operator, Reason: "so", Mark: had.NextMark(),
			})
		}))
	default:
		var all []ledger.Settlement
		w.see(func(r Reader) (err error) {
			all, err = r.SettlementsUp(ledger.SettlementApproved, 0, 10)
			return err
		})
		if len(all) > 0 {
			_, err := w.leaves(rapid.SampledFrom(all).Draw(t, "settlement").No)
			m.refused(err)
		}
	}
}

// ok2 fails the test on any error.
func (w *world) ok2(_ ledger.VaultID, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
