package server

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tuppence/server/bank/ach"
	"tuppence/server/bank/sepa"
	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/funding/debit"
	"tuppence/server/funding/debit/simbank"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// Accounts of these tests: none of them is anybody's.
const (
	annsIBAN    = "DE89370400440532013000"
	annsAccount = "021000021 123456789"
	annsName    = "Erika Mustermann"
)

// testBank is what was agreed with the banks of the tests.
func testBank() debit.Bank {
	return debit.Bank{
		House: "Tuppence Ltd",
		ACH: &ach.Origin{
			Destination: "021000021", DestinationName: "A BANK", Origin: "123456789", OriginName: "TUPPENCE",
			ODFI: "02100002", Company: "TUPPENCE", CompanyID: "1234567890",
		},
		SEPA: &sepa.Sender{Name: "Tuppence Ltd", IBAN: "DE02120300000000202051", CreditorID: "DE98ZZZ09999999999"},
	}
}

// bankFixture is a service that debits bank accounts, with a bank that answers.
type bankFixture struct {
	*fixture
	bank simbank.Bank
	due  []answerAt
}

type answerAt struct {
	at   time.Time
	file []byte
}

func newBankFixture(t testing.TB, kv store.Store) *bankFixture {
	f := &bankFixture{fixture: newFixtureOn(t, kv)}
	b := testBank()
	f.methods = append(f.methods, debit.ECheck{Bank: b}, debit.AutoDebit{Bank: b})
	f.decides(func(p *ledger.Policy) { p.Currencies = []ledger.Currency{"EUR", "USD"} })
	return f
}

