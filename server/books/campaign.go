package books

import (
	"encoding/binary"
	"time"

	"tuppence/server/ledger"
)

// Campaign reads a campaign by the entry that opened it.
func (r Reader) Campaign(no ledger.EntryNo) (ledger.Campaign, bool, error) {
	return load(r, key(tCampaign, no), campaigns)
}

// PutCampaign writes a campaign and its places in the lists.
func (t Tx) PutCampaign(c ledger.Campaign) error {
	return putIndexed(t, key(tCampaign, c.No), campaigns, c, campaignIndexes)
}

// campaignIndexes: by issuer for ever; by code and in the order in which they end, until they have.
func campaignIndexes(c ledger.Campaign) (all [][]byte) {
	if c.No == 0 {
		return nil
	}
	all = [][]byte{key(tCampaigns, "1", issuer(c), c.No)}
	if c.State != ledger.CampaignOpen && c.State != ledger.CampaignProposed {
		return all
	}
	all = append(all, key(tCampaigns, "2", c.Ends, c.No), key(tCampaigns, "4", issuer(c), c.No))
	if c.Code != "" {
		all = append(all, key(tCampaigns, "3", c.Code))
	}
	return all
}

// issuer is the vendor who has paid for a campaign, 0 for the service.
func issuer(c ledger.Campaign) ledger.VendorID {
	if !c.ByVendor {
		return 0
	}
	return c.Vendor
}

// Campaigns reads the campaigns of an issuer (0: of the service) before one of them (0: from the newest), newest first.
func (r Reader) Campaigns(v ledger.VendorID, before ledger.EntryNo, limit int) ([]ledger.Campaign, error) {
	prefix := key(tCampaigns, "1", v)
	to := after(prefix)
	if before != 0 {
		to = binary.BigEndian.AppendUint64(prefix[:len(prefix):len(prefix)], uint64(before))
	}
	return scan(r, prefix, to, true, limit, deref(r, campaigns))
}

// OpenCampaigns counts the campaigns of an issuer that have not ended.
func (r Reader) OpenCampaigns(v ledger.VendorID) (int, error) {
	prefix := key(tCampaigns, "4", v)
	all, err := scan(r, prefix, after(prefix), false, 0, deref(r, campaigns))
	return len(all), err
}

// CampaignByCode finds the campaign that has a code now.
func (r Reader) CampaignByCode(code string) (c ledger.Campaign, found bool, err error) {
	k, found, err := r.get(key(tCampaigns, "3", code))
	if err != nil || !found || code == "" {
		return c, false, err
	}
	return load(r, k, campaigns)
}

// DueCampaigns reads the campaigns whose time is over and that have not ended, the earliest first, behind one of them.
func (r Reader) DueCampaigns(until time.Time, behind ledger.Campaign, limit int) ([]ledger.Campaign, error) {
	from := key(tCampaigns, "2")
	if behind.No != 0 {
		from = append(key(tCampaigns, "2", behind.Ends, behind.No), 0)
	}
	return scan(r, from, key(tCampaigns, "2", until.Add(time.Microsecond)), false, limit, deref(r, campaigns))
}

// GiftsOf counts the gifts of a campaign that a wallet has had, at most limit of them.
func (r Reader) GiftsOf(no ledger.EntryNo, u ledger.UserID, limit int) (int, error) {
	prefix := key(tGifts, no, u)
	all, err := scan(r, prefix, after(prefix), false, limit, deref(r, incentives))
	return len(all), err
}

// CampaignLeft is how much of a campaign's money is not given, in micros.
func (r Reader) CampaignLeft(c ledger.Campaign) (int64, error) {
	n, _, err := loadDecoded(r, balanceKey(escrow(c)), &amounts)
	return -n, err
}
