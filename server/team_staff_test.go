package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Staff do not decide about a vendor in whose team they are, by whatever key of theirs they are in it.
func TestStaffDoNotDecideAboutTheirVendor(t *testing.T) {
	for name, member := range map[string]func(*fixture) view.Caller{
		"by the key of staff": func(*fixture) view.Caller { return caller("rita") },
		"by the wallet's key": func(f *fixture) view.Caller { return f.addKey(caller("rita"), "phone") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.vendor("news")
			f.vendor("maps")
			rita := f.join("rita")
			f.time.Pass(25 * time.Hour)
			if _, err := f.StaffAdd(f.ctx, f.operator, rita.Fingerprint, ledger.RoleRep, ""); err != nil {
				t.Fatal(err)
			}
			second := member(f)
			c, err := f.VendorTeamCode(f.ctx, f.operator, "news")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.TeamJoin(f.ctx, second, c.Code, "r"); err != nil {
				t.Fatal(err)
			}
			no := f.refused(ledger.ErrNotAllowed, func() error {
				return errOf(f.VendorSuspend(f.ctx, rita, "news", "it is mine"))
			})
			if !strings.Contains(no.Detail, "You are in the team of this vendor") {
				t.Error(no.Detail)
			}
			if _, err := f.VendorSuspend(f.ctx, rita, "maps", "its pages are empty"); err != nil {
				t.Errorf("another vendor: %v", err)
			}
		})
	}
}

// Whatever an operator writes about the vendor in whose team it is, is a decision: a key, a code, terms. What a run of
// settlements books of it follows from the rules.
func TestOperatorsWriteNothingAboutTheirVendor(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	f.vendor("maps")
	c, err := f.VendorTeamCode(f.ctx, f.operator, "news")
	must(t, err)
	must(t, errOf(f.TeamJoin(f.ctx, f.operator, c.Code, "o")))
	ann := f.user(f.join("ann")).Handle
	incentive := func(vendor string) error {
		return errOf(f.GiveIncentive(f.ctx, f.operator, view.IncentiveRequest{
			Wallet: ann, Amount: eur(100), Days: 30, Vendor: vendor, Reason: "sorry",
		}))
	}
	acts := func(vendor string) map[string]func() error {
		return map[string]func() error{
			"key":  func() error { return errOf(f.VendorKey(f.ctx, f.operator, vendor)) },
			"code": func() error { return errOf(f.VendorTeamCode(f.ctx, f.operator, vendor)) },
			"referral": func() error {
				return errOf(f.SetReferral(f.ctx, f.operator, view.ReferralOrder{Vendor: vendor, Rate: "20%"}))
			},
			"incentive": func() error { return incentive(vendor) },
			"suspend":   func() error { return errOf(f.VendorSuspend(f.ctx, f.operator, vendor, "its pages are empty")) },
		}
	}
	for what, do := range acts("news") {
		t.Run(what, func(t *testing.T) {
			f.t = t
			no := f.refused(ledger.ErrNotAllowed, do)
			if !strings.Contains(no.Detail, "You are in the team of this vendor") {
				t.Error(no.Detail)
			}
		})
	}
	f.t = t
	for what, do := range acts("maps") {
		if err := do(); err != nil {
			t.Errorf("another vendor, %s: %v", what, err)
		}
	}
	must(t, errOf(f.SettleRun(f.ctx, f.operator, view.SettleOrder{})))
}

