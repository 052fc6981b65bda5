package server

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// signing is a member with a key that signs.
type signing struct {
	view.Caller
	key ssh.Signer
}

// signs opens a wallet with a real key.
func (f *fixture) signs(name string) signing {
	f.t.Helper()
	seed := sha256.Sum256([]byte(name))
	key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		f.t.Fatal(err)
	}
	who := view.Caller{Fingerprint: ssh.FingerprintSHA256(key.PublicKey()), Remote: "192.0.2.1:5"}
	if _, err := f.Join(f.ctx, who, view.JoinRequest{Accept: true}); err != nil {
		f.t.Fatal(err)
	}
	f.touch(who)
	return signing{who, key}
}

// signed is a text with its signature below.
func (f *fixture) signed(text string, key ssh.Signer, hash sshsig.HashAlgorithm, namespace string) []byte {
	f.t.Helper()
	sig, err := sshsig.Sign(strings.NewReader(text), key, hash, namespace)
	if err != nil {
		f.t.Fatal(err)
	}
	return append([]byte(text), sshsig.Armor(sig)...)
}

// orderText is the template of an order.
func (f *fixture) orderText(who view.Caller, number string, amount ledger.Amount) string {
	f.t.Helper()
	f.methods = append(f.methods, funding.PurchaseOrder{To: funding.Payee{
		Name: "Tuppence Ltd", Address: "1 Mill Lane", IBAN: "DE89370400440532013000",
	}})
	v, err := f.OrderTemplate(f.ctx, who, number, amount, time.Time{})
	if err != nil {
		f.t.Fatal(err)
	}
	is(f.t, "namespace", v.Namespace, "purchase@pay.example")
	return v.Text
}

// rep makes a representative.
func (f *fixture) rep(name string) view.Caller {
	f.t.Helper()
	who := caller(name)
	if _, err := f.StaffAdd(f.ctx, f.operator, keyOf(who), ledger.RoleRep, ""); err != nil {
		f.t.Fatal(err)
	}
	return who
}

// lendsOrders gives a wallet credit for purchase orders.
func (f *fixture) lendsOrders(who view.Caller, limit ledger.Amount) {
	f.t.Helper()
	if _, err := f.SetOrderLimit(f.ctx, f.operator, f.user(who).Handle, limit); err != nil {
		f.t.Fatal(err)
	}
}

// decides moves an order on.
func (f *fixture) orderStep(who view.Caller, id, step string) view.Deposit {
	f.t.Helper()
	d, err := f.DecideOrder(f.ctx, who, id, step, ledger.Amount{}, "because")
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

// A signed order is accepted by a second person, issued and invoiced at once, and paid; the same order again is the
// same deposit.
func TestOrderIsPaid(t *testing.T) {
	f := newFixture(t)
	ann, rita, mia := f.signs("ann"), f.rep("rita"), f.rep("mia")
	f.lendsOrders(ann.Caller, eur(20_000))
	text := f.orderText(ann.Caller, "PO-17", eur(12_000))
	signed := f.signed(text, ann.key, sshsig.HashSHA512, "purchase@pay.example")
	d, err := f.SubmitOrder(f.ctx, ann.Caller, signed)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.SubmitOrder(f.ctx, ann.Caller, signed)
	is(t, "the same", again.ID, d.ID)
	is(t, "state", d.State, view.State(ledger.DepositSubmitted))
	is(t, "spendable", f.balance(ann.Caller), 0)
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { // the operator has set the limit
		_, err := f.DecideOrder(f.ctx, f.operator, d.ID, "accept", ledger.Amount{}, "")
		return err
	})
	d = f.orderStep(rita, d.ID, "accept")
	is(t, "state", d.State, view.State(ledger.DepositInvoiced))
	is(t, "due", d.Due.Sub(f.clock()), 30*24*time.Hour)
	is(t, "spendable", f.balance(ann.Caller), eur(12_000).Micros)
	f.refused(ledger.ErrLimit, func() error {
		_, err := f.Transfer(f.ctx, ann.Caller, view.TransferRequest{Amount: eur(1)})
		return err
	})
	f.refused(ledger.ErrLimit, func() error { // the credit is used
		more := f.signed(f.orderText(ann.Caller, "PO-18", eur(9000)), ann.key, sshsig.HashSHA512, "purchase@pay.example")
		_, err := f.SubmitOrder(f.ctx, ann.Caller, more)
		return err
	})
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.DecideOrder(f.ctx, mia, d.Reference, "paid", eur(11_999), "")
		return err
	})
	f.refused(ledger.ErrNotAllowed, func() error { // she has accepted it
		_, err := f.DecideOrder(f.ctx, rita, d.Reference, "paid", eur(12_000), "")
		return err
	})
	if d, err = f.DecideOrder(f.ctx, mia, d.Reference, "paid", eur(12_000), ""); err != nil {
		t.Fatal(err)
	}
	is(t, "state", d.State, view.State(ledger.DepositPaid))
	is(t, "used", f.user(ann.Caller).Credit[0].Used, 0)
}