// adds is a bank account of a person.
func (f *bankFixture) adds(who view.Caller, c ledger.Currency) view.BankAccount {
	f.t.Helper()
	most := ledger.Amount{Micros: 100e6, Currency: c}
	q := view.BankRequest{Currency: c, Account: annsIBAN, Holder: annsName, Most: most}
	if c == "USD" {
		q.Account = annsAccount
	}
	terms, err := f.BankTerms(f.ctx, who, q)
	if err != nil || !strings.Contains(terms.Text, "mandate revoke") || strings.Contains(terms.Text, annsIBAN) {
		f.t.Fatalf("terms: %+v, %v", terms, err)
	}
	b, err := f.BankAdd(f.ctx, who, q)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

// sends makes the files of a method and brings them to the bank.
func (f *bankFixture) sends(method string) (all []view.BankFile) {
	f.t.Helper()
	all, err := f.MakeBankFiles(f.ctx, f.operator, method)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, b := range all {
		plain, err := f.BankFile(f.ctx, f.operator, b.ID)
		if err != nil {
			f.t.Fatal(err)
		}
		answers, err := f.bank.Take(b.Network, plain, f.time.Now())
		if err != nil {
			f.t.Fatal(err)
		}
		for _, a := range answers {
			f.due = append(f.due, answerAt{f.time.Now().AddDate(0, 0, a.After*2), a.File})
		}
		if _, err := f.BankSent(f.ctx, f.operator, b.ID); err != nil {
			f.t.Fatal(err)
		}
	}
	return all
}

// days lets time pass, day by day, with what the bank answers in it. Each file is read twice.
func (f *bankFixture) days(n int) (items []view.NewsItem) {
	f.t.Helper()
	for range n {
		f.time.Pass(24 * time.Hour)
		for i := 0; i < len(f.due); i++ {
			if f.due[i].at.After(f.time.Now()) {
				continue
			}
			v, err := f.ReadBankFile(f.ctx, f.operator, f.due[i].file, true)
			if err != nil {
				f.t.Fatal(err)
			}
			again, err := f.ReadBankFile(f.ctx, f.operator, f.due[i].file, true)
			if err != nil || !again.Again {
				f.t.Fatalf("read twice: %+v, %v", again, err)
			}
			items = append(items, v.Items...)
			f.due = append(f.due[:i], f.due[i+1:]...)
			i--
		}
		f.Sweep(f.ctx)
		f.clean()
	}
	return items
}

// pays orders a debit.
func (f *bankFixture) pays(who view.Caller, method string, cents int64, c ledger.Currency) view.Deposit {
	f.t.Helper()
	d, err := f.Fund(f.ctx, who, view.FundRequest{
		Method: method, Amount: ledger.Amount{Micros: cents * 10_000, Currency: c},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

// states are those of the deposits of a person, newest first.
func (f *bankFixture) states(who view.Caller) string {
	f.t.Helper()
	all, err := f.Deposits(f.ctx, who, view.Paging{Limit: 20})
	if err != nil {
		f.t.Fatal(err)
	}
	var words []string
	for _, d := range all {
		words = append(words, string(d.State))
	}
	return strings.Join(words, " ")
}

// in is what a person can spend in a currency.
func (f *bankFixture) has(who view.Caller, c ledger.Currency) int64 {
	var w ledger.Wallet
	u := f.user(who)
	f.read(func(r books.Reader) (err error) {
		w, _, err = r.Wallet(u.ID, c)
		return err
	})
	return w.Paid - w.Owed
}

// What becomes of a debit follows from the code of its bank, in both networks.
func TestDebitsByCode(t *testing.T) {
	for _, tt := range []struct {
		method   string
		currency ledger.Currency
		cents    int64
		states   string
		mandate  ledger.MandateState
		status   ledger.UserStatus
		has      int64
	}{
		{"autodebit", "EUR", 2500, "cleared", ledger.MandateActive, ledger.UserActive, 25e6},
		{"autodebit", "EUR", 2513, "returned", ledger.MandateSuspended, ledger.UserActive, 0},
		{"autodebit", "EUR", 2516, "returned", ledger.MandateEnded, ledger.UserFrozen, 0},
		{"autodebit", "EUR", 2517, "cleared returned", ledger.MandateActive, ledger.UserActive, 25_170_000},
		{"autodebit", "EUR", 2518, "returned returned", ledger.MandateActive, ledger.UserActive, 0},
		{"autodebit", "USD", 2500, "cleared", ledger.MandateActive, ledger.UserActive, 25e6},
		{"echeck", "USD", 2513, "returned", ledger.MandateSuspended, ledger.UserActive, 0},
		{"echeck", "USD", 2516, "returned", ledger.MandateEnded, ledger.UserFrozen, 0},
		{"echeck", "USD", 2517, "cleared returned", ledger.MandateActive, ledger.UserActive, 25_170_000},
		{"echeck", "USD", 2518, "returned returned returned", ledger.MandateActive, ledger.UserActive, 0},
		{"autodebit", "USD", 2519, "cleared", ledger.MandateActive, ledger.UserActive, 25_190_000},
	} {
		t.Run(fmt.Sprint(tt.method, " ", tt.currency, " ", tt.cents), func(t *testing.T) {
			kv := store.NewMemory()
			f := newBankFixture(t, kv)
			ann := f.join("ann")
			f.adds(ann, tt.currency)
			if tt.currency == "USD" {
				f.refused(ledger.ErrState, func() error {
					five := ledger.Amount{Micros: 5e6, Currency: "USD"}
					_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: tt.method, Amount: five})
					return err
				})
				f.sends(tt.method) // the bank is asked
				f.days(10)
			}
			f.pays(ann, tt.method, tt.cents, tt.currency)
			for range 4 {
				f.sends(tt.method)
				f.days(12)
			}
			is(t, "states", f.states(ann), tt.states)
			all, err := f.Mandates(f.ctx, ann)
			if err != nil {
				t.Fatal(err)
			}
			is(t, "mandate", string(all[0].State), string(tt.mandate))
			is(t, "wallet", f.user(ann).Status, tt.status)
			is(t, "has", f.has(ann, tt.currency), tt.has)
			notInStore(t, kv, annsIBAN, "123456789", annsName, "Mustermann", "023456789", "923456789")
		})
	}
}

// A debit that its owner takes back after the money was spent leaves a debt, freezes the wallet and ends the mandate;
// what waits for the next file is canceled.
func TestDebitReturnedAfterSpending(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	v, _ := f.vendor("acme")
	f.touch(ann)
	f.unlimited(ann)
	f.adds(ann, "EUR")
	f.pays(ann, "autodebit", 2516, "EUR")
	f.sends("autodebit")
	f.days(11)
	is(t, "cleared", f.states(ann), "cleared")
	f.buys(ann, v, "Rivers", eur(2000))
	f.pays(ann, "autodebit", 1000, "EUR")
	items := f.days(30)
	if len(items) != 1 || !strings.Contains(items[0].Outcome, "owes 20.00 EUR") {
		t.Errorf("what followed: %+v", items)
	}
	is(t, "states", f.states(ann), "canceled returned")
	is(t, "frozen", f.user(ann).Status, ledger.UserFrozen)
	is(t, "has", f.has(ann, "EUR"), -20e6)
	f.refused(ledger.ErrFrozen, func() error {
		_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: "check", Amount: eur(1000)})
		return err
	})
}

