package books

import (
	"fmt"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// redeemFaults are those of redemptions and of weekly budgets.
func redeemFaults() []fault {
	type world = busyWorld
	row := func(l *world) []byte { return key(tRedemption, l.redeemed) }
	refill := func(l *world) []byte { return refillKey(l.bob, "EUR") }
	told := func(change func(*ledger.Redemption)) func(*busyWorld, store.Tx) error {
		return func(l *world, tx store.Tx) error {
			// The row follows, so that nothing but the redemption itself is wrong.
			if err := edit(tx, row(l), redemptions, change); err != nil {
				return err
			}
			return forge(tx, l.redeemed, func(s *stored) { change(s.Entry.Redemption) })
		}
	}
	again := func(change func(*ledger.Entry)) func(*busyWorld, store.Tx) error {
		return func(l *world, tx store.Tx) error {
			rec, _, err := Read(tx).Entry(l.redeemed)
			if err != nil {
				return err
			}
			d := *rec.Redemption
			e := ledger.Entry{At: l.now, Kind: ledger.KindRedemption, User: d.User, Amount: d.Amount, Redemption: &d}
			change(&e)
			return appended(Write(tx), e)
		}
	}
	// debits orders one by a weekly budget of 20 euro that announced the mandate 1, two days before or later than that.
	debits := func(mandate uint64, a ledger.Amount, late time.Duration) func(*busyWorld, store.Tx) error {
		return func(l *world, tx store.Tx) error {
			f, found, err := Read(tx).Refill(l.bob, "EUR")
			if err != nil || !found {
				return fmt.Errorf("no weekly budget: %w", err)
			}
			told := l.now.Add(late - 48*time.Hour)
			f.Notice = ledger.Notice{At: told, Due: l.now, Budget: eur(20).Micros, Mandate: 1}
			e := ledger.Entry{At: l.now, Kind: ledger.KindRefill, User: l.bob, Wallet: "EUR", Refill: &f}
			if err := appended(Write(tx), e); err != nil {
				return err
			}
			d := ledger.Deposit{
				ID: ledger.DepositID{User: l.bob, Number: 900}, Kind: ledger.DepositDebit, Amount: a, Refill: 202648,
				State: ledger.DepositCreated, Mandate: mandate,
			}
			if d.No, err = Write(tx).Next(); err != nil {
				return err
			}
			e = ledger.Entry{At: l.now, Kind: ledger.KindDeposit, User: l.bob, Amount: a, Deposit: &d}
			return appended(Write(tx), e)
		}
	}
	return []fault{
		{"redemption's state", rowsEqual, "the journal says otherwise", inRow(row, redemptions,
			func(_ *world, d *ledger.Redemption) { d.State = ledger.RedemptionPaid })},
		{"redemption missing", rowsEqual, "has no row", without(row)},
		{"redemption of nothing", rowsEqual, "which redemption it moves", again(func(e *ledger.Entry) {
			e.Redemption = nil
		})},
		{"redemption told twice", rowsEqual, "which it does not continue", again(func(e *ledger.Entry) {
			e.Redemption.Amount.Micros++
		})},
		{"redemption that goes back", i17, "which was", again(func(e *ledger.Entry) {
			e.Redemption.State = ledger.RedemptionOpened
		})},
		{"redemption of more than it took", i17, "micros of paid tokens", told(func(d *ledger.Redemption) {
			d.Fee = 1
		})},
		{"deposit sent back beyond itself", i17, "are", func(l *world, tx store.Tx) error {
			return forge(tx, l.refunded, func(s *stored) { s.Entry.Deposit.Refunded = s.Entry.Deposit.Amount.Micros + 1 })
		}},
		{"deposit that says less was sent back", i17, "it says 1", func(l *world, tx store.Tx) error {
			return forge(tx, l.refunded, func(s *stored) { s.Entry.Deposit.Refunded = 1 })
		}},
		{"deposit that says more was sent back", i17, "it says 700000", func(l *world, tx store.Tx) error {
			return forge(tx, l.refunded, func(s *stored) { s.Entry.Deposit.Refunded = 700_000 })
		}},
		{"tokens that come back after their payment was taken back", i17, "to its wallet, want 0", takenBack(
			func(r ledger.Redemption, d ledger.Deposit, e *ledger.Entry) {
				c := r.Amount.Currency
				r.State = ledger.RedemptionFailed
				d.Refunded -= r.Pays().Micros
				e.Kind, e.Redemption, e.Deposit, e.Amount, e.Cause = ledger.KindRedemption, &r, &d, r.Amount, r.No
				e.Postings = []ledger.Posting{
					{Account: ledger.Account{Class: ledger.RedeemTransit, Currency: c, Owner: uint64(r.No)}, Micros: r.Amount.Micros},
					{Account: ledger.Account{Class: ledger.Paid, Currency: c, Owner: uint64(r.User)}, Micros: -r.Amount.Micros},
				}
			})},
		{"charge-back that gives back more than it took", i17, "were taken", takenBack(
			func(_ ledger.Redemption, d ledger.Deposit, e *ledger.Entry) {
				d.State = ledger.DepositWon
				e.Kind, e.Deposit, e.Amount, e.Cause = ledger.KindDeposit, &d, d.Amount, d.No
				e.Postings = []ledger.Posting{
					{Account: ledger.Account{Class: ledger.Bank, Currency: "EUR"}, Micros: d.Amount.Micros},
					{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: uint64(d.ID.User)}, Micros: -d.Amount.Micros},
				}
			})},
		{"money that stays with a processor", i6, "what waits there is", func(l *world, tx store.Tx) error {
			return appended(Write(tx), ledger.Entry{
				At: l.now, Kind: ledger.KindGoodwill, User: l.bob, Amount: eur(1), Postings: []ledger.Posting{
					{Account: ledger.Account{Class: ledger.Bank, Currency: "EUR"}, Micros: 10_000},
					{Account: ledger.Account{Class: ledger.PSPClearing, Currency: "EUR"}, Micros: -10_000},
				},
			})
		}},
		{"deposit that says nothing of it", i17, "it says nothing of that", func(l *world, tx store.Tx) error {
			return forge(tx, l.refunded, func(s *stored) { s.Entry.Deposit = nil })
		}},
		{"money that stays in transit", i6, "nothing waits there", func(l *world, tx store.Tx) error {
			return forge(tx, l.submitted, func(s *stored) { s.Entry.Redemption.State = ledger.RedemptionPaid })
		}},
		{"money at risk that is redeemed", i14, "can be taken back", func(l *world, tx store.Tx) error {
			no, err := Write(tx).Next()
			if err != nil {
				return err
			}
			d := ledger.Redemption{No: no, User: l.late, Amount: eur(50), State: ledger.RedemptionApproved, To: "bank"}
			return appended(Write(tx), ledger.Entry{
				At: l.now, Kind: ledger.KindRedemption, User: l.late, Amount: d.Amount, Redemption: &d,
				Postings: []ledger.Posting{
					{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: uint64(l.late)}, Micros: 500_000},
					{Account: ledger.Account{Class: ledger.RedeemTransit, Currency: "EUR", Owner: uint64(no)}, Micros: -500_000},
				},
			})
		}},
		{"file that pays another redemption", rowsEqual, "pays redemption", inRow(
			func(l *world) []byte { return bankItemKey("list/out", "red_1") }, bankItems,
			func(_ *world, i *BankItem) { i.Amount.Micros++ })},
		{"weekly budget", rowsEqual, "is not what the journal says", inRow(refill, refills,
			func(_ *world, f *ledger.Refill) { f.Budget++ })},
		{"weekly budget missing", rowsEqual, "has no row", without(refill)},
		{"weekly budget of another wallet", rowsEqual, "another wallet's weekly budget", func(l *world, tx store.Tx) error {
			return forge(tx, l.filled, func(s *stored) { s.Entry.Refill.User = l.ann })
		}},
		{"debit of another account than the announced one", i10, "otherwise than it was announced", debits(2, eur(20), 0)},
		{"debit of more than was announced", i10, "otherwise than it was announced", debits(1, eur(21), 0)},
		{"debit too soon behind its announcement", i10, "otherwise than it was announced", debits(1, eur(20), time.Second)},
		{"week that is debited twice", i10, "twice for week", func(l *world, tx store.Tx) error {
			for range 2 {
				d := ledger.Deposit{
					ID: ledger.DepositID{User: l.bob, Number: 900}, Kind: ledger.DepositDebit, Amount: eur(1), Refill: 202648,
					State: ledger.DepositCreated,
				}
				no, err := Write(tx).Next()
				if err != nil {
					return err
				}
				d.No = no
				e := ledger.Entry{At: l.now, Kind: ledger.KindDeposit, User: l.bob, Amount: eur(1), Deposit: &d}
				if err := appended(Write(tx), e); err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

// takenBack plants a fault behind a charge-back: the deposit that a redemption sends back is taken back while the
// processor has the redemption, and then comes what change makes of an entry.
func takenBack(
	change func(ledger.Redemption, ledger.Deposit, *ledger.Entry),
) func(*busyWorld, store.Tx) error {
	return func(l *busyWorld, kv store.Tx) error {
		tx := Write(kv)
		if err := l.redeemStepIn(tx, l.refunded, ledger.RedeemSubmit); err != nil {
			return err
		}
		r, _, err := tx.Redemption(l.refunded)
		if err != nil {
			return err
		}
		d, _, err := tx.Deposit(ledger.DepositID{User: r.User, Number: r.Deposit})
		if err != nil {
			return err
		}
		f, err := l.depositFacts(tx, r.User)
		if err != nil {
			return err
		}
		f.Deposit, f.Redemptions = d, []ledger.Redemption{r}
		out, err := ledger.DecideDeposit(ledger.DepositEvent{To: ledger.DepositChargedBack}, f, l.now)
		if err != nil {
			return err
		}
		if err := first(appended(tx, out.Entry), tx.PutUser(out.User), tx.PutDeposit(out.Deposit)); err != nil {
			return err
		}
		e := ledger.Entry{At: l.now, User: r.User}
		change(r, out.Deposit, &e)
		return appended(tx, e)
	}
}
