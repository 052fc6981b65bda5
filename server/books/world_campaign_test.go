package books

import (
	"time"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

// campaignFacts are what a decision about a campaign needs.
func (w *world) campaignFacts(tx Tx, no ledger.EntryNo, by ledger.Actor) (f ledger.CampaignFacts, err error) {
	f = ledger.CampaignFacts{Policy: w.policy, Staff: ledger.Staff{Fingerprint: by.Key}, Actor: by}
	if f.Campaign, _, err = tx.Campaign(no); err != nil {
		return f, err
	}
	f.Proposer.Fingerprint = f.Campaign.By
	if f.Left, err = tx.CampaignLeft(f.Campaign); err != nil {
		return f, err
	}
	if f.Till, _, err = tx.Till(w.vendor, "EUR"); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// campaigns does a step of a campaign; number 0 opens one of a budget.
func (w *world) campaigns(
	no ledger.EntryNo, by ledger.Actor, budget ledger.Amount,
	step func(ledger.Campaign, ledger.CampaignFacts) (ledger.CampaignOutcome, error),
) (made ledger.EntryNo, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f, err := w.campaignFacts(tx, no, by)
		if err != nil {
			return err
		}
		c := ledger.Campaign{
			Name: "spring", Code: "SPRING", Each: 50_000, Budget: budget, Vendor: w.vendor, Life: 30 * 24 * time.Hour,
			PerWallet: 2, Ends: w.now.Add(60 * 24 * time.Hour),
		}
		if by.Role == ledger.RoleVendor {
			c.ByVendor, c.Code, c.Audience, c.Offer = true, "", ledger.AudienceChosen, w.offer.ID.Number
		} else if _, f.Taken, err = tx.CampaignByCode(c.Code); err != nil {
			return err
		}
		out, err := step(c, f)
		if err != nil {
			return err
		}
		made = out.Campaign.No
		return first(appended(tx, out.Entry), tx.PutCampaign(out.Campaign))
	})
	return made, err
}

func (w *world) setsAside(by ledger.Actor, budget ledger.Amount) (ledger.EntryNo, error) {
	return w.campaigns(0, by, budget, func(c ledger.Campaign, f ledger.CampaignFacts) (ledger.CampaignOutcome, error) {
		return ledger.OpenCampaign(c, f, w.now)
	})
}

func (w *world) approvesCampaign(no ledger.EntryNo, by ledger.Actor) error {
	_, err := w.campaigns(no, by, ledger.Amount{}, func(
		_ ledger.Campaign, f ledger.CampaignFacts,
	) (ledger.CampaignOutcome, error) {
		return ledger.ApproveCampaign(f, w.now)
	})
	return err
}

func (w *world) endsCampaign(no ledger.EntryNo, by ledger.Actor) error {
	_, err := w.campaigns(no, by, ledger.Amount{}, func(
		_ ledger.Campaign, f ledger.CampaignFacts,
	) (ledger.CampaignOutcome, error) {
		return ledger.EndCampaign(f, w.now)
	})
	return err
}

// takes gives a wallet a gift of a campaign.
func (w *world) takes(no ledger.EntryNo, u ledger.UserID) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.TakeFacts{}
		i, err := w.incentiveFacts(tx, u)
		if err != nil {
			return err
		}
		f.No, f.User, f.Wallet = i.No, i.User, i.Wallet
		if f.Campaign, _, err = tx.Campaign(no); err != nil {
			return err
		}
		if f.Left, err = tx.CampaignLeft(f.Campaign); err != nil {
			return err
		}
		if f.Had, err = tx.GiftsOf(no, u, 100); err != nil {
			return err
		}
		out, err := ledger.TakeGift(ledger.Actor{Role: ledger.RoleVendor}, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutIncentive(out.Incentive))
	})
}

