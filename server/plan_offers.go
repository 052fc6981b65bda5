package server

import (
	"errors"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// planSold is what is sold by a royalty plan: for each currency the cheapest active offer.
type planSold struct {
	vendor ledger.VendorID
	number uint64         // of the plan
	at     time.Time      // what has expired by then is not sold
	seen   ledger.EntryNo // the newest entry of the journal when the offers were read
	all    []ledger.Offer
}

// soldBy reads what is sold by a plan. A vendor may have many offers, so that is done before the writer is asked, and
// the writer looks at what came since: see [planSold.within]. A version without fixed amounts fits any offer, and a
// plan that is not there yet has none.
func soldBy(
	r books.Reader, p ledger.RoyaltyPlan, lines []ledger.Royalty, err error, at time.Time,
) (planSold, error) {
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return planSold{}, nil
	case err != nil || p.Number == 0 || !(ledger.RoyaltyPlan{Lines: lines}).HasFixed():
		return planSold{}, err
	}
	sold := planSold{vendor: p.Vendor, number: p.Number, at: at}
	if sold.seen, _, err = r.Head(); err != nil {
		return sold, err
	}
	return sold, sold.read(r)
}

// read looks at the newest versions of all offers of the vendor.
func (sold *planSold) read(r books.Reader) error {
	sold.all = nil
	for before := uint64(0); ; {
		page, err := r.Offers(sold.vendor, before, duePage)
		if err != nil {
			return err
		}
		for _, o := range page {
			before = o.ID.Number
			if o.Plan != sold.number || o.Over(sold.at) {
				continue
			}
			i := slices.IndexFunc(sold.all, func(c ledger.Offer) bool { return c.Price.Currency == o.Price.Currency })
			switch {
			case i < 0:
				sold.all = append(sold.all, o)
			case o.Price.Micros < sold.all[i].Price.Micros:
				sold.all[i] = o
			}
		}
		if len(page) < duePage {
			return nil
		}
	}
}

// within returns the offers that are sold by a plan as this transaction sees them: they are read again only if the
// vendor has posted one since.
func (sold planSold) within(r books.Reader, p ledger.RoyaltyPlan, at time.Time) ([]ledger.Offer, error) {
	again := sold.vendor != p.Vendor || sold.number != p.Number
	sold.vendor, sold.number, sold.at = p.Vendor, p.Number, at
	if !again {
		for rec, err := range r.Journal(sold.seen, 0) {
			if err != nil {
				return nil, err
			}
			if again = rec.Kind == ledger.KindOffer && rec.Vendor == p.Vendor; again {
				break
			}
		}
	}
	if !again {
		return sold.all, nil
	}
	err := sold.read(r)
	return sold.all, err
}