// A file is made once: who asks for it again gets the same bytes under the same id, also after the program has ended
// between making and sending.
func TestBankFileIsTheSameAgain(t *testing.T) {
	kv := store.NewMemory()
	f := newBankFixture(t, kv)
	ann := f.join("ann")
	f.adds(ann, "EUR")
	f.pays(ann, "autodebit", 2500, "EUR")
	made, err := f.MakeBankFiles(f.ctx, f.operator, "autodebit")
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	first, err := f.BankFile(f.ctx, f.operator, made[0].ID)
	if err != nil || !bytes.Contains(first, []byte(annsIBAN)) || !bytes.Contains(first, []byte(made[0].ID)) {
		t.Fatalf("%s, %v", first, err)
	}
	g := newBankFixture(t, stays{kv}) // the program again, over the same books
	g.time.Pass(48 * time.Hour)
	again, err := g.BankFile(f.ctx, f.operator, made[0].ID)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("other bytes: %v", err)
	}
	more, err := g.MakeBankFiles(f.ctx, f.operator, "autodebit")
	if err != nil || len(more) != 0 {
		t.Errorf("what is in a file is put into another one: %v, %v", more, err)
	}
	g.Sweep(g.ctx)
	is(t, "never sent, never cleared", g.states(ann), "submitted")
	if _, err := g.BankSent(g.ctx, g.operator, made[0].ID); err != nil {
		t.Fatal(err)
	}
	g.time.Pass(fileRetention + time.Hour)
	g.Sweep(g.ctx)
	g.refused(ledger.ErrState, func() error { _, err := g.BankFile(g.ctx, g.operator, made[0].ID); return err })
	if _, err := g.BankFile(f.ctx, ann, made[0].ID); !errors.Is(err, ledger.ErrNotAllowed) {
		t.Errorf("a user reads a file: %v", err)
	}
}

// News come twice, in any order and mixed: the books are those of each piece of news once, and they are clean.
func TestBankNewsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := newBankFixture(t, store.NewMemory())
		var people []view.Caller
		for i := range 3 {
			who := f.join(fmt.Sprint("p", i))
			f.adds(who, "EUR")
			for range rapid.IntRange(1, 2).Draw(r, "debits") {
				f.pays(who, "autodebit", 2500+rapid.Int64Range(12, 19).Draw(r, "cents"), "EUR")
			}
			people = append(people, who)
		}
		f.sends("autodebit")
		files := make([][]byte, 0, 2*len(f.due))
		for _, a := range f.due {
			files = append(files, a.file, a.file)
		}
		f.due = nil
		for i, file := range rapid.Permutation(files).Draw(r, "order") {
			if i > 0 && rapid.Bool().Draw(r, "a day") {
				f.time.Pass(24 * time.Hour)
				f.Sweep(f.ctx)
			}
			if _, err := f.ReadBankFile(f.ctx, f.operator, file, false); err != nil { // a preview
				r.Fatal(err)
			}
			if _, err := f.ReadBankFile(f.ctx, f.operator, file, true); err != nil {
				r.Fatal(err)
			}
			f.clean()
		}
		for _, who := range people {
			for _, s := range strings.Fields(f.states(who)) {
				if s == "errored" || s == "processing" {
					r.Fatalf("%s", s)
				}
			}
		}
	})
}

// A preview tells what follows, and leaves nothing behind.
func TestPreviewLeavesNothing(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	f.adds(ann, "EUR")
	f.pays(ann, "autodebit", 2513, "EUR")
	f.sends("autodebit")
	before := f.head()
	v, err := f.ReadBankFile(f.ctx, f.operator, f.due[0].file, false)
	if err != nil || v.Read || len(v.Items) != 1 || v.Items[0].Outcome != "returned, mandate suspended" {
		t.Errorf("preview: %+v, %v", v, err)
	}
	is(t, "entries", f.head(), before)
	is(t, "state", f.states(ann), "pending_clearing")
}

