package view_test

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopThings are things of a vendor whose texts are all the same.
func shopThings(text string) (c view.Charge, o view.Offer, d view.VendorDispute, h view.Endpoint, e view.VendorEvent) {
	at, eur := view.At(noon), ledger.Amount{Micros: 1_250_000, Currency: "EUR"}
	c = view.Charge{
		ID: text, TxnID: text, Status: text, Amount: eur, Captured: eur, Refunded: eur, Wallet: text, Quantity: 2,
		Offer: view.ChargeOffer{ID: text, Title: text}, GrantID: text, LinkID: text, ClientRef: text, Created: at,
		Splits: view.List[view.Split]{
			{Payee: text, Role: "author", Amount: "0.10"}, {Payee: text, Role: "vendor", Amount: "1"},
		},
		PaysBuyer: true,
	}
	o = view.Offer{
		ID: text, Version: 2, Status: text, Title: text, Description: text, Price: eur, Kind: text, ContentURL: text,
		Views: 5, ExpiresAt: &at, Plan: text, MIME: text, SampleURL: text, Created: at,
		Royalties: view.List[view.Royalty]{{Payee: text, Role: text, Share: 1250}, {Payee: text, Role: text, Fixed: &eur}},
	}
	d = view.VendorDispute{
		ID: text, ChargeID: text, Stage: text, Reason: text, Text: text, Amount: eur, Offer: &eur, DueBy: &at,
		Silence: "buyer", Why: text, Used: 1, First: &at, Decided: &at, Note: text, RefundID: text, Created: at,
		Case: view.List[view.CaseStep]{{At: at, Who: "vendor", What: "offered", Amount: &eur, Text: text}},
	}
	h = view.Endpoint{
		ID: text, URL: text, Events: view.List[string]{text}, Status: "live", Created: at, Parallel: 1, Old: &at,
		Success: &at,
		Failure: &view.EndpointError{At: view.At(noon.Add(1)), Status: 502, Text: text}, Next: &at, Warning: text,
	}
	e = view.VendorEvent{
		ID: text, Type: text, At: at, Data: view.WebhookData{ID: text},
		Deliveries: view.List[view.EventDelivery]{
			{EndpointID: text, Status: text, Attempts: 2, HTTP: 502, Text: text, Next: &at},
		},
	}
	return c, o, d, h, e
}

// shopFacts has what every description by facts makes of a vendor's things.
func shopFacts(text string, f view.Format) map[string][]view.Fact {
	at, eur := view.At(noon), ledger.Amount{Micros: 1_250_000, Currency: "EUR"}
	c, o, d, h, e := shopThings(text)
	n := view.ShopCount{Sales: 2, Sold: eur, Refunds: 1, Refunded: eur}
	return map[string][]view.Fact{
		"Charge.Facts": c.Facts(f), "Offer.Facts": o.Facts(f), "VendorDispute.Facts": d.Facts(f),
		"VendorDispute.Timeline": d.Timeline(f), "Endpoint.Facts": h.Facts(f), "VendorEvent.Facts": e.Facts(f),
		"Trigger.Facts": view.Trigger{ID: text, Type: text, Hook: "whe_6pz4w", Status: 204}.Facts(f),
		"Refund.Facts": view.Refund{
			ID: text, ChargeID: text, DisputeID: text, Amount: eur, Reason: text, Created: at,
		}.Facts(f),
		"TeamMember.Facts": view.TeamMember{
			ID: text, Fingerprint: text, Name: text, Role: "owner", Added: at, LastUsed: text, Here: true, Expires: at,
		}.Facts(f),
		"APIKey.Facts":   apiKey(text, at).Facts(f),
		"TeamCode.Facts": view.TeamCode{Vendor: text, Role: text, Code: text, Type: text, Expires: at}.Facts(f),
		"ShopToday.Facts": view.ShopToday{
			Vendor: text, Title: text, Status: view.State(text), Role: text, Counted: at,
			Sums:     view.List[view.ShopSum]{{Currency: "EUR", Today: n, Week: n}},
			Balance:  view.List[view.Balance]{{Currency: "EUR", Available: "1", Pending: "2", Reserve: "3"}},
			Terms:    view.List[view.ShopPay]{{Currency: "EUR", Words: text}},
			Disputes: view.List[view.VendorDispute]{d, d}, Hooks: view.List[view.Endpoint]{h},
		}.Facts(f),
	}
}

// shopTables has what every description by a table makes of a vendor's things.
func shopTables(text string, f view.Format) map[string]view.Table {
	at := view.At(noon)
	c, o, d, h, e := shopThings(text)
	return map[string]view.Table{
		"SaleTable": view.SaleTable([]view.Charge{c}, f), "OfferTable": view.OfferTable([]view.Offer{o}, f),
		"VendorDisputeTable": view.VendorDisputeTable([]view.VendorDispute{d}, f),
		"APIKeyTable":        view.APIKeyTable([]view.APIKey{apiKey(text, at)}, f),
		"EndpointTable":      view.EndpointTable([]view.Endpoint{h}, f),
		"EventTable":         view.EventTable([]view.VendorEvent{e}, f),
		"TeamTable": view.TeamTable([]view.TeamMember{
			{ID: text, Fingerprint: text, Name: text, Role: text, Added: at, LastUsed: text, Here: true},
			{ID: text, Role: text, Added: at, Expires: at},
		}, f),
		"ImportTable": view.ImportTable([]view.ImportLine{
			{Line: 2, Offer: text, Title: text, Field: text, Old: text, New: text}, {Line: 3, Title: text, Field: text},
		}, f),
		"TeamActTable": view.TeamActTable([]view.TeamAct{{At: at, Key: text, Name: text, Act: text, Note: text}}, f),
	}
}

func apiKey(text string, at view.Time) view.APIKey {
	return view.APIKey{
		Name: text, Hint: text, Status: text, Scopes: view.List[string]{text}, From: view.List[string]{text},
		Created: at, Expires: at, Ended: at, LastUsed: text,
	}
}
