package server

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// writeBounds is every method of the service that writes, with what bounds it where writing costs its caller nothing. A
// method that is not here fails the test: what is free and lasts needs a bound and an end.
var writeBounds = map[string]string{
	"Server.Join":            "Bounds.Joins for each network; a wallet stays",
	"Server.Recover":         "needs a recovery code, of which guessing is bounded; each use makes a new one",
	"Server.CheckoutPage":    "one for each request that a vendor has made",
	"Server.Touch":           "takes the place of what was there, once a minute",
	"Server.Lock":            "takes the place of what was there",
	"Server.WhoAmI":          "takes the place of what was there, once a day for each key of a wallet",
	"Server.Arrive":          "once for each request, which its vendor has paid for; mayAsk for what waits in a terminal",
	"Server.ForgetBrowser":   "maxBrowsers for each wallet; is no entry",
	"Server.NameKey":         "Bounds.Changes for each wallet; takes the place of what was there, and is no entry",
	"Server.JoinKey":         "needs a code of a wallet, each of which counts for Bounds.Changes; 10 keys at a time",
	"Server.AddAgent":        "Bounds.Changes for each wallet; 20 at a time, of those that ended 40 stay",
	"Server.LimitAgent":      "Bounds.Changes for each wallet; takes the place of what was there",
	"Server.EndAgent":        "Bounds.Changes for each wallet; one for each key that was added",
	"Server.EndKey":          "Bounds.Changes for each wallet; one for each key that was added",
	"Server.CloseWallet":     "once for each wallet",
	"Server.ClaimClosed":     "Bounds.Changes for each wallet; needs a code of a closed one, and money there",
	"Server.RenewRecovery":   "Bounds.Changes for each wallet; takes the place of what was there",
	"Server.Settings":        "takes the place of what was there, and is no entry",
	"Server.Fund":            "DepositsPerDay and DepositsAwaited for each wallet; DepositLife",
	"Server.CancelDeposit":   "Bounds.Changes for each wallet; one for each deposit",
	"Server.ReceiveNews":     "signed by a processor; each piece of news once, remembered as idempotency keys are",
	"Server.BankAdd":         "Bounds.Changes and maxMandates for each wallet; a tombstone stays",
	"Server.BankRemove":      "Bounds.Changes for each wallet; one for each account",
	"Server.RevokeMandate":   "Bounds.Changes for each wallet; one for each account",
	"Server.MakeBankFiles":   "staff; fileRows for each file, each debit once",
	"Server.BankFile":        "staff; a line of the staff log each, kept 400 days",
	"Server.BankSent":        "staff; one for each file",
	"Server.BankResume":      "staff; once for each restore",
	"Server.ReadBankFile":    "staff; a file of 16 MiB, each item once, remembered for ever",
	"Server.SetLimit":        "Bounds.Changes for each wallet",
	"Server.Link":            "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.Unlink":          "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.Block":           "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.Unblock":         "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.OpenContent":     "Bounds.Changes for each wallet; fetchesAtOnce and ofOne",
	"Server.Get":             "Bounds.Changes for each wallet; one at a time, fetchesAtOnce and ofOne",
	"Server.Dispute":         "Bounds.Changes for each wallet; a paid purchase each, within the window of disputes",
	"Server.ContestDispute":  "Bounds.Changes for each wallet; the steps of a dispute",
	"Server.Answer":          "one for each request that a vendor has made",
	"Server.Transfer":        "TransfersPerDay and TransferMax; TransferLife",
	"Server.Claim":           "Bounds.Changes; one for each transfer",
	"Server.Recall":          "Bounds.Changes; one for each transfer",
	"Server.Exchange":        "Bounds.Changes for each wallet; a spread each",
	"Server.LoadRates":       "staff; takes the place of what was there",
	"Server.VendorCreate":    "staff",
	"Server.VendorTeamCode":  "staff; MaxTeamCodes for each vendor, TeamCodeLife",
	"Server.TeamJoin":        "needs a code of a team, of which guessing is bounded; one for each code",
	"Server.TeamInvite":      "Bounds.Acts for each member, teamInvites for each vendor; MaxTeamCodes, TeamCodeLife",
	"Server.TeamRole":        "Bounds.Acts for each member, none to lower one; takes the place of what was there",
	"Server.ShopOfferAdd":    "Bounds.Acts for each member",
	"Server.ShopOfferChange": "Bounds.Acts for each member",
	"Server.ShopImport":      "Bounds.Acts for each member, one for each row",
	"Server.ShopRefund":      "a part of a paid sale each: at least a micro",
	"Server.ShopContest":     "the steps of a dispute",
	"Server.ShopRedeliver":   "Bounds.Acts for each member; one delivery for each event, for 30 days",
	"Server.ShopListen":      "takes the place of what was there, once a day for each member",
	"Server.ShopWatch":       "takes the place of what was there, once a day for each member",
	"Server.ShopTrigger":     "Bounds.Acts for each member; nothing of it is stored",
	"Server.ShopRotate":      "Bounds.Acts for each member",
	"Server.Authenticate":    "takes the place of what was there, once a day for each restricted key",
	"Server.AuthenticateUse": "takes the place of what was there, once a day for each restricted key",
	"Server.ShopKeyAdd":      "Bounds.Acts for each member; MaxAPIKeys, of those that are over maxSpentKeys",
	"Server.ShopKeyRoll":     "Bounds.Acts for each member; MaxAPIKeys, of those that are over maxSpentKeys",
	"Server.ShopKeyEnd":      "one for each key that was made",
	"Server.ShopKeys":        "takes the place of what was there, once a day for each member",
	"Server.ShopToday":       "takes the place of what was there, once a day for each member",
	"Server.ShopOffers":      "takes the place of what was there, once a day for each member",
	"Server.ShopOffer":       "takes the place of what was there, once a day for each member",
	"Server.ShopSales":       "takes the place of what was there, once a day for each member",
	"Server.ShopSale":        "takes the place of what was there, once a day for each member",
	"Server.ShopDisputes":    "takes the place of what was there, once a day for each member",
	"Server.ShopDispute":     "takes the place of what was there, once a day for each member",
	"Server.ShopSettlements": "takes the place of what was there, once a day for each member",
	"Server.ShopSettlement":  "takes the place of what was there, once a day for each member",
	"Server.ShopStatement":   "takes the place of what was there, once a day for each member",
	"Server.ShopSheet":       "takes the place of what was there, once a day for each member",
	"Server.ShopHooks":       "takes the place of what was there, once a day for each member",
	"Server.ShopInbox":       "takes the place of what was there, once a day for each member",
	"Server.ShopInboxRead":   "takes the place of what was there, once a day for each member",
	"Server.ShopStaticLink":  "takes the place of what was there, once a day for each member",
	"Server.ShopInboxPut":    "Bounds.Acts for each member; one at a time, bytes as Seller.LeaveContent",
	"Server.ShopEvents":      "takes the place of what was there, once a day for each member",
	"Server.ShopPlans":       "takes the place of what was there, once a day for each member",
	"Server.ShopCampaigns":   "takes the place of what was there, once a day for each member",
	"Server.TeamRemove":      "one for each place that was given",
	"Server.VendorKey":       "staff",
	"Server.StaffAdd":        "staff",
	"Server.SetPolicy":       "staff",
	"Server.Decide":          "staff; one for each dispute",
	"Server.AskVendor":       "staff; maxAsked for each dispute",
	"Server.Freeze":          "staff",
	"Server.Thaw":            "staff",
	"Server.SetCredit":       "staff",
	"Server.GiveIncentive":   "staff; staff_day",
	"Server.ArriveStatic":    "Bounds.Arrivals for each network, Bounds.Requests for each vendor; goes after a day",
	"Server.OpenCampaign":    "staff; maxOpenCampaigns",
	"Server.ApproveCampaign": "staff; one for each campaign",
	"Server.CloseCampaign":   "staff; one for each campaign",
	"Server.TakeIncentive":   "Bounds.Changes and per_wallet of a campaign for each wallet",
	"Seller.AddOrigin":       "a request budget; maxOrigins",
	"Seller.VerifyOrigin":    "proofs for each vendor",
	"Seller.RemoveOrigin":    "one for each site that was added",
	"Server.IssueVouchers":   "staff; issuesPerDay",
	"Server.ApproveIssue":    "staff; one for each issue",
	"Server.VoidIssue":       "staff; one for each issue",
	"Server.RedeemVoucher":   "Bounds.Changes for each wallet; one for each voucher; wrong codes are counted",
	"Seller.IssueTokens":     "a request budget; paid for by the vendor; issuesPerDay",
	"Seller.VoidIssue":       "one for each issue",
	"Payer.Authorize":        "Bounds.Holds for each agent, and what it may pay",
	"Seller.LeaveContent":    "one at a time for each vendor, and as many bytes of all as are kept for it",
	"Seller.DropContent":     "a request budget; a version of an offer each, as CreateOffer",
	"Seller.OpenCampaign":    "a request budget; paid in by the vendor; maxOpenCampaigns",
	"Seller.CloseCampaign":   "one for each campaign",
	"Seller.GiveGift":        "a request budget; paid in by the vendor; per_wallet for each wallet",
	"Seller.GiveIncentive":   "a request budget; paid for by the vendor; 16 for each wallet",
	"Server.BillNow":         "staff; one for each debt",
	"Server.WriteOff":        "staff; two of them",
	"Server.CreditList":      "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.DeskReceipts":    "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.ReceiptAdd":      "staff",
	"Server.PayByPhone":      "staff; DepositsPerDay for each wallet; the code goes after 30 minutes",
	"Server.PhonePage":       "one for each code that staff have made; wrong ones write nothing",
	"Server.SubmitOrder":     "Bounds.Changes, DepositsPerDay and credit for each wallet",
	"Server.EnterOrder":      "staff; DepositsPerDay and credit for each wallet",
	"Server.DecideOrder":     "staff; the states of a deposit",
	"Server.Call":            "signed by a telephone service; phonePINs, allPINs, VoiceTries; Bounds.Changes of a wallet",
	"Server.SetVoicePIN":     "Bounds.Changes for each wallet",
	"Server.VoiceOff":        "Bounds.Changes for each wallet",
	"Server.VoiceThaw":       "Bounds.Changes for each wallet",
	"Server.DeskAnswered":    "staff; one for each request, of which a wallet has one at a time",
	"Server.Invite":          "staff; InvitesPerDay and InvitesOpen for each; a row goes 30 days after its end",
	"Server.Invites":         "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.SetOrderLimit":   "staff",
	"Server.SetBiller":       "staff",
	"Server.JoinBiller":      "Bounds.Changes and DepositsPerDay for each wallet; one account at each biller",
	"Server.ConfirmBiller":   "Bounds.Changes for each wallet; one for each account",
	"Server.BillerFile":      "staff; one for charges that wait",
	"Server.ReadBillerFile":  "staff; each file once, remembered as idempotency keys are",
	"Server.ReceiptMatch":    "staff; one for each receipt",
	"Server.ReceiptReturn":   "staff; one for each receipt",
	"Server.DeskDeposits":    "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.DeskDisputes":    "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.AdvanceDeposit":  "staff; the states of a deposit",
	"Server.DeskFind":        "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.DeskQueue":       "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.DeskProposals":   "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.DeskWallet":      "staff; a line of the staff log for each quarter of an hour, kept 400 days",
	"Server.WriteMode":       "staff; a line of the staff log, kept 400 days",
	"Server.DeskNote":        "staff; maxNotes for each case",
	"Server.DeskClaim":       "staff",
	"Server.DeskRelease":     "staff; one for each claim",
	"Server.DeskHand":        "staff; maxNotes for each case",
	"Server.DeskCredit":      "staff; staff_day, MaxProposals",
	"Server.DeskRefund":      "staff; a part of a paid sale each, MaxProposals",
	"Server.DeskApprove":     "staff; one for each proposal",
	"Server.DeskDeny":        "staff; one for each proposal",
	"Server.VendorSuspend":   "staff; one for each time that it sells",
	"Server.VendorResume":    "staff; one for each time that it was suspended",
	"Server.Trial":           "staff; a line of the staff log for each day, kept 400 days",
	"Server.Coverage":        "staff; a line of the staff log for each day, kept 400 days",
	"Server.GeneralLedger":   "staff; a line of the staff log for each class and day, kept 400 days",
	"Server.SettleRun":       "staff; one settlement for each party and period",
	"Server.PayoutSubmit":    "staff; one file for each payout",
	"Server.SettlementStep":  "staff; the states of a settlement",
	"Server.SetPayTerms":     "staff",

	"Server.SetPayAccount":     "staff; the record that it replaces is forgotten, and a tombstone stays",
	"Server.ApprovePayAccount": "staff; one for each account",
	"Server.RemovePayAccount":  "staff; one for each account",
	"Server.PayoutFile":        "staff; a line of the staff log each for a file of a bank, kept 400 days",
	"Server.Redeem":            "Bounds.Changes and RedemptionsPerDay for each wallet",
	"Server.CancelRedemption":  "Bounds.Changes for each wallet; one for each redemption",
	"Server.DeskRedemptions":   "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.RedemptionStep":    "staff; the states of a redemption",
	"Server.RedemptionSubmit":  "staff; one file for each redemption",
	"Server.SetRefill":         "Bounds.Changes for each wallet; takes the place of what was there",
	"Server.SkipRefill":        "Bounds.Changes for each wallet; one for each week",
	"Server.FillNow":           "Bounds.Changes and DepositsPerDay for each wallet; one for each week",
	"Server.EndRefill":         "Bounds.Changes for each wallet; one for each that was set",
	"Server.SetAddress":        "Bounds.Changes for each wallet; takes the place of what was there, a tombstone stays",
	"Server.RemoveAddress":     "Bounds.Changes for each wallet; one for each that was given",
	"Server.PrintBills":        "staff; one for letters that wait, MaxLetters each; a line of the staff log each",
	"Server.Months":            "staff; a line of the staff log for each day, kept 400 days",
	"Server.Month":             "staff; a line of the staff log for each month and day, kept 400 days",
	"Server.Unclaimed":         "staff; a line of the staff log for each day, kept 400 days",
	"Server.Remit":             "staff; two of them",
	"Server.CloseMonth":        "staff; an entry for each month there ever was",
	"Server.SetMethod":         "staff; takes the place of what was there",

	"Server.SetReferral":       "staff; takes the place of what was there",
	"Server.EndReferral":       "Bounds.Changes for each wallet; one for each that was brought",
	"Server.SetRoyaltyPlan":    "staff; 100 plans for each vendor, 10000 versions for each",
	"Seller.CreateRoyaltyPlan": "Bounds.Requests for each vendor; 100 for each vendor",
	"Seller.ChangeRoyaltyPlan": "Bounds.Requests for each vendor; 10000 versions for each plan",
	"Server.Run":               "the service itself: what is due",
	"Server.Sweep":             "the service itself: what is due",
	"Seller.CreateOffer":       "Bounds.Requests for each vendor",
	"Seller.ChangeOffer":       "Bounds.Requests for each vendor",
	"Seller.CreateCheckout":    "Bounds.Requests for each vendor; maxCheckoutLife, forgotten after checkoutRetention",
	"Seller.ExpireCheckout":    "one for each checkout",
	"Seller.Redeem":            "one for each checkout that was paid or allowed",
	"Seller.Charge":            "is paid; what waits for a wallet: maxAsked, forgotten after checkoutRetention",
	"Seller.ChargeBulk":        "as Charge, for each",
	"Seller.Capture":           "a part of what is held of a paid sale each: at least a micro",
	"Seller.Void":              "one for each hold",
	"Seller.SettlePayment":     "one for each hold",
	"Seller.Refund":            "a part of a paid sale each: at least a micro",
	"Seller.AcceptDispute":     "one for each dispute, which a buyer opens about a paid sale",
	"Seller.OfferDispute":      "the steps of a dispute",
	"Seller.AnswerDispute":     "the steps of a dispute",
	"Seller.AppealDispute":     "one for each dispute",
	"Seller.Consume":           "the views of a paid grant; Bounds.Views for each vendor",
	"Seller.Revoke":            "one for each sale",
	"Seller.EndLink":           "one for each link that a buyer has given",
	"Seller.CreateEndpoint":    "maxEndpoints at a time, Bounds.Requests for each vendor",
	"Seller.RemoveEndpoint":    "one for each that was created",
	"Seller.RotateEndpoint":    "Bounds.Requests for each vendor",
	"Seller.ChangeEndpoint":    "Bounds.Requests for each vendor; takes the place of what was there",
	"Seller.Redeliver":         "Bounds.Requests for each vendor; one delivery for each event, for 30 days",
}

