package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// What the people of a vendor see in the terminal. Each is a use case of the vendor's server, for a key of its team:
// see [Server.shop]. A thing of another vendor is not found, in the words of what does not exist.

// shopDays is how many days the figures of a vendor go back, shopPages how many pages of its entries are counted.
const shopDays, shopPages = 7, 5

// ShopToday shows a vendor at one look: what was sold in the last days, what it has, and what waits for it. It refuses
// with ErrNotAllowed a key that is in no team, as all of these do.
func (s *Server) ShopToday(ctx context.Context, who view.Caller) (t view.ShopToday, err error) {
	v, err := s.shop(ctx, who, readsShop("shop today"))
	if err != nil {
		return t, err
	}
	at := v.s.clock()
	err = v.view(ctx, func(r books.Reader) error {
		m, me, err := requireTeam(r, who, v.by.act)
		if err != nil {
			return err
		}
		t, err = v.today(r, me, at)
		t.Role = string(m.Role)
		return err
	})
	if err != nil {
		return view.ShopToday{}, err
	}
	return t, nil
}

// today is one look at a vendor, of one snapshot.
func (v *Seller) today(r books.Reader, me ledger.Vendor, at time.Time) (t view.ShopToday, err error) {
	t = view.ShopToday{Vendor: me.Name, Title: me.Title, Status: "active"}
	if me.Status != ledger.VendorActive {
		t.Status = "suspended"
	}
	p, err := policy(r)
	if err != nil {
		return t, err
	}
	if t.Balance, err = v.balances(r, p); err != nil {
		return t, err
	}
	terms, err := payTerms(r, me)
	if err != nil {
		return t, err
	}
	for _, p := range terms {
		if slices.ContainsFunc(t.Balance, func(b view.Balance) bool { return b.Currency == p.Currency }) {
			t.Terms = append(t.Terms, view.ShopPay{Currency: p.Currency, Words: p.Words})
		}
	}
	if t.Disputes, err = v.waiting(r); err != nil {
		return t, err
	}
	if t.Sums, t.Counted, err = v.sums(r, at); err != nil {
		return t, err
	}
	hooks, err := v.s.webhooks.Endpoints(r, v.owner())
	t.Hooks = slices.DeleteFunc(hooks, func(e view.Endpoint) bool { return !e.Failing() })
	return t, err
}

// waiting are the disputes that wait for the vendor, the first due on top: those among its newest ones.
func (v *Seller) waiting(r books.Reader) (all []view.VendorDispute, err error) {
	list, err := r.VendorDisputes(v.ID, 0, maxDisputesRead)
	list = slices.DeleteFunc(list, func(d ledger.Dispute) bool { return d.State != ledger.DisputeNeedsResponse })
	slices.SortStableFunc(list, func(a, b ledger.Dispute) int { return a.DueBy.Compare(b.DueBy) })
	return view.Map(list, v.disputeView), err
}

// sums counts what the vendor has sold and given back in the last days. It looks at a bounded number of entries, and
// tells how far back it came if there are more.
func (v *Seller) sums(r books.Reader, at time.Time) (all []view.ShopSum, counted view.Time, err error) {
	p, err := policy(r)
	if err != nil {
		return nil, counted, err
	}
	today := at.Truncate(oneDay)
	since := today.Add(-(shopDays - 1) * oneDay)
	byCurrency := map[ledger.Currency]*view.ShopSum{}
	take := func(rec books.Record) (struct{}, bool, error) {
		addShop(byCurrency, rec.Entry, today, since)
		return struct{}{}, false, nil
	}
	var from []ledger.EntryNo
	for range shopPages {
		page, err := history.OfVendor(r, history.VendorQuery{
			Vendor: v.ID, Currencies: p.Currencies, From: from, Since: since, Limit: 1,
		}, take)
		if err != nil {
			return nil, counted, err
		}
		from, counted = page.Next, view.At(page.Searched)
		if from == nil {
			counted = view.Time{}
			break
		}
	}
	for _, c := range p.Currencies {
		if sum := byCurrency[c]; sum != nil {
			all = append(all, *sum)
		}
	}
	return all, counted, nil
}