// What is not signed by a live member's key over this text, for this service and this wallet, is no order.
func TestOrdersAreSigned(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.signs("ann"), f.signs("bob")
	f.lendsOrders(ann.Caller, eur(20_000))
	text := f.orderText(ann.Caller, "PO-17", eur(12_000))
	const here = "purchase@pay.example"
	good := f.signed(text, ann.key, sshsig.HashSHA512, here)
	for name, c := range map[string]struct {
		want   error
		signed []byte
	}{
		"not signed":      {ledger.ErrInvalid, []byte(text)},
		"another service": {ledger.ErrInvalid, f.signed(text, ann.key, sshsig.HashSHA512, "purchase@other.example")},
		"another use":     {ledger.ErrInvalid, f.signed(text, ann.key, sshsig.HashSHA512, "file")},
		"a weaker hash":   {ledger.ErrInvalid, f.signed(text, ann.key, sshsig.HashSHA256, here)},
		"another amount":  {ledger.ErrInvalid, bytes.Replace(good, []byte("120.00"), []byte("121.00"), 1)},
		"another house": {ledger.ErrInvalid, f.signed(
			strings.Replace(text, "pay.example", "pay.example.org", 1), ann.key, sshsig.HashSHA512, here)},
		"a line more": {ledger.ErrInvalid, f.signed(text+"x: y\n", ann.key, sshsig.HashSHA512, here)},
		"a stranger":  {ledger.ErrNotAllowed, f.signed(text, bob.key, sshsig.HashSHA512, here)},
		"of bob, by ann": {ledger.ErrNotAllowed, f.signed(
			f.orderText(bob.Caller, "1", eur(100)), ann.key, sshsig.HashSHA512, here)},
		"cut":  {ledger.ErrInvalid, good[:len(good)-40]},
		"long": {ledger.ErrInvalid, append(good, make([]byte, maxSignedOrder)...)},
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			f.refused(c.want, func() error { _, err := f.SubmitOrder(f.ctx, ann.Caller, c.signed); return err })
		})
	}
	f.t = t
	if _, err := f.SubmitOrder(f.ctx, ann.Caller, good); err != nil {
		t.Fatal(err)
	}
	other := f.signed(f.orderText(ann.Caller, "PO-17", eur(100)), ann.key, sshsig.HashSHA512, here)
	f.refused(ledger.ErrState, func() error { _, err := f.SubmitOrder(f.ctx, ann.Caller, other); return err })
}

// An invoice that is not paid in time is overdue, and is written off by another person than the one who lent: it is bad
// debt, and the wallet is frozen.
func TestOrderIsWrittenOff(t *testing.T) {
	f := newFixture(t)
	ann, rita, mia := f.signs("ann"), f.rep("rita"), f.rep("mia")
	f.lendsOrders(ann.Caller, eur(20_000))
	scan := hex.EncodeToString(make([]byte, 32))
	f.orderText(ann.Caller, "x", eur(100))
	q := view.PaperOrder{
		Wallet: f.user(ann.Caller).Handle, Number: "9/26", Amount: eur(5000),
		Until: f.clock().Add(24 * time.Hour), Scan: scan,
	}
	d, err := f.EnterOrder(f.ctx, rita, q)
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { // she has typed it
		_, err := f.DecideOrder(f.ctx, rita, d.ID, "accept", ledger.Amount{}, "")
		return err
	})
	d = f.orderStep(mia, d.ID, "accept")
	f.time.Pass(30*24*time.Hour - time.Second)
	f.Sweep(f.ctx)
	f.refused(ledger.ErrState, func() error {
		_, err := f.DecideOrder(f.ctx, rita, d.ID, "write-off", ledger.Amount{}, "")
		return err
	})
	f.time.Pass(time.Second)
	f.Sweep(f.ctx)
	f.refused(ledger.ErrNotAllowed, func() error { // she has accepted it
		_, err := f.DecideOrder(f.ctx, mia, d.ID, "write-off", ledger.Amount{}, "")
		return err
	})
	d = f.orderStep(rita, d.ID, "write-off")
	is(t, "state", d.State, view.State(ledger.DepositWrittenOff))
	is(t, "wallet", f.user(ann.Caller).Status, ledger.UserFrozen)
	q.Number, q.Scan = "10/26", "00"
	f.refused(ledger.ErrInvalid, func() error { _, err := f.EnterOrder(f.ctx, rita, q); return err })
}