// Every method that writes has a bound. Which methods write is read from the source: those from which a call leads to
// update, directly or by others of this package.
func TestEveryWriteHasABound(t *testing.T) {
	calls, exported := callGraph(t)
	var found []string
	for method, name := range exported {
		if reaches(calls, method, map[string]bool{}) {
			found = append(found, name)
		}
	}
	want := make([]string, 0, len(writeBounds))
	for name := range writeBounds {
		want = append(want, name)
	}
	slices.Sort(found)
	slices.Sort(want)
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("methods that write (-in the table +in the source):\n%s", diff)
	}
}

// boundedFixture is a service whose clients have little.
func boundedFixture(t testing.TB, kv store.Store, b Bounds) *fixture {
	f := newFixtureOn(t, kv)
	f.budgets = newBudgets(b)
	return f
}

// A wallet that has used up its changes is refused each of them with the time, whatever it is; another is not, and
// after the time there is one more. What closes a window is never refused.
func TestChangesOfAWalletAreBounded(t *testing.T) {
	f := boundedFixture(t, store.NewMemory(), Bounds{Changes: 3})
	f.vendor("news")
	ann, bob := f.join("ann"), f.join("bob")
	link := func(who view.Caller) error {
		_, err := f.Link(f.ctx, who, view.LinkRequest{Vendor: "news", Limits: ledger.Limits{
			PerPurchase: 1e6, PerDay: 1e6, PerWeek: 1e6, PerMonth: 1e6,
		}, Total: ledger.NoLimit})
		return err
	}
	for range 3 {
		if err := link(ann); err != nil {
			t.Fatal(err)
		}
	}
	for name, do := range map[string]func() error{
		"link":    func() error { return link(ann) },
		"unlink":  func() error { _, err := f.Unlink(f.ctx, ann, "news"); return err },
		"block":   func() error { _, err := f.Block(f.ctx, ann, "news"); return err },
		"unblock": func() error { _, err := f.Unblock(f.ctx, ann, "news"); return err },
		"limit": func() error {
			_, _, err := f.SetLimit(f.ctx, ann, ledger.LimitChange{Currency: "EUR", Period: "day", Max: 1e6})
			return err
		},
		"fund": func() error {
			_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: "check", Amount: eur(500)})
			return err
		},
		"transfer": func() error { _, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(1)}); return err },
		"claim":    func() error { _, err := f.Claim(f.ctx, ann, "T-AAAA"); return err },
		"recall":   func() error { _, err := f.Recall(f.ctx, ann, f.seal.Transfer(1)); return err },
		"contest": func() error {
			_, err := f.ContestDispute(f.ctx, ann, view.DisputeAct{ID: f.seal.Dispute(1), Act: ledger.DisputeWithdraw})
			return err
		},
		"dispute": func() error {
			_, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: f.seal.Charge(1), Reason: "duplicate"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			if no := f.refused(ledger.ErrRate, do); no.Retry <= 0 || no.Retry > 8*time.Hour {
				t.Errorf("try again in %v, want at most a third of a day", no.Retry)
			}
		})
	}
	f.t = t
	if err := f.Lock(f.ctx, ann); err != nil {
		t.Errorf("the window cannot be closed: %v", err)
	}
	if err := link(bob); err != nil {
		t.Errorf("another wallet: %v", err)
	}
	f.time.Pass(8 * time.Hour)
	if err := link(ann); err != nil {
		t.Errorf("after a third of a day: %v", err)
	}
	f.refused(ledger.ErrRate, func() error { return link(ann) })
}