// addShop adds an entry of a vendor to its figures.
func addShop(all map[ledger.Currency]*view.ShopSum, e ledger.Entry, today, since time.Time) {
	sold, back := ledger.Amount{}, e.GivenBack()
	if e.Kind == ledger.KindPurchase || e.Kind == ledger.KindCapture {
		sold = e.Amount
	}
	c := sold.Currency
	if back.Micros != 0 {
		c = back.Currency
	}
	if sold.Micros == 0 && back.Micros == 0 {
		return
	}
	sum := all[c]
	if sum == nil {
		none := ledger.Amount{Currency: c}
		sum = &view.ShopSum{
			Currency: c, Today: view.ShopCount{Sold: none, Refunded: none}, Week: view.ShopCount{Sold: none, Refunded: none},
		}
		for day := since; !day.After(today); day = day.Add(oneDay) {
			sum.Days = append(sum.Days, view.ShopDay{Date: day.Format(time.DateOnly), Sold: none})
		}
		all[c] = sum
	}
	counts := []*view.ShopCount{&sum.Week}
	if !e.At.Before(today) {
		counts = append(counts, &sum.Today)
	}
	for _, n := range counts {
		if sold.Micros != 0 {
			n.Sales++
			n.Sold.Micros += sold.Micros
		}
		if back.Micros != 0 {
			n.Refunds++
			n.Refunded.Micros += back.Micros
		}
	}
	if day := int(e.At.Sub(since) / oneDay); day >= 0 && day < len(sum.Days) {
		sum.Days[day].Sold.Micros += sold.Micros
	}
}

// shopRead makes a use case of the vendor's server one of its team.
func shopRead[T any](
	ctx context.Context, s *Server, who view.Caller, words string, read func(*Seller) (T, error),
) (out T, err error) {
	v, err := s.shop(ctx, who, readsShop(words))
	if err != nil {
		return out, err
	}
	return read(v)
}

// ShopOffers lists the newest version of each offer, newest first.
func (s *Server) ShopOffers(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.Offer], error) {
	return shopRead(ctx, s, who, "shop offers", func(v *Seller) (view.Page[view.Offer], error) { return v.Offers(ctx, q) })
}

// ShopOffer shows the newest version of an offer. It refuses with ErrNotFound one of another vendor.
func (s *Server) ShopOffer(ctx context.Context, who view.Caller, id string) (view.Offer, error) {
	return shopRead(ctx, s, who, "shop offers", func(v *Seller) (o view.Offer, err error) {
		offer, err := s.seal.OpenOffer(id)
		if err != nil {
			return o, ledger.RefuseNotFound("offer")
		}
		return v.Offer(ctx, offer)
	})
}

// ShopSales lists sales, newest first. It refuses with ErrNotFound an unknown offer, and with ErrInvalid an unknown
// cursor.
func (s *Server) ShopSales(
	ctx context.Context, who view.Caller, q view.ShopSalesQuery,
) (view.Page[view.Charge], error) {
	return shopRead(ctx, s, who, "shop sales", func(v *Seller) (page view.Page[view.Charge], err error) {
		of := SalesQuery{
			EntriesQuery: EntriesQuery{Paging: q.Paging, Currency: q.Currency, Since: q.Since, Until: q.Until},
			Status:       q.Status, ClientRef: q.Reference,
		}
		if q.Offer != "" {
			if of.Offer, err = s.seal.OpenOffer(q.Offer); err != nil || of.Offer.Vendor != v.ID {
				return page, ledger.RefuseNotFound("offer")
			}
		}
		return v.Sales(ctx, of)
	})
}

// ShopSale shows a sale. It refuses with ErrNotFound one of another vendor.
func (s *Server) ShopSale(ctx context.Context, who view.Caller, id string) (view.Charge, error) {
	return shopThing(ctx, s, who, "shop sale", "sale", id, s.seal.OpenCharge, (*Seller).Sale)
}

// shopThing reads one thing of a vendor by its name. What is not the vendor's is not found.
func shopThing[T any](
	ctx context.Context, s *Server, who view.Caller, words, what, id string, open func(string) (ledger.EntryNo, error),
	read func(*Seller, context.Context, ledger.EntryNo) (T, error),
) (T, error) {
	return shopRead(ctx, s, who, words, func(v *Seller) (out T, err error) {
		no, err := open(id)
		if err != nil {
			return out, ledger.RefuseNotFound(what)
		}
		out, err = read(v, ctx, no)
		if errors.Is(err, ledger.ErrNotFound) {
			err = ledger.RefuseNotFound(what)
		}
		return out, err
	})
}

