package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// bobsIBAN is another account of the same person.
const bobsIBAN = "DE02120300000000202051"

// notice is how long before a debit its owner has to know of it.
const notice = 48 * time.Hour

// account adds a bank account in euro.
func (f *bankFixture) account(who view.Caller, iban string) view.BankAccount {
	f.t.Helper()
	f.touch(who)
	b, err := f.BankAdd(f.ctx, who, view.BankRequest{Currency: "EUR", Account: iban, Holder: annsName, Most: eur(10_000)})
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

// fills sets a weekly budget.
func (f *bankFixture) fills(who view.Caller, cents int64, on time.Weekday, bank string) view.Refill {
	f.t.Helper()
	f.touch(who)
	v, err := f.SetRefill(f.ctx, who, view.RefillRequest{Budget: eur(cents), Weekday: on, Bank: bank})
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// told are the announcements of a weekly budget, oldest first.
func (f *bankFixture) told(who view.Caller) (all []ledger.Notice) {
	f.t.Helper()
	u := f.user(who)
	f.read(func(r books.Reader) error {
		head, _, err := r.Head()
		for no := ledger.EntryNo(1); err == nil && no <= head; no++ {
			var e books.Record
			if e, _, err = r.Entry(no); e.Kind == ledger.KindRefill && e.User == u.ID && e.Refill.Notice.At.Equal(e.At) {
				all = append(all, e.Refill.Notice)
			}
		}
		return err
	})
	return all
}

// announced wants each debit to be announced as it is, and long enough before it.
func (f *bankFixture) announced(who view.Caller, want int) {
	f.t.Helper()
	got, notes := f.debits(who), f.told(who)
	if len(got) != want {
		f.t.Fatalf("%d debits, want %d: %+v", len(got), want, f.refillOf(who))
	}
	for _, d := range got {
		ok := false
		for _, n := range notes {
			ok = ok || n.Permits(d, d.Created) && d.Created.Sub(n.At) >= notice
		}
		if !ok {
			f.t.Errorf("%s are debited at %s by mandate %d, announced were %+v", d.Amount, d.Created, d.Mandate, notes)
		}
	}
	f.clean()
}

// What is debited is what was announced: the amount, the account and the day. Any change of them is announced anew,
// with all of the time before the debit.
func TestRefillDebitsWhatWasAnnounced(t *testing.T) {
	for name, change := range map[string]func(f *bankFixture, who view.Caller, first, second view.BankAccount){
		"another amount": func(f *bankFixture, who view.Caller, first, _ view.BankAccount) {
			f.fills(who, 5000, time.Thursday, first.ID)
		},
		"another account": func(f *bankFixture, who view.Caller, _, second view.BankAccount) {
			f.fills(who, 2000, time.Thursday, second.ID)
		},
		"off and on": func(f *bankFixture, who view.Caller, first, _ view.BankAccount) {
			if _, err := f.EndRefill(f.ctx, who, "EUR"); err != nil {
				f.t.Fatal(err)
			}
			f.fills(who, 2000, time.Thursday, first.ID)
		},
		"another day": func(f *bankFixture, who view.Caller, first, _ view.BankAccount) {
			f.fills(who, 2000, time.Friday, first.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newBankFixture(t, store.NewMemory())
			ann := f.join("ann")
			first, second := f.account(ann, annsIBAN), f.account(ann, bobsIBAN)
			v := f.fills(ann, 2000, time.Thursday, first.ID)
			f.passTo(v.Due.Time.Add(-notice - 12*time.Hour))
			if v = f.refillOf(ann); !v.Announced {
				t.Fatalf("%+v", v)
			}
			change(f, ann, first, second)
			if v = f.refillOf(ann); v.Announced {
				t.Errorf("it counts as announced: %+v", v)
			}
			for range 8 * 24 {
				f.time.Pass(time.Hour)
				f.Sweep(f.ctx)
			}
			f.announced(ann, 1)
			if d := f.debits(ann)[0]; d.Amount != v.Budget || f.seal.BankAccount(ledger.VaultID{
				Kind: ledger.VaultUser, Owner: uint64(d.ID.User), Number: d.Mandate,
			}) != v.Bank {
				t.Errorf("%+v, set was %+v", d, v)
			}
		})
	}
}

// An announcement that is late moves the day of the debit, and never takes from the time before it.
func TestRefillAnnouncedLate(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	b := f.account(ann, annsIBAN)
	v := f.fills(ann, 2000, time.Monday, b.ID)
	due := v.Due.Time
	f.time.Pass(due.Add(-time.Minute).Sub(f.clock())) // nobody was there until a minute before
	for range 24 * 5 {
		f.Sweep(f.ctx)
		if len(f.debits(ann)) > 0 {
			break
		}
		f.time.Pass(time.Hour)
	}
	f.announced(ann, 1)
	if next := f.refillOf(ann).Due.Time; next.Weekday() != time.Monday || next.Sub(due) != 7*24*time.Hour {
		t.Errorf("next at %s", next)
	}
	f.clean()
}

// A debit of the week before holds the next one, also if it is of another bank account.
func TestRefillWaitsForDebitsOfOtherAccounts(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	first, second := f.account(ann, annsIBAN), f.account(ann, bobsIBAN)
	v := f.fills(ann, 2000, time.Monday, first.ID)
	f.passTo(v.Due.Time.Add(-notice))
	f.passTo(v.Due.Time)
	is(t, "debits", len(f.debits(ann)), 1)
	v = f.fills(ann, 2000, time.Monday, second.ID)
	f.passTo(v.Due.Time.Add(-notice))
	f.passTo(v.Due.Time)
	if got := f.debits(ann); len(got) != 1 {
		t.Errorf("%d debits while one is on its way: %+v", len(got), f.refillOf(ann))
	}
}

// A person who was not seen for long is not debited: the weekly budget ends when the balance becomes unclaimed
// property, and says so. Who comes back sets it anew.
func TestRefillEndsWithDormancy(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	f.decides(func(p *ledger.Policy) {
		p.Dormancy = ledger.Dormancy{After: 100 * 24 * time.Hour, Notice: 30 * 24 * time.Hour}
	})
	ann := f.funded("ann", eur(2000))
	b := f.account(ann, annsIBAN)
	f.fills(ann, 2000, time.Monday, b.ID)
	for range 110 {
		f.time.Pass(24 * time.Hour)
		f.Sweep(f.ctx)
	}
	v := f.refillOf(ann)
	if v.State != "ended" || !strings.Contains(v.Reason, "unclaimed property") || len(f.debits(ann)) != 0 {
		t.Fatalf("%+v, %d debits", v, len(f.debits(ann)))
	}
	is(t, "balance", f.balance(ann), 0)
	f.touch(ann)
	if err := f.welcome(f.ctx, ann, f.clock()); err != nil {
		t.Fatal(err)
	}
	is(t, "balance of the owner who is back", f.balance(ann), eur(2000).Micros)
	v = f.fills(ann, 5000, time.Monday, b.ID)
	f.passTo(v.Due.Time.Add(-notice))
	f.passTo(v.Due.Time)
	f.announced(ann, 1)
}

// A frozen method debits nothing: what is announced waits, nothing is announced, no budget is set and no mandate given.
func TestRefillOfAFrozenMethod(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	b := f.account(ann, annsIBAN)
	v := f.fills(ann, 2000, time.Monday, b.ID)
	f.passTo(v.Due.Time.Add(-notice))
	freeze := func(method string, thaw bool) {
		t.Helper()
		if _, err := f.SetMethod(f.ctx, f.operator, method, thaw, "The bank has a new address."); err != nil {
			t.Fatal(err)
		}
	}
	freeze("autodebit", false)
	f.passTo(v.Due.Time)
	f.announced(ann, 0)
	if v = f.refillOf(ann); v.State != "active" || !strings.Contains(v.Reason, "The bank has a new address.") {
		t.Errorf("%+v", v)
	}
	told := len(f.told(ann))
	f.passTo(v.Due.Time.Add(-notice))
	f.passTo(v.Due.Time)
	if n := len(f.told(ann)); n != told || len(f.debits(ann)) != 0 {
		t.Errorf("%d debits, %d announcements while the method is frozen", len(f.debits(ann)), n-told)
	}
	f.touch(ann)
	q := view.RefillRequest{Budget: eur(1000), Weekday: time.Monday}
	f.refused(ledger.ErrState, func() error { _, err := f.RefillTerms(f.ctx, ann, q); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.SetRefill(f.ctx, ann, q); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.FillNow(f.ctx, ann, "EUR"); return err })
	bank := view.BankRequest{Currency: "EUR", Account: bobsIBAN, Holder: annsName, Most: eur(10_000)}
	f.refused(ledger.ErrState, func() error { _, err := f.BankTerms(f.ctx, ann, bank); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.BankAdd(f.ctx, ann, bank); return err })
	bank.Currency, bank.Account, bank.Most.Currency = "USD", annsAccount, "USD"
	if _, err := f.BankAdd(f.ctx, ann, bank); err != nil { // an electronic check debits it
		t.Error(err)
	}
	freeze("autodebit", true)
	v = f.refillOf(ann)
	f.passTo(v.Due.Time.Add(-notice))
	f.passTo(v.Due.Time)
	f.announced(ann, 1)
}