// A network opens so many wallets, and another network is not kept from it.
func TestWalletsOfANetworkAreBounded(t *testing.T) {
	f := boundedFixture(t, store.NewMemory(), Bounds{Joins: 2})
	f.join("ann")
	f.join("bob")
	join := func(name, from string) error {
		who := caller(name)
		who.Remote = from
		_, err := f.Join(f.ctx, who, view.JoinRequest{Accept: true})
		return err
	}
	f.refused(ledger.ErrRate, func() error { return join("eve", "192.0.2.1:9") })
	if err := join("dan", "198.51.100.7:9"); err != nil {
		t.Error(err)
	}
}

// A vendor asks for so much in a day; what it sells is not bounded by that.
func TestRequestsOfAVendorAreBounded(t *testing.T) {
	f := boundedFixture(t, store.NewMemory(), Bounds{Requests: 2})
	_, key := f.vendor("news")
	v, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(name string) error {
		_, _, err := v.CreateCheckout(f.ctx, asking(name, name), CheckoutOrder{Mode: ledger.ModeLink, Currency: "EUR"})
		return err
	}
	if err := errors.Join(ask("one"), ask("two")); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrRate, func() error { return ask("three") })
	f.refused(ledger.ErrRate, func() error { _, _, err := v.CreateOffer(f.ctx, Request{}, ledger.Offer{}); return err })
	f.refused(ledger.ErrRate, func() error {
		_, _, err := v.CreateEndpoint(f.ctx, Request{}, EndpointSettings{})
		return err
	})
}

