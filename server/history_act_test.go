package server

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// notShown are the kinds of entries that are in no history, and why.
var notShown = map[string]string{
	"KindDisputeStep": "the row of the dispute tells how it stands",
	"KindPolicy":      "the operator's, and of no wallet",
	"KindRates":       "the operator's, and of no wallet",
	"KindJoined":      "there is no account yet; the account says since when it is there",
	"KindKeyAdded":    "keys of staff and vendors; a person has one key, and a recovery is a row",
	"KindVendor":      "the vendor's", "KindOffer": "the vendor's", "KindHook": "the vendor's",
	"KindConsumed": "the vendor's; the row of the sale has the views",
	"KindCase":     "of staff; the desk shows it", "KindProposal": "of staff; what comes of it is a row",
	"KindStaff": "of staff; the staff log has it", "KindRestored": "of the books",
	"KindSettlement": "the vendor's", "KindPayout": "the vendor's", "KindPayAccount": "the vendor's",
	"KindPlan":     "the vendor's",
	"KindCampaign": "the issuer's", "KindTokenIssue": "the issuer's",
	"KindVoucher": "the issuer's; the tokens that it brings are a row",
	"KindReceipt": "of nobody yet; what it became is a deposit",
	"KindMailing": "of the printer; the bill says when it was mailed",
	"KindClose":   "of the books", "KindWalletClosed": "its owner has no wallet then; the desk shows it",
	"KindBiller": "of a biller; what its files make of a charge is a deposit",
	"KindInvite": "of the desk; who was invited sees the wallet",
	"KindHold":   "no purchase is held", "KindCapture": "no purchase is held", "KindVoid": "no purchase is held",
}

// acts opens two wallets, and does everything that a person decides about one, and everything that moves its money. It
// returns the keys of both; that of the first came with the recovery code.
func (f *fixture) acts() (ann, bob view.Caller) {
	f.t.Helper()
	v, key := f.vendor("acme")
	must := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	ann, bob = caller("ann"), f.funded("bob", eur(500))
	f.vendor("guide")
	agreed, err := f.SetReferral(f.ctx, f.operator, view.ReferralOrder{Vendor: "guide", Rate: "20 %"})
	must(err)
	joined, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true, Invite: agreed.Code})
	must(err)
	_, err = f.EndReferral(f.ctx, ann)
	must(err)
	f.touch(ann)
	_, err = f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(5000), Method: "card"})
	must(err)
	free := ledger.Limits{PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: 9e6}
	link := view.LinkRequest{Vendor: "acme", Currency: "EUR", Limits: free, Total: ledger.NoLimit, Confirmed: true}
	for range 2 {
		_, err := f.Link(f.ctx, ann, link)
		must(err)
		f.time.Pass(time.Minute)
	}
	_, err = f.Unlink(f.ctx, ann, "acme")
	must(err)
	f.unlimited(ann)
	for _, change := range []ledger.LimitChange{
		{Currency: "EUR", Period: "day", Max: 500e6},
		{Currency: "EUR", Period: "day", Max: 300e6, Vendor: "acme"},
	} {
		_, _, err := f.SetLimit(f.ctx, ann, change)
		must(err)
	}
	_, err = f.Block(f.ctx, ann, "acme")
	must(err)
	_, err = f.Unblock(f.ctx, ann, "acme")
	must(err)
	f.methods = append(f.methods, debit.AutoDebit{Bank: testBank()})
	bank, err := f.BankAdd(f.ctx, ann, view.BankRequest{
		Currency: "EUR", Account: annsIBAN, Holder: annsName, Most: eur(10_000),
	})
	must(err)
	_, err = f.SetRefill(f.ctx, ann, view.RefillRequest{Budget: eur(2000), Weekday: time.Monday})
	must(err)
	_, err = f.EndRefill(f.ctx, ann, "EUR")
	must(err)
	f.redeems(ann, eur(100), "card")
	_, err = f.BankRemove(f.ctx, ann, bank.ID)
	must(err)
	_, err = f.Freeze(f.ctx, f.operator, f.user(ann).Handle, "she called")
	must(err)
	_, err = f.Thaw(f.ctx, f.operator, f.user(ann).Handle, "she called again")
	must(err)
	f.voice.On = true
	_, err = f.SetVoicePIN(f.ctx, ann, "730194")
	must(err)
	_, err = f.DeskCredit(f.ctx, f.operator, f.user(ann).Handle, eur(40), "for the trouble")
	must(err)
	f.lendsOrders(ann, eur(5000))
	f.bills()
	_, err = f.JoinBiller(f.ctx, ann, "northnet", "ISP-00731")
	must(err)
	seller, err := f.Authenticate(f.ctx, key)
	must(err)
	sold := f.buys(ann, v, "Rivers", eur(20))
	no := opened(f.t, f.seal.OpenCharge, sold.ID)
	_, _, err = seller.Revoke(f.ctx, asking("v", "v"), no, "shared in public")
	must(err)
	_, _, err = seller.Refund(f.ctx, asking("r", "r"), RefundOrder{Charge: no, Reason: "goodwill"})
	must(err)
	d, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: f.buys(ann, v, "Seas", eur(200)).ID, Reason: "not_delivered"})
	must(err)
	_, err = f.Decide(f.ctx, f.operator, d.ID, true, "it never came")
	must(err)
	_, _, err = seller.AcceptDispute(f.ctx, asking("a", "a"), opened(f.t, f.seal.OpenDispute, d.ID))
	must(err)
	_, err = f.AddAgent(f.ctx, ann, view.AgentOrder{Name: "builder", Key: agentLine(1), Each: 1e6, Day: 5e6})
	must(err)
	day := int64(4e6)
	_, err = f.LimitAgent(f.ctx, ann, view.AgentChange{Name: "builder", Day: &day})
	must(err)
	f.loads("1.0834")
	_, err = f.Exchange(f.ctx, ann, to(10))
	must(err)
	sent := []view.Transfer{}
	for range 2 {
		t, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(10)})
		must(err)
		sent = append(sent, t)
	}
	_, err = f.Claim(f.ctx, bob, sent[0].Code)
	must(err)
	_, err = f.Recall(f.ctx, ann, sent[1].ID)
	must(err)
	ann = caller("ann's new key")
	_, err = f.Recover(f.ctx, ann, joined.RecoveryCode)
	must(err)
	f.gives(bob)
	f.dozes(ann, bob)
	f.lends(bob, v)
	return ann, bob
}