// A file of another kind, one that is cut off, and one that is too long are refused as a whole, in words.
func TestBankFilesThatAreRefused(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	f.adds(ann, "EUR")
	f.pays(ann, "autodebit", 2513, "EUR")
	f.sends("autodebit")
	good := f.due[0].file
	for name, file := range map[string][]byte{
		"empty": nil, "words": []byte("hello"), "cut off": good[:len(good)/2], "too long": make([]byte, 50<<20),
		"another's account": bytes.ReplaceAll(good, []byte("DE02120300000000202051"), []byte("DE89370400440532013000")),
		"another root":      bytes.ReplaceAll(good, []byte("BkToCstmrDbtCdtNtfctn"), []byte("BkToCstmrOther")),
		"a picture":         []byte("\x89PNG\r\n\x1a\n"),
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			f.refused(ledger.ErrInvalid, func() error {
				_, err := f.ReadBankFile(f.ctx, f.operator, file, true)
				return err
			})
		})
	}
	f.t = t
	unknown := bytes.ReplaceAll(good, []byte("AC01"), []byte("ZZ99"))
	v, err := f.ReadBankFile(f.ctx, f.operator, unknown, true)
	if err != nil || v.Person != 1 {
		t.Errorf("a code that nobody knows: %+v, %v", v, err)
	}
	is(t, "state", f.states(ann), "returned")
}

// A return that does not agree with what was sent, in its amount, its trace number or the name that the bank has
// copied, does nothing: a person looks at it.
func TestReturnsThatDoNotAgree(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	f.adds(ann, "USD")
	f.sends("echeck")
	f.days(10)
	d := f.pays(ann, "echeck", 2513, "USD")
	f.sends("echeck")
	good, name := f.due[0].file, funding.ShortName(d.ID)
	for what, change := range map[string][2]string{
		"another name": {name, strings.Repeat("7", 15)}, "another trace": {"021000020000002", "021000020000009"},
	} {
		if !bytes.Contains(good, []byte(change[0])) {
			t.Fatalf("%s: no %s in\n%s", what, change[0], good)
		}
		file := bytes.ReplaceAll(good, []byte(change[0]), []byte(change[1]))
		v, err := f.ReadBankFile(f.ctx, f.operator, file, true)
		if err != nil || v.Person != 1 {
			t.Errorf("%s: %+v, %v", what, v, err)
		}
		is(t, what, f.states(ann), "pending_clearing")
	}
	g := newBankFixture(t, store.NewMemory())
	bob := g.join("bob")
	g.adds(bob, "EUR")
	g.pays(bob, "autodebit", 2513, "EUR")
	g.sends("autodebit")
	file := bytes.ReplaceAll(g.due[0].file, []byte("25.13"), []byte("25.14"))
	v, err := g.ReadBankFile(g.ctx, g.operator, file, true)
	if err != nil || v.Person != 1 || !strings.Contains(v.Items[0].Outcome, "sent were 25.13 EUR") {
		t.Errorf("another amount: %+v, %v", v, err)
	}
	is(t, "another amount", g.states(bob), "pending_clearing")
}

// Money in a statement clears the deposit that it names; any other is a receipt, once.
func TestStatementClearsPaper(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Method: "check", Amount: eur(2000)})
	if err != nil {
		t.Fatal(err)
	}
	csv := "date,amount,currency,reference,name,account\n" +
		"2026-11-27,20.00,EUR," + d.Reference + " thanks,Somebody,DE00\n" +
		"2026-11-27,20.00,EUR," + d.Reference + " again,Somebody,DE00\n" +
		"2026-11-27,7.00,EUR,nothing at all,Somebody,DE00\n" +
		"2026-11-27,-3.00,EUR,fee,Bank,DE00\n"
	v, err := f.ReadBankFile(f.ctx, f.operator, []byte(csv), true)
	if err != nil || v.Person != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	is(t, "state", f.states(ann), "cleared")
	is(t, "has", f.has(ann, "EUR"), 20e6)
	page, err := f.DeskReceipts(f.ctx, f.operator, view.DeskQuery{})
	if err != nil || len(page.Data) != 2 {
		t.Errorf("receipts: %+v, %v", page, err)
	}
	v, err = f.ReadBankFile(f.ctx, f.operator, []byte(csv+"2026-11-28,-1.00,EUR,fee,Bank,DE00\n"), true)
	if err != nil || v.Person != 0 || !strings.HasPrefix(v.Items[0].Outcome, "read already") {
		t.Errorf("the same lines in another file: %+v, %v", v, err)
	}
}
