package ledger

import (
	"testing"
	"time"
)

// bankOf is a bank account of a user in the vault.
func bankOf(u UserID) VaultRecord {
	return VaultRecord{
		ID: VaultID{VaultUser, uint64(u), 3}, Purpose: VaultBank, Country: "DE", Last4: "3000", Key: []byte{1},
		Data: []byte{2}, Created: start,
	}
}

// A mandate is given for an own account that is in the vault, once, for an amount, and a wallet has a few of them.
func TestNewMandate(t *testing.T) {
	u := User{ID: 7, Status: UserActive}
	good := MandateOrder{Bank: bankOf(7), Network: NetworkACH, Currency: "USD", Most: 50 * Unit, Text: "I permit"}
	e, m, err := NewMandate(good, u, nil, 4, start)
	must(t, err)
	is(t, "state", m.State, MandatePending)
	is(t, "entry has it", e.Mandate.State, MandatePending)
	is(t, "number", m.ID, MandateID{7, 3})
	five := make([]Mandate, maxMandates)
	for _, c := range []struct {
		name string
		want error
		do   func(o *MandateOrder, u *User, had *[]Mandate)
	}{
		{"frozen", ErrFrozen, func(_ *MandateOrder, u *User, _ *[]Mandate) { u.Status = UserFrozen }},
		{"another's", ErrInvalid, func(o *MandateOrder, _ *User, _ *[]Mandate) { o.Bank = bankOf(8) }},
		{"removed", ErrInvalid, func(o *MandateOrder, _ *User, _ *[]Mandate) { o.Bank.Forgotten = start }},
		{"an address", ErrInvalid, func(o *MandateOrder, _ *User, _ *[]Mandate) { o.Bank.Purpose = VaultAddress }},
		{"no amount", ErrInvalid, func(o *MandateOrder, _ *User, _ *[]Mandate) { o.Most = 0 }},
		{"no text", ErrInvalid, func(o *MandateOrder, _ *User, _ *[]Mandate) { o.Text = "" }},
		{"twice", ErrState, func(_ *MandateOrder, _ *User, had *[]Mandate) { *had = []Mandate{m} }},
		{"too many", ErrLimit, func(_ *MandateOrder, _ *User, had *[]Mandate) { *had = five }},
	} {
		o, u, had := good, u, []Mandate(nil)
		c.do(&o, &u, &had)
		_, _, err := NewMandate(o, u, had, 4, start)
		if err == nil {
			t.Errorf("%s: allowed", c.name)
			continue
		}
		refused(t, err, c.want)
	}
}

// A question that is not answered is a yes only after its time, and only an active mandate permits a debit.
func TestMandateLife(t *testing.T) {
	u := User{ID: 7, Status: UserActive}
	o := MandateOrder{Bank: bankOf(7), Network: NetworkACH, Currency: "USD", Most: 50 * Unit, Text: "I permit"}
	_, m, err := NewMandate(o, u, nil, 4, start)
	must(t, err)
	usd := func(n int64) Amount { return Amount{n * Unit, "USD"} }
	refused(t, m.Permits(usd(5)), ErrState)
	step := func(what string, now time.Time) error {
		_, after, err := StepMandate(MandateEvent{What: what, Clears: start.Add(day)}, m, u, 5, now)
		if err == nil {
			m = after
		}
		return err
	}
	refused(t, step(MandateConfirmed, start.Add(9*day)), ErrState) // nobody was asked
	must(t, step(MandateAsked, start))
	refused(t, step(MandateConfirmed, start), ErrState)
	must(t, step(MandateConfirmed, start.Add(day)))
	must(t, m.Permits(usd(50)))
	refused(t, m.Permits(usd(51)), ErrLimit)
	refused(t, m.Permits(eur(500)), ErrInvalid)
	must(t, step(MandateReplaced, start.Add(day)))
	is(t, "former account", m.Former, 3)
	must(t, step(MandateSuspend, start.Add(day)))
	refused(t, m.Permits(usd(5)), ErrState)
	refused(t, step(MandateConfirmed, start.Add(9*day)), ErrState)
	must(t, step(MandateRevoked, start.Add(day)))
	refused(t, step(MandateRevoked, start.Add(day)), ErrState)
}

// A debit that comes back before it has cleared was never in the wallet; one that comes back later is a debt of what is
// gone, and freezes the wallet. No debit clears before its time.
func TestDebitComesBack(t *testing.T) {
	s := newMarket(t, 0)
	facts := func(d Deposit) DepositFacts {
		return DepositFacts{No: s.no + 1, User: s.user, Wallet: s.wallet, Policy: s.policy, Deposit: d}
	}
	out, err := NewDeposit(
		DepositOrder{Method: "autodebit", Kind: DepositDebit, Amount: eur(1000), Mandate: permitted}, facts(Deposit{}), s.now,
	)
	must(t, err)
	s.post(out.Entry)
	clears := s.now.Add(7 * day)
	step := func(d Deposit, ev DepositEvent) (DepositOutcome, error) {
		ev.Due, ev.Clears = s.now.Add(day), clears
		return DecideDeposit(ev, facts(d), s.now)
	}
	take := func(d Deposit, ev DepositEvent) Deposit {
		out, err := step(d, ev)
		must(t, err)
		s.post(out.Entry)
		s.refresh()
		return out.Deposit
	}
	d := take(out.Deposit, DepositEvent{To: DepositSubmitted})
	is(t, "not to be spent", s.wallet.Uncollected, 10*Unit)
	d = take(d, DepositEvent{To: DepositPendingClears})
	_, err = step(d, DepositEvent{To: DepositCleared})
	refused(t, err, ErrState)
	back, err := step(d, DepositEvent{To: DepositReturned, Reason: "R01"})
	must(t, err)
	is(t, "nothing was credited", back.User.Status, UserActive)
	is(t, "paid in", s.wallet.After(back.Entry).Past.PaidIn, s.wallet.Past.PaidIn)
	s.now = clears
	d = take(d, DepositEvent{To: DepositCleared})
	is(t, "spendable", s.wallet.Paid, 10*Unit)
	is(t, "at risk until", d.Free, clears.Add(debitRisk))
	out, err = step(d, DepositEvent{To: DepositReturned, Reason: "R10"})
	must(t, err)
	is(t, "late", out.User.Status, UserFrozen)
}