// ShopDisputes lists disputes about the vendor's sales, newest first, or those in a state.
func (s *Server) ShopDisputes(
	ctx context.Context, who view.Caller, state string, q view.Paging,
) (view.Page[view.VendorDispute], error) {
	return shopRead(ctx, s, who, "shop disputes", func(v *Seller) (view.Page[view.VendorDispute], error) {
		return v.Disputes(ctx, DisputesQuery{Paging: q, Stage: ledger.DisputeState(state)})
	})
}

// ShopDispute shows a dispute. It refuses with ErrNotFound one about another vendor's sale.
func (s *Server) ShopDispute(ctx context.Context, who view.Caller, id string) (view.VendorDispute, error) {
	return shopThing(ctx, s, who, "shop disputes", "dispute", id, s.seal.OpenDispute, (*Seller).DisputeOf)
}

// ShopSettlements lists the vendor's own settlements, newest first.
func (s *Server) ShopSettlements(
	ctx context.Context, who view.Caller, q view.Paging,
) (view.Page[view.Settlement], error) {
	return shopRead(ctx, s, who, "shop settlements", func(v *Seller) (view.Page[view.Settlement], error) {
		return v.Settlements(ctx, q)
	})
}

// ShopSettlement shows a settlement. It refuses with ErrNotFound another's.
func (s *Server) ShopSettlement(ctx context.Context, who view.Caller, id string) (view.Settlement, error) {
	return shopThing(ctx, s, who, "shop settlements", "settlement", id, s.seal.OpenSettlement, (*Seller).SettlementOf)
}

// ShopStatement makes the statement of a settlement. It refuses with ErrNotFound another's, and with ErrState as
// [Server.Statement] does.
func (s *Server) ShopStatement(ctx context.Context, who view.Caller, id string) (view.Statement, error) {
	return shopThing(ctx, s, who, "shop statement", "settlement", id, s.seal.OpenSettlement, (*Seller).StatementOf)
}

// ShopSheet puts a statement on paper. It refuses as [Server.ShopStatement] does, and with ErrState one that is too
// long.
func (s *Server) ShopSheet(ctx context.Context, who view.Caller, id string) (v view.Sheet, err error) {
	st, err := s.ShopSettlement(ctx, who, id)
	if err != nil {
		return v, err
	}
	if st.Lines > sheetRows {
		return v, refuseLongSheet(st.Lines, "shop statement "+st.ID)
	}
	all, err := s.ShopStatement(ctx, who, id)
	if err != nil {
		return v, err
	}
	return s.sheetOf(all)
}

// ShopHooks lists the vendor's webhook endpoints and how they take events, without their secrets.
func (s *Server) ShopHooks(ctx context.Context, who view.Caller) ([]view.Endpoint, error) {
	return shopRead(ctx, s, who, "shop hooks", func(v *Seller) ([]view.Endpoint, error) { return v.Endpoints(ctx) })
}

// ShopEvents lists what was sent to the endpoints in the last 30 days, newest first. It refuses with ErrInvalid an
// unknown type or cursor.
func (s *Server) ShopEvents(
	ctx context.Context, who view.Caller, kind string, q view.Paging,
) (view.Page[view.VendorEvent], error) {
	return shopRead(ctx, s, who, "shop events", func(v *Seller) (view.Page[view.VendorEvent], error) {
		return v.Events(ctx, EventQuery{Paging: q, Type: kind})
	})
}

// ShopPlans lists the royalty plans of the vendor.
func (s *Server) ShopPlans(ctx context.Context, who view.Caller) ([]view.RoyaltyPlan, error) {
	return shopRead(ctx, s, who, "shop royalties", func(v *Seller) ([]view.RoyaltyPlan, error) {
		return v.RoyaltyPlans(ctx)
	})
}

// ShopCampaigns lists the incentives that the vendor gives.
func (s *Server) ShopCampaigns(
	ctx context.Context, who view.Caller, q view.Paging,
) (view.Page[view.Campaign], error) {
	return shopRead(ctx, s, who, "shop incentives", func(v *Seller) (view.Page[view.Campaign], error) {
		return v.Campaigns(ctx, q)
	})
}