var (
	ritas  = ledger.Actor{Role: ledger.RoleOperator, Key: "SHA256:rita"}
	mias   = ledger.Actor{Role: ledger.RoleOperator, Key: "SHA256:mia"}
	itself = ledger.Actor{Role: ledger.RoleVendor}
)

// campaign opens, gives, and ends campaigns.
func (m *model) campaign(t *rapid.T) {
	w := m.w
	switch step := rapid.SampledFrom([]string{"open", "approve", "take", "take", "end"}).Draw(t, "step"); {
	case step == "open" || len(m.campaigns) == 0:
		by := rapid.SampledFrom([]ledger.Actor{ritas, itself}).Draw(t, "by")
		no, err := w.setsAside(by, eur(rapid.SampledFrom([]int64{4, 5, 20, 3_000}).Draw(t, "cents")))
		if m.refused(err); err == nil {
			m.campaigns = append(m.campaigns, no)
		}
	case step == "approve":
		m.refused(w.approvesCampaign(rapid.SampledFrom(m.campaigns).Draw(t, "campaign"),
			rapid.SampledFrom([]ledger.Actor{ritas, mias}).Draw(t, "by")))
	case step == "take":
		m.refused(w.takes(rapid.SampledFrom(m.campaigns).Draw(t, "campaign"), m.person(t)))
	default:
		m.refused(w.endsCampaign(rapid.SampledFrom(m.campaigns).Draw(t, "campaign"), mias))
	}
}

// givesAway makes a campaign for two persons, and one of the vendor of which bob got something before it ended.
func (l *busyWorld) givesAway() {
	l.t.Helper()
	var err error
	l.campaign, err = l.setsAside(ritas, eur(3_000))
	l.ok(err)
	l.ok(l.approvesCampaign(l.campaign, mias))
	l.see(func(r Reader) (err error) {
		l.campaignOpened, _, err = r.Head()
		return err
	})
	l.ownCampaign, err = l.setsAside(itself, eur(10))
	l.ok(err)
	l.ok(l.takes(l.ownCampaign, l.bob))
	l.see(func(r Reader) (err error) {
		l.gift, _, err = r.Head()
		return err
	})
	l.ok(l.endsCampaign(l.ownCampaign, itself))
}

// campaignFaults are those of campaigns.
func campaignFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	opened := func(l *world) ledger.EntryNo { return l.campaignOpened }
	own := func(l *world) ledger.EntryNo { return l.ownCampaign }
	ended := func(l *world) ledger.EntryNo { return l.gift + 1 }
	gift := func(l *world) ledger.EntryNo { return l.gift }
	row := func(l *world) []byte { return key(tCampaign, l.campaign) }
	return []fault{
		{"campaign of nothing", rowsEqual, "does not say which campaign", inEntry(opened, func(_ *world, e *entry) {
			e.Campaign = nil
		})},
		{"campaign of one person", i19, "by who has proposed it", inEntry(opened, func(_ *world, e *entry) {
			e.Actor.Key = e.Campaign.By
		})},
		{"campaign without its money", i19, "opens campaign", inEntry(own, func(_ *world, e *entry) {
			e.Campaign.Budget.Micros++
		})},
		{"campaign that keeps money", i19, "ends campaign", inEntry(ended, func(_ *world, e *entry) {
			e.Postings = nil
		})},
		{"escrow for nobody", i19, "gives nothing", inEntry(gift, func(_ *world, e *entry) { e.Incentive = nil })},
		{"gift of another size", i19, "does not say so", inEntry(own, func(_ *world, e *entry) { e.Campaign.Each++ })},
		{"gift to more than allowed", i19, "does not say so", inEntry(own, func(_ *world, e *entry) {
			e.Campaign.PerWallet = 0
		})},
		{"campaign's row", rowsEqual, "is not what its newest entry says", inRow(row, campaigns,
			func(_ *world, c *ledger.Campaign) { c.PerWallet++ })},
		{"campaign missing", rowsEqual, "has no row", without(row)},
	}
}
