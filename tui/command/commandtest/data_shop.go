package commandtest

import (
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Shop is what the team of a vendor sees.
type Shop struct {
	Today    view.ShopToday
	Offers   []view.Offer
	Sales    []view.Charge
	Disputes []view.VendorDispute
	Hooks    []view.Endpoint
	Events   []view.VendorEvent
	Keys     []view.APIKey
	Heard    []view.Heard // by a listener
}

// ago is a moment before now.
func ago(d time.Duration) view.Time { return view.At(Now.Add(-d)) }

// shop is the vendor acme-news with a day that has a bit of everything.
func shop() Shop {
	s := Shop{Offers: shopOffers(), Sales: shopSales(), Disputes: shopDisputes(), Hooks: shopHooks(), Events: shopEvents()}
	s.Keys = shopKeys()
	sum := view.ShopSum{
		Currency: "EUR",
		Today:    view.ShopCount{Sales: 193, Sold: EUR(18_150_000), Refunds: 1, Refunded: EUR(400_000)},
		Week:     view.ShopCount{Sales: 1204, Sold: EUR(104_400_000), Refunds: 4, Refunded: EUR(1_250_000)},
	}
	for i, cents := range []int64{1210, 1404, 1788, 1533, 1190, 1500, 1815} {
		day := Now.AddDate(0, 0, i-6).Format(time.DateOnly)
		sum.Days = append(sum.Days, view.ShopDay{Date: day, Sold: EUR(cents * 10_000)})
	}
	s.Today = view.ShopToday{
		Vendor: "acme-news", Title: "Acme News", Status: "active", Role: "owner", Sums: view.List[view.ShopSum]{sum},
		Balance: view.List[view.Balance]{{
			Currency: "EUR", Pending: "86.10", Available: "163.20", Reserve: "0.00", Disputed: "2.00", InTransit: "0.00",
		}},
		Terms:    view.List[view.ShopPay]{{Currency: "EUR", Words: "from 200.00 EUR, or after 14 days"}},
		Disputes: view.List[view.VendorDispute]{s.Disputes[0]}, Hooks: view.List[view.Endpoint]{s.Hooks[0]},
	}
	return s
}

func shopOffers() []view.Offer {
	offer := func(id, title string, price int64, version uint32) view.Offer {
		return view.Offer{
			ID: id, Version: version, Status: "active", Title: title, Price: EUR(price), Kind: "content",
			ContentURL: "https://news.example/" + id, Views: 5, Days: 30, Created: ago(48 * time.Hour),
		}
	}
	crossword := offer("ofr_3cw8k", "Crossword 412", 100_000, 1)
	crossword.Views, crossword.Days = 0, 0
	rivers := offer("ofr_7rv2m", "How rivers freeze", 400_000, 3)
	rivers.Created = ago(72 * time.Hour)
	rivers.Description = "Long read: what happens below the ice."
	rivers.Royalties = view.List[view.Royalty]{{Payee: "A. Reed", Role: "author", Share: 1000}}
	ended := offer("ofr_1wn5t", "The winter supplement", 2_000_000, 2)
	until := ago(time.Hour)
	ended.Created = ago(96 * time.Hour)
	ended.ExpiresAt = &until
	return []view.Offer{crossword, rivers, ended}
}

func shopSales() []view.Charge {
	sale := func(id, wallet, title, offer string, micros int64, at time.Duration) view.Charge {
		commission := micros / 20
		return view.Charge{
			ID: id, TxnID: "txn_06h1vjz4" + id[4:], Status: "captured", Amount: EUR(micros), Captured: EUR(micros),
			Refunded: EUR(0), Wallet: wallet, Offer: view.ChargeOffer{ID: offer, Version: 1, Title: title}, Quantity: 1,
			Splits: view.List[view.Split]{
				{Payee: "ven_4hz7p", Role: "vendor", Amount: EUR(micros - commission).Number()},
				{Payee: "Tuppence", Role: "commission", Amount: EUR(commission).Number()},
			},
			GrantID: "grt_" + id[4:], Created: ago(at),
		}
	}
	linked := sale("chg_6vd1p", "w_pine04x7q2m", "How rivers freeze", "ofr_7rv2m", 400_000, time.Minute)
	linked.LinkID, linked.ClientRef = "lnk_3c7mz", "order-1001"
	disputed := sale("chg_2mw9c", "w_lake31n8t4k", "The winter supplement", "ofr_1wn5t", 2_000_000, 26*time.Hour)
	disputed.Disputed = true
	back := sale("chg_8kx3r", "w_moth88d5v1z", "Crossword 412", "ofr_3cw8k", 100_000, 50*time.Hour)
	back.Status, back.Refunded = "refunded", EUR(100_000)
	return []view.Charge{
		linked, sale("chg_4nt7b", "w_moth88d5v1z", "Crossword 412", "ofr_3cw8k", 100_000, 2*time.Minute), disputed, back,
	}
}

func shopDisputes() []view.VendorDispute {
	due, decided := after(5*24*time.Hour), ago(20*24*time.Hour)
	return []view.VendorDispute{
		{
			ID: "dsp_3vq7n", ChargeID: "chg_2mw9c", GrantID: "grt_2mw9c", Stage: "needs_response", Reason: "not_as_described",
			Text: "It is half as long as you said.", Amount: EUR(2_000_000), DueBy: &due, Silence: "buyer", Used: 1,
			Created: ago(20 * time.Hour),
			Case: view.List[view.CaseStep]{
				{At: ago(20 * time.Hour), Who: "buyer", What: "opened", Text: "It is half as long."},
			},
		},
		{
			ID: "dsp_9hk2d", ChargeID: "chg_8kx3r", GrantID: "grt_8kx3r", Stage: string(ledger.DisputeLost),
			Reason: "not_delivered", Amount: EUR(100_000), Decided: &decided, Note: "It was opened twice.",
			Created: ago(25 * 24 * time.Hour),
			Case:    view.List[view.CaseStep]{{At: ago(25 * 24 * time.Hour), Who: "buyer", What: "opened"}},
		},
	}
}

func shopHooks() []view.Endpoint {
	taken, next := ago(31*time.Minute), after(2*time.Minute)
	return []view.Endpoint{
		{
			ID: "whe_6pz4w", URL: "https://my.paper/hooks", Status: "live", Created: ago(80 * 24 * time.Hour), Parallel: 1,
			Success: &taken, Failure: &view.EndpointError{At: ago(time.Minute), Status: 502, Text: "Bad Gateway"}, Next: &next,
		},
		{
			ID: "whe_1cd8v", URL: "https://my.paper/money", Events: view.List[string]{"settlement.paid"}, Status: "live",
			Created: ago(80 * 24 * time.Hour), Parallel: 1,
		},
	}
}

func shopEvents() []view.VendorEvent {
	next, done := after(2*time.Minute), ago(31*time.Minute)
	return []view.VendorEvent{
		{
			ID: "evt_5bn2x", Type: "charge.succeeded", At: ago(time.Minute), Data: view.WebhookData{ID: "chg_6vd1p"},
			Deliveries: view.List[view.EventDelivery]{
				{EndpointID: "whe_6pz4w", Status: "waiting", Attempts: 3, HTTP: 502, Text: "Bad Gateway", Next: &next},
			},
		},
		{
			ID: "evt_8qr6j", Type: "charge.succeeded", At: ago(31 * time.Minute), Data: view.WebhookData{ID: "chg_4nt7b"},
			Deliveries: view.List[view.EventDelivery]{
				{EndpointID: "whe_6pz4w", Status: "delivered", Attempts: 1, HTTP: 200, Delivered: &done},
			},
		},
	}
}