// The browsers of a network open so many requests by static links in a day; what came to nothing goes after a day.
func TestStaticRequestsAreBounded(t *testing.T) {
	s := selling{fixture: boundedFixture(t, store.NewMemory(), Bounds{Arrivals: 2})}
	_, key := s.vendor("news")
	var err error
	if s.v, err = s.Authenticate(s.ctx, key); err != nil {
		t.Fatal(err)
	}
	link, err := s.v.StaticLink(s.ctx, StaticOrder{Offer: s.offers("Rivers", eur(25)).ID})
	if err != nil {
		t.Fatal(err)
	}
	requests := func() (n int) {
		for k := range s.rows() {
			if k[0] == 'c' || k[0] == 'C' || k[0] == 'X' { // with their codes and ids
				n++
			}
		}
		return n
	}
	arrive := func(from string) error {
		_, seals, _ := strings.Cut(link.URL, "?s=")
		_, err := s.ArriveStatic(s.ctx, view.StaticArrival{
			Offer: link.OfferID, Sealed: seals, Addr: netip.MustParseAddr(from),
		})
		return err
	}
	if err := errors.Join(arrive("192.0.2.1"), arrive("192.0.2.1")); err != nil {
		t.Fatal(err)
	}
	s.refused(ledger.ErrRate, func() error { return arrive("192.0.2.1") })
	if err := arrive("198.51.100.7"); err != nil {
		t.Error(err)
	}
	if got := requests(); got != 9 {
		t.Errorf("%d rows of requests", got)
	}
	s.time.Pass(26 * time.Hour)
	s.Sweep(s.ctx)
	if got := requests(); got != 0 {
		t.Errorf("%d rows of requests after a day", got)
	}
}