// An operator moves no payout of its vendor on: neither the steps that move money nor those that its vendor is not told
// of. That it is settled, and that what others have approved leaves, follows from the rules.
func TestOperatorsPayNoneOfTheirVendor(t *testing.T) {
	f := newFixture(t)
	f.settlesAtOnce()
	f.decides(func(p *ledger.Policy) { p.Settle.Approve = 0 })
	ann := f.funded("ann", eur(5000))
	v, _ := f.vendor("news")
	f.unlimited(ann)
	f.buys(ann, v, "Rivers", eur(1000))
	second, third := caller("second"), caller("third")
	must(t, errOf(f.StaffAdd(f.ctx, f.operator, keyOf(second), ledger.RoleOperator, "")))
	must(t, errOf(f.StaffAdd(f.ctx, f.operator, keyOf(third), ledger.RoleOperator, "")))
	c, err := f.VendorTeamCode(f.ctx, f.operator, "news")
	must(t, err)
	must(t, errOf(f.TeamJoin(f.ctx, second, c.Code, "s")))
	run, err := f.SettleRun(f.ctx, third, view.SettleOrder{})
	must(t, err)
	is(t, "run", run.Done, true)
	id := f.settlements(view.SettlementQuery{State: "due"})[0].ID
	step := func(who view.Caller, event string) error {
		return errOf(f.SettlementStep(f.ctx, who, view.SettlementStep{ID: id, Event: event, Reason: "why"}))
	}
	not := func(event string) {
		t.Helper()
		no := f.refused(ledger.ErrNotAllowed, func() error { return step(second, event) })
		if !strings.Contains(no.Detail, "You are in the team of this vendor") {
			t.Errorf("%s: %s", event, no.Detail)
		}
	}
	not(ledger.PayoutApprove)
	not(ledger.PayoutHold)
	must(t, step(f.operator, ledger.PayoutApprove))
	must(t, errOf(f.PayoutSubmit(f.ctx, second, "EUR", "")))
	not(ledger.PayoutPaid)
	not(ledger.PayoutFail)
	must(t, step(f.operator, ledger.PayoutReturn))
	not(ledger.PayoutReissue)
	must(t, step(f.operator, ledger.PayoutReissue))
	f.time.Pass(time.Hour)
	must(t, errOf(f.SettleRun(f.ctx, second, view.SettleOrder{})))
}

// Two keys of staff are one person where the operator has written the same wallet down for both: neither decides about
// the vendor in whose team one of them is.
func TestStaffKeysOfOnePersonAreInOneTeam(t *testing.T) {
	d := newDesk(t, 2000)
	c, err := d.VendorTeamCode(d.ctx, d.operator, "news")
	must(t, err)
	must(t, errOf(d.TeamJoin(d.ctx, d.both, c.Code, "m")))
	for _, who := range []view.Caller{d.mia, d.both} {
		d.refused(ledger.ErrNotAllowed, func() error {
			return errOf(d.VendorSuspend(d.ctx, who, "news", "its pages are empty"))
		})
	}
	must(t, errOf(d.VendorSuspend(d.ctx, d.max, "news", "its pages are empty")))
}

// Staff in the team of a vendor neither approve nor deny that a sale of it is given back; what they have proposed
// themselves they may withdraw.
func TestStaffDecideNoProposalAboutTheirVendor(t *testing.T) {
	d := newDesk(t, 2000)
	var v ledger.Vendor
	d.read(func(r books.Reader) (err error) {
		v, _, err = r.Vendor(1)
		return err
	})
	sold := d.buys(d.ann, v, "Archive of a year", eur(3000))
	hers, err := d.DeskRefund(d.ctx, d.max, sold.ID, eur(2500), "not_as_described")
	must(t, err)
	own, err := d.DeskRefund(d.ctx, d.other, sold.ID, eur(3000), "not_as_described")
	must(t, err)
	c, err := d.VendorTeamCode(d.ctx, d.operator, "news")
	must(t, err)
	must(t, errOf(d.TeamJoin(d.ctx, d.other, c.Code, "otto")))
	for what, do := range map[string]func() error{
		"approve": func() error { return errOf(d.DeskApprove(d.ctx, d.other, hers.Proposal)) },
		"deny":    func() error { return errOf(d.DeskDeny(d.ctx, d.other, hers.Proposal, "no")) },
	} {
		if no := d.refused(ledger.ErrNotAllowed, do); !strings.Contains(no.Detail, "You are in the team of this vendor") {
			t.Errorf("%s: %s", what, no.Detail)
		}
	}
	withdrawn, err := d.DeskDeny(d.ctx, d.other, own.Proposal, "a slip")
	must(t, err)
	is(t, "withdrawn", withdrawn.State, "withdrawn")
	must(t, errOf(d.DeskDeny(d.ctx, d.mia, hers.Proposal, "it was as described")))
}
