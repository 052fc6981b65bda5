package books

import (
	"slices"
	"time"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

// incentiveFacts are what a decision about an incentive of a wallet needs.
func (w *world) incentiveFacts(tx Tx, u ledger.UserID) (f ledger.IncentiveFacts, err error) {
	f = ledger.IncentiveFacts{Policy: w.policy, Staff: ledger.Staff{Fingerprint: "SHA256:rep"}}
	if f.No, err = tx.Next(); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return f, err
	}
	if f.Till, _, err = tx.Till(w.vendor, "EUR"); err != nil {
		return f, err
	}
	f.Wallet, _, err = tx.Wallet(u, "EUR")
	return f, err
}

// gives gives an incentive to a wallet: of the service, bound to the vendor or to none, or of the vendor.
func (w *world) gives(u ledger.UserID, a ledger.Amount, who ledger.Role, bound bool) (no ledger.EntryNo, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f, err := w.incentiveFacts(tx, u)
		if err != nil {
			return err
		}
		o := ledger.IncentiveOrder{Amount: a, Life: 30 * 24 * time.Hour, Reason: "welcome", Actor: ledger.Actor{Role: who}}
		if bound || who == ledger.RoleVendor {
			o.Vendor = w.vendor
		}
		out, err := ledger.NewIncentive(o, f, w.now)
		if err != nil {
			return err
		}
		no = out.Incentive.No
		return first(appended(tx, out.Entry), tx.PutIncentive(out.Incentive))
	})
	return no, err
}

// expires ends the incentives that are due.
func (w *world) expires() {
	w.t.Helper()
	w.do(func(tx Tx) error {
		due, err := tx.DueIncentives(w.now, ledger.Incentive{}, 0)
		for _, i := range due {
			err = first(err, w.endsIncentive(tx, i))
		}
		return err
	})
}

// endsIncentive takes back what is left of one whose time is over.
func (w *world) endsIncentive(tx Tx, i ledger.Incentive) error {
	f, err := w.incentiveFacts(tx, i.User)
	if err != nil {
		return err
	}
	f.Incentive = i
	out, err := ledger.EndIncentive(f, w.now)
	if err == nil && out.Entry.No != 0 {
		err = appended(tx, out.Entry)
	}
	return first(err, tx.PutIncentive(out.Incentive))
}

// endsReturned ends lots to which something has come back after their time, as the service does in the same commit.
func (w *world) endsReturned(tx Tx) error {
	for _, one := range tx.TakeLate() {
		now, _, err := tx.Wallet(one.User, one.Currency)
		if err != nil || now.Closed {
			return err
		}
		for _, l := range now.Incentives {
			if l.Left == 0 || w.now.Before(l.Expires) {
				continue
			}
			i, _, err := tx.Incentive(l.No)
			if err := first(err, w.endsIncentive(tx, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// incentive gives something away, or ends what is due.
func (m *model) incentive(t *rapid.T) {
	if rapid.Bool().Draw(t, "end") {
		m.w.expires()
		return
	}
	who := rapid.SampledFrom([]ledger.Role{ledger.RoleRep, ledger.RoleVendor}).Draw(t, "by")
	_, err := m.w.gives(m.person(t), eur(rapid.Int64Range(0, 60).Draw(t, "cents")), who, rapid.Bool().Draw(t, "bound"))
	m.refused(err)
}

func given(l *busyWorld) ledger.EntryNo { return l.given }
func givenRow(l *busyWorld) []byte      { return key(tIncentive, l.given) }

// incentiveFaults are those of incentives.
func incentiveFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	spent := func(l *busyWorld) ledger.EntryNo { return l.spent }
	return []fault{
		{"incentive of nothing", rowsEqual, "does not say which incentive", inEntry(given, func(_ *world, e *entry) {
			e.Incentive = nil
		})},
		{"incentive of another", i4, "is not of its wallet", inEntry(spent, func(l *world, e *entry) {
			i := slices.IndexFunc(e.Postings, func(p ledger.Posting) bool { return p.Account.Class == ledger.Promo })
			e.Postings[i].Account.Owner = uint64(l.plain)
		})},
		{"incentive after its time", i5, "does not buy there", inEntry(given, func(_ *world, e *entry) {
			e.Incentive.Expires = e.At
		})},
		{"incentive at another vendor", i5, "does not buy there", inEntry(given, func(_ *world, e *entry) {
			e.Incentive.Vendor = 99
		})},
		{"rest of an incentive", rowsEqual, "its incentives are", inRow(owesWallet, wallets,
			func(_ *world, w *ledger.Wallet) { w.Incentives[0].Left++ })},
		{"incentive's row", rowsEqual, "is not what its entry says", inRow(givenRow, incentives,
			func(_ *world, i *ledger.Incentive) { i.Expires = i.Expires.Add(time.Hour) })},
		{"incentive that ends with a rest", i20, "has ended with", inRow(givenRow, incentives,
			func(_ *world, i *ledger.Incentive) { i.Ended = i.Created })},
		{"incentive missing", rowsEqual, "has no row", without(givenRow)},
	}
}