// An order that nobody has accepted on its last day expires; one that was denied says why; one that waits is withdrawn
// by its owner.
func TestOrdersEndWithoutTokens(t *testing.T) {
	f := newFixture(t)
	ann, rita := f.signs("ann"), f.rep("rita")
	f.lendsOrders(ann.Caller, eur(20_000))
	submit := func(number string) view.Deposit {
		t.Helper()
		d, err := f.SubmitOrder(f.ctx, ann.Caller, f.signed(
			f.orderText(ann.Caller, number, eur(100)), ann.key, sshsig.HashSHA512, "purchase@pay.example"))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	denied, withdrawn, late := submit("1"), submit("2"), submit("3")
	is(t, "denied", f.orderStep(rita, denied.ID, "deny").Reason, "because")
	d, err := f.CancelDeposit(f.ctx, ann.Caller, withdrawn.ID)
	is(t, "withdrawn", d.State, view.State(ledger.DepositCanceled))
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(32 * 24 * time.Hour)
	f.Sweep(f.ctx)
	all, err := f.Deposits(f.ctx, ann.Caller, view.Paging{})
	if err != nil || all[0].ID != late.ID {
		t.Fatal(all, err)
	}
	is(t, "late", all[0].State, view.State(ledger.DepositExpired))
	rows, err := f.History(f.ctx, ann.Caller, view.HistoryQuery{Kind: "order"})
	if err != nil || len(rows.Data) != 3 || rows.Data[0].ID != late.ID || rows.Data[0].Kind != "order" {
		t.Errorf("rows of orders: %+v, %v", rows.Data, err)
	}
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.DecideOrder(f.ctx, rita, "dep_none", "accept", ledger.Amount{}, "")
		return err
	})
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.DecideOrder(f.ctx, rita, late.ID, "eat", ledger.Amount{}, "")
		return err
	})
}

// The owner of an order and staff print its invoice, the owner of a check its slip, and nobody else does. The bytes are
// the same each time.
func TestSheets(t *testing.T) {
	f := newFixture(t)
	ann, bob, rita := f.signs("ann"), f.signs("bob"), f.rep("rita")
	f.lendsOrders(ann.Caller, eur(20_000))
	d, err := f.SubmitOrder(f.ctx, ann.Caller, f.signed(
		f.orderText(ann.Caller, "PO-17", eur(12_000)), ann.key, sshsig.HashSHA512, "purchase@pay.example"))
	if err != nil {
		t.Fatal(err)
	}
	print := func(who view.Caller, id string) string {
		t.Helper()
		v, err := f.DepositSheet(f.ctx, who, id)
		if err != nil {
			t.Fatal(err)
		}
		return v.Title + v.PDF
	}
	refuses := func(want error, who view.Caller, id string) {
		t.Helper()
		f.refused(want, func() error { _, err := f.DepositSheet(f.ctx, who, id); return err })
	}
	refuses(ledger.ErrState, ann.Caller, d.ID) // there is no invoice yet
	f.orderStep(rita, d.ID, "accept")
	is(t, "the same", print(ann.Caller, d.ID), print(rita, d.Reference))
	is(t, "an invoice", strings.HasPrefix(print(rita, d.ID), "InvoiceJVBERi"), true)
	refuses(ledger.ErrNotFound, bob.Caller, d.ID)
	check, err := f.Fund(f.ctx, bob.Caller, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "a slip", strings.HasPrefix(print(bob.Caller, check.ID), "Check by mailJVBERi"), true)
	refuses(ledger.ErrNotFound, rita, check.ID)
	card, err := f.Fund(f.ctx, bob.Caller, view.FundRequest{Amount: eur(2000), Method: "card"})
	if err != nil {
		t.Fatal(err)
	}
	refuses(ledger.ErrNotFound, bob.Caller, card.ID)
}