// gives gives tokens to a wallet, which expire.
func (f *fixture) gives(bob view.Caller) {
	f.t.Helper()
	q := view.IncentiveRequest{Wallet: f.user(bob).Handle, Amount: eur(50), Days: 1, Reason: "welcome"}
	if _, err := f.GiveIncentive(f.ctx, f.operator, q); err != nil {
		f.t.Fatal(err)
	}
	_, err := f.OpenCampaign(f.ctx, f.operator, view.CampaignRequest{
		Name: "welcome", Code: "WELCOME", Budget: eur(1_000), Each: eur(50), Days: 9, Open: 1,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	made, err := f.IssueVouchers(f.ctx, f.operator, view.VoucherRequest{
		Amount: eur(50), Count: 2, Days: 1, Reason: "hello",
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.RedeemVoucher(f.ctx, bob, made.Codes[1]); err != nil {
		f.t.Fatal(err)
	}
	f.time.Pass(25 * time.Hour)
	f.Sweep(f.ctx)
}

// dozes lets a balance of bob become unclaimed property, until its owner signs in.
func (f *fixture) dozes(ann, bob view.Caller) {
	f.t.Helper()
	set := func(name, value string) {
		f.t.Helper()
		if _, err := f.SetPolicy(f.ctx, f.operator, name, value); err != nil {
			f.t.Fatal(err)
		}
	}
	set("dormant_after", "200d")
	set("dormant_notice", "1d")
	for range 2 {
		f.time.Pass(220 * 24 * time.Hour)
		f.touch(ann)
		f.Sweep(f.ctx)
	}
	set("dormant_after", "0s")
	had := f.balance(bob)
	if _, err := f.WhoAmI(f.ctx, bob); err != nil || had != 0 || f.balance(bob) == 0 {
		f.t.Fatalf("before %d, after %d: %v", had, f.balance(bob), err)
	}
}

// lends makes a wallet buy on credit, bills it, and gives the debt up.
func (f *fixture) lends(bob view.Caller, v ledger.Vendor) {
	f.t.Helper()
	must := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	handle, second := f.user(bob).Handle, caller("second operator")
	p, err := f.SetCredit(f.ctx, f.operator, handle, eur(500), "a good customer")
	must(err)
	f.unlimited(bob)
	f.touch(bob)
	have := f.balance(bob) / 10_000
	f.buys(bob, v, "All of it", eur(have+200))
	f.time.Pass(p.NextBill.Sub(f.clock()))
	f.Sweep(f.ctx)
	f.time.Pass(104 * 24 * time.Hour)
	_, err = f.StaffAdd(f.ctx, f.operator, second.Fingerprint, ledger.RoleOperator, "")
	must(err)
	for _, who := range []view.Caller{f.operator, second} {
		_, err = f.WriteOff(f.ctx, who, handle, eur(200), "moved away")
		must(err)
	}
}

// Every entry of a person is a row of the own history, or of a kind that is named with its reason. What moves nothing
// has a row without an amount, and it opens.
func TestEveryOwnEntryIsARow(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.acts()
	var entries []books.Record
	f.read(func(r books.Reader) error {
		for rec, err := range r.Journal(0, 10_000) {
			if err != nil {
				return err
			}
			entries = append(entries, rec)
		}
		return nil
	})
	names := kindNames(t)
	seen := map[string]bool{}
	for who, u := range map[view.Caller]ledger.User{ann: f.user(ann), bob: f.user(bob)} {
		page, err := f.History(f.ctx, who, view.HistoryQuery{Paging: view.Paging{Limit: 100}})
		if err != nil {
			t.Fatal(err)
		}
		rows := map[ledger.EntryNo]view.Row{}
		for _, row := range page.Data {
			if !slices.Contains(view.RowKinds, row.Kind) {
				t.Errorf("%q is no kind of rows", row.Kind)
			}
			if no, err := f.seal.OpenEntry(row.ID); err == nil {
				rows[no] = row
			}
			if d, err := f.Show(f.ctx, who, row.ID); err != nil || len(d.Timeline) == 0 {
				t.Errorf("%s does not open: %+v, %v", row.Title, d, err)
			}
		}
		for _, e := range entries {
			if e.User != u.ID && e.Counterparty != u.ID {
				continue
			}
			_, shown := rows[e.No]
			if e.Kind == ledger.KindTransferClaimed { // the row of its sender says that it was claimed
				_, sent := rows[e.Cause]
				shown = shown || sent
			}
			if e.Kind == ledger.KindRedemption { // the row of its beginning says how far it is
				_, opened := rows[e.Cause]
				shown = shown || opened
			}
			name := names[e.Kind-1]
			_, told := notShown[name]
			if e.Deposit == nil && shown == told { // a deposit has a name of its own
				t.Errorf("entry %d of %s: shown %v, named as not shown %v", e.No, name, shown, told)
			}
			seen[name] = true
		}
	}
	for _, name := range names {
		if _, told := notShown[name]; !seen[name] && !told {
			t.Errorf("nothing here makes an entry of %s", name)
		}
	}
}

// What a person decides is told in the same words wherever it is shown, newest first.
func TestActsAreToldInWords(t *testing.T) {
	f := newFixture(t)
	ann, _ := f.acts()
	page, err := f.History(f.ctx, ann, view.HistoryQuery{Paging: view.Paging{Limit: 100}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range page.Data {
		if row.Amount.Currency == "" {
			got = append(got, row.Kind+": "+row.Title)
		}
	}
	want := []string{
		"agent: Ended the key builder: no program pays with it. The wallet was recovered.",
		"voice: Phone access: off. The wallet was recovered.",
		"recovery: Recovered with the code; earlier keys ended",
		"agent: Changed what the key builder pays: day 5.00 EUR → 4.00 EUR",
		"agent: A program pays with the key builder: 1.00 EUR each, 5.00 EUR a day",
		"grant_end: Ended by the vendor: Rivers. shared in public",
		"biller: Account at Northnet: asked, account …0731",
		"order_limit: May owe for purchase orders: 0.00 EUR → 50.00 EUR",
		"voice: Phone access: PIN set",
		"thaw: Thawed by staff: she called again", "freeze: Frozen by staff: she called",
		"bank: Removed the bank account DE … 3000", "mandate: Mandate for DE … 3000 ended: The account was removed.",
		"refill: Weekly budget ended, 20.00 EUR each Monday: You have turned it off.",
		"refill: Weekly budget active, 20.00 EUR each Monday",
		"mandate: Mandate for DE … 3000 active", "bank: Added the bank account DE … 3000",
		"unblock: Unblocked acme", "block: Blocked acme", "limit: Changed limit day at acme: none → 300.00 EUR",
		"limit: Changed limit day: none → 500.00 EUR", "limit: Changed limit month: 50.00 EUR → none",
		"limit: Changed limit week: 20.00 EUR → none", "limit: Changed limit day: 5.00 EUR → none",
		"limit: Changed limit purchase: 1.00 EUR → none", "unlink: Unlinked acme", "link: Changed the link of acme",
		"link: Linked acme", "referral: Ended: brought by guide", "referral: Brought by guide",
	}
	if diff := cmp.Diff(want, got[4:]); diff != "" { // the recovery has lowered four limits
		t.Error(diff)
	}
}

// kindNames are the names of all kinds of entries, as their list has them.
func kindNames(t *testing.T) (names []string) {
	t.Helper()
	source, err := os.ReadFile("ledger/entry.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(Kind\w+)\s.*//`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
	}
	if len(names) != int(ledger.KindRevoked) {
		t.Fatalf("%d kinds are named: %v", len(names), names)
	}
	return names
}
