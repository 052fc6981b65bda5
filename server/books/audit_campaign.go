package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// gifted names what a wallet has had of a campaign.
type gifted struct {
	campaign ledger.EntryNo
	user     ledger.UserID
}

// givenAway is what the journal says of campaigns.
type givenAway struct {
	newest map[ledger.EntryNo]ledger.EntryNo // the newest entry about each
	gifts  map[gifted]uint32                 // of campaigns that are open
}

// campaign follows a step of a campaign: what is paid in is its budget, once; at its end nothing is left of it.
func (a *auditor) campaign(rec Record) error {
	c := rec.Campaign
	if c == nil || c.No != rec.No && c.No != rec.Cause {
		a.find(rowsEqual, "entry %d does not say which campaign it moves on", rec.No)
		return nil
	}
	had, err := a.campaignOf(c.No)
	if err != nil {
		return err
	}
	var moved int64
	for _, g := range rec.Postings {
		if g.Account.Class == ledger.PromoEscrow && g.Account.Owner == uint64(c.No) {
			moved -= g.Micros
		}
	}
	left := -a.balances[escrow(*c)]
	opens := c.State == ledger.CampaignOpen && had.State != ledger.CampaignOpen
	switch {
	case opens && rec.No != c.No && rec.Actor.Key == c.By:
		a.find(i19, "entry %d opens campaign %d by who has proposed it", rec.No, c.No)
	case opens && (moved != c.Budget.Micros || left != moved):
		a.find(i19, "entry %d opens campaign %d of %d with %d", rec.No, c.No, c.Budget.Micros, moved)
	case !opens && (left != 0 || moved > 0 || had.State == ledger.CampaignEnded):
		a.find(i19, "entry %d ends campaign %d with %d left", rec.No, c.No, left)
	}
	a.away.newest[c.No] = rec.No
	return nil
}

func escrow(c ledger.Campaign) ledger.Account {
	return ledger.Account{Class: ledger.PromoEscrow, Currency: c.Budget.Currency, Owner: uint64(c.No)}
}

// campaignOf is a campaign as the journal knows it so far.
func (a *auditor) campaignOf(no ledger.EntryNo) (c ledger.Campaign, err error) {
	at, known := a.away.newest[no]
	if !known {
		return c, nil
	}
	e, _, err := a.entryAt(at)
	if err == nil && e.Campaign != nil {
		c = *e.Campaign
	}
	return c, err
}

// gift checks that what is given out of a campaign is what it says, and that nobody got more of it than it allows.
func (a *auditor) gift(rec Record) error {
	var moved int64
	for _, g := range rec.Postings {
		if g.Account.Class == ledger.PromoEscrow {
			moved += g.Micros
		}
	}
	i := rec.Incentive
	if i == nil {
		if moved != 0 {
			a.find(i19, "entry %d moves %d micros of a campaign and gives nothing", rec.No, moved)
		}
		return nil
	}
	if i.Campaign == 0 && moved == 0 {
		return nil
	}
	c, err := a.campaignOf(i.Campaign)
	if err != nil {
		return err
	}
	id := gifted{i.Campaign, rec.User}
	a.away.gifts[id]++
	want := ledger.Incentive{
		No: i.No, User: i.User, Amount: c.Gift(), Vendor: c.Vendor, ByVendor: c.ByVendor, Campaign: c.No, Offer: c.Offer,
		Created: i.Created, Expires: i.Created.Add(c.Life),
	}
	if c.State != ledger.CampaignOpen || *i != want || moved != c.Each || !rec.At.Before(c.Ends) ||
		rec.Cause != c.No || a.away.gifts[id] > c.PerWallet {
		a.find(i19, "entry %d gives %d micros of campaign %d, which does not say so", rec.No, moved, i.Campaign)
	}
	return nil
}

// campaignRows compares each campaign with the copy in its newest entry.
func (a *auditor) campaignRows(ctx context.Context) error {
	missing := map[ledger.EntryNo]bool{}
	for no := range a.away.newest {
		missing[no] = true
	}
	at := func(c ledger.Campaign) []byte { return key(tCampaign, c.No) }
	err := rows(ctx, a, tCampaign, campaigns, at, func(_ []byte, c ledger.Campaign) error {
		delete(missing, c.No)
		want, err := a.campaignOf(c.No)
		if err == nil && !bytes.Equal(campaigns.encode(want), campaigns.encode(c)) {
			a.find(rowsEqual, "campaign %d is not what its newest entry says", c.No)
		}
		return err
	})
	for no := range missing {
		a.find(rowsEqual, "campaign %d has no row", no)
	}
	return err
}

// offerSold is the offer of a sale as far as incentives ask for it. An inline offer is nowhere but in its sale.
func (a *auditor) offerSold(rec Record) *ledger.Offer {
	o := ledger.Offer{ID: ledger.OfferID{Vendor: rec.Vendor}}
	if s := rec.Sale; s != nil && s.Offer.Number != 0 {
		if sold, found, err := a.r.Offer(s.Offer, s.Version); err == nil && found {
			return &sold
		}
		o.ID = s.Offer
	}
	return &o
}
