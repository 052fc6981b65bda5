package server

import (
	"errors"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// Debits that may not leave take no place in a file, however many of them are older than the others.
func TestDebitsThatMayNotLeaveTakeNoPlace(t *testing.T) {
	f := &bankFixture{fixture: openFixture(t, store.NewMemory(), 7)} // not audited: its old debits are rows alone
	f.methods = append(f.methods, debit.AutoDebit{Bank: testBank()})
	ann, bob := f.join("ann"), f.join("bob")
	f.adds(ann, "EUR")
	f.adds(bob, "EUR")
	_, err := f.Freeze(f.ctx, f.operator, f.user(ann).Handle, "she called")
	must(t, err)
	f.write(func(tx books.Tx) error {
		for i := range uint64(fileRows) {
			d := ledger.Deposit{
				No: 1, ID: ledger.DepositID{User: f.user(ann).ID, Number: 100 + i}, Kind: ledger.DepositDebit,
				Method: "autodebit", Amount: eur(500), State: ledger.DepositCreated, Mandate: 1,
				Created: f.time.Now().Add(-time.Hour),
			}
			if err := tx.PutDeposit(d); err != nil {
				return err
			}
		}
		return nil
	})
	_, err = f.Fund(f.ctx, bob, view.FundRequest{Amount: eur(700), Method: "autodebit"})
	must(t, err)
	all, err := f.MakeBankFiles(f.ctx, f.operator, "autodebit")
	if err != nil || len(all) != 1 || all[0].Debits != 1 || all[0].Sum != eur(700) {
		t.Errorf("%+v, %v", all, err)
	}
}

// A wallet in whose newest entries its owner does not stand is not taken for one that nobody uses.
func TestDormantBehindManyEntries(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	f.time.Pass(299 * 24 * time.Hour)
	at, stop, later := f.time.Now(), errors.New("taken back"), 0
	err := f.update(f.ctx, func(tx books.Tx) error {
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		p.Dormancy.After = 300 * 24 * time.Hour
		adds := func(a ledger.Actor) {
			later++
			_, err := tx.Append(ledger.Entry{
				At: at.Add(time.Duration(later) * time.Minute), Kind: ledger.KindRefill, User: f.user(ann).ID, Wallet: "EUR",
				Actor: a,
			})
			must(t, err)
		}
		adds(ledger.Actor{Role: ledger.RoleVendor})
		for range 2 * lastLooked {
			adds(systemActor)
			w, _, err := tx.Wallet(f.user(ann).ID, "EUR")
			must(t, err)
			facts, err := dormantFacts(tx.Reader, w, p, at.Add(48*time.Hour))
			must(t, err)
			if facts.Seen.Before(at) {
				t.Fatalf("behind %d entries the owner was seen last at %v", later-1, facts.Seen)
			}
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

// A debit that cannot be cleared keeps no other from clearing.
func TestOneDebitThatFailsStopsNoOther(t *testing.T) {
	f := &bankFixture{fixture: openFixture(t, store.NewMemory(), 7)} // not audited: one debit is a row alone
	f.methods = append(f.methods, debit.AutoDebit{Bank: testBank()})
	bob := f.join("bob")
	f.adds(bob, "EUR")
	f.write(func(tx books.Tx) error {
		return tx.PutDeposit(ledger.Deposit{
			No: 1, ID: ledger.DepositID{User: 99, Number: 1}, Kind: ledger.DepositDebit, Method: "autodebit",
			Amount: eur(500), State: ledger.DepositPendingClears, Mandate: 1, Created: f.time.Now().Add(-time.Hour),
		})
	})
	f.pays(bob, "autodebit", 700, "EUR")
	f.sends("autodebit")
	f.time.Pass(30 * 24 * time.Hour)
	if err := f.sweepDebits(f.ctx, f.time.Now()); err == nil {
		t.Error("a debit of nobody was cleared")
	}
	is(t, "states", f.states(bob), "cleared")
}

// A debit whose account is not there waits, and keeps no other out of the file.
func TestDebitWithoutItsAccountStopsNoOther(t *testing.T) {
	f := &bankFixture{fixture: openFixture(t, store.NewMemory(), 7)} // not audited: a mandate stands without its account
	f.methods = append(f.methods, debit.AutoDebit{Bank: testBank()})
	ann, bob := f.join("ann"), f.join("bob")
	f.adds(ann, "EUR")
	f.adds(bob, "EUR")
	f.pays(ann, "autodebit", 500, "EUR")
	f.pays(bob, "autodebit", 700, "EUR")
	f.write(func(tx books.Tx) error {
		m, _, err := tx.Mandate(ledger.MandateID{User: f.user(ann).ID, Number: 1})
		must(t, err)
		return forgetInVault(tx, vaultOf(m, m.Bank), systemActor, f.time.Now())
	})
	all, err := f.MakeBankFiles(f.ctx, f.operator, "autodebit")
	if err != nil || len(all) != 1 || all[0].Debits != 1 || all[0].Sum != eur(700) {
		t.Errorf("%+v, %v", all, err)
	}
}
