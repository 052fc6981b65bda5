package tui

import (
	"time"

	"tuppence/server/ledger"
)

// fixtureNow is the moment in which the fixture stands still.
var fixtureNow = time.Date(2026, 11, 24, 14, 7, 0, 0, time.UTC)

func eur(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: "EUR"} }
func usd(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: "USD"} }

// newFixture is a wallet of somebody who reads two papers and watches lectures.
func newFixture() *fixture {
	f := &fixture{
		people: map[string]ledger.Identity{
			ada.Fingerprint:  {Role: ledger.RoleUser, Handle: "w_7g2v", Zone: "Europe/Berlin", Theme: "dark"},
			rita.Fingerprint: {Role: ledger.RoleRep, Name: "rita"},
			otto.Fingerprint: {Role: ledger.RoleOperator, Name: "otto"},
		},
		house: ledger.House{
			Name: "Tuppence", Host: "tuppence.example", URL: "https://tuppence.example", Simulated: true,
			Currencies: []ledger.Currency{"EUR", "USD"}, Commission: "5 %", Window: 15 * time.Minute,
			Limits: ledger.Limits{PerPurchase: 2_000_000, PerDay: 5_000_000, PerWeek: 20_000_000, PerMonth: ledger.NoLimit},
		},
		methods: []ledger.MethodInfo{
			{
				Name: "card", Title: "Card", Online: true, Simulated: true, Currencies: []ledger.Currency{"EUR", "USD"},
				Min:  map[ledger.Currency]ledger.Amount{"EUR": eur(5_000_000), "USD": usd(5_000_000)},
				Max:  map[ledger.Currency]ledger.Amount{"EUR": eur(500_000_000), "USD": usd(500_000_000)},
				Help: "The tokens are there at once. In the demonstration no card is charged.",
			},
			{
				Name: "check", Title: "Check by post", Simulated: true, Currencies: []ledger.Currency{"USD"},
				Min:  map[ledger.Currency]ledger.Amount{"USD": usd(10_000_000)},
				Max:  map[ledger.Currency]ledger.Amount{"USD": usd(500_000_000)},
				Help: "You get a reference to write on the check. Its tokens can be spent when it has cleared.",
			},
		},
		details: map[string]ledger.Detail{}, receipts: map[string]ledger.Receipt{},
	}
	day := func(c ledger.Currency, period string, bound, used int64, reset time.Time) ledger.LimitView {
		return ledger.LimitView{
			Period: period, Currency: c, Max: ledger.Amount{Micros: max(0, bound), Currency: c}, None: bound < 0,
			Used: ledger.Amount{Micros: used, Currency: c}, ResetsAt: reset,
		}
	}
	midnight := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	f.overview = ledger.Overview{
		Handle: "w_7g2v", Zone: "Europe/Berlin", Disputes: 1, WindowUntil: fixtureNow.Add(11*time.Minute + 42*time.Second),
		Wallets: []ledger.WalletView{
			{Currency: "EUR", Available: eur(12_400_000), Held: eur(500_000), Uncollected: eur(0), Simulated: true, Limits: []ledger.LimitView{
				day("EUR", "purchase", 2_000_000, 0, time.Time{}), day("EUR", "day", 5_000_000, 1_800_000, midnight),
				day("EUR", "week", 20_000_000, 6_350_000, midnight.AddDate(0, 0, 5)), day("EUR", "month", ledger.NoLimit, 14_200_000, midnight.AddDate(0, 0, 6)),
			}},
			{Currency: "USD", Available: usd(3_000_001), Held: usd(0), Uncollected: usd(25_000_000), Simulated: true, Limits: []ledger.LimitView{
				day("USD", "purchase", 2_000_000, 0, time.Time{}), day("USD", "day", 5_000_000, 0, midnight),
			}},
		},
	}
	f.fillHistory()
	f.fillVendors()
	return f
}

// splitOf is who got what of a price: 5 % commission, then 20 % of the rest to the author, 10 % to the publisher.
func splitOf(price ledger.Amount, vendor string) []ledger.Line {
	c := price.Currency
	commission := (price.Micros*5 + 99) / 100
	net := price.Micros - commission
	author, publisher := net*20/100, net*10/100
	return []ledger.Line{
		{Who: "you", Amount: ledger.Amount{Micros: -price.Micros, Currency: c}},
		{Who: vendor, Amount: ledger.Amount{Micros: net - author - publisher, Currency: c}},
		{Who: "Jana Weiss (author)", Amount: ledger.Amount{Micros: author, Currency: c}},
		{Who: "River Press (publisher)", Amount: ledger.Amount{Micros: publisher, Currency: c}},
		{Who: "tuppence (commission)", Amount: ledger.Amount{Micros: commission, Currency: c}},
	}
}

func (f *fixture) fillHistory() {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	f.rows = []ledger.Row{
		{ID: "chg_8f3ka", At: at(24, 13, 2), Kind: "purchase", Vendor: "acme-news", Title: "How rivers freeze", State: "PAID", Amount: eur(-250_000), CanOpen: true},
		{ID: "chg_8f2xw", At: at(24, 12, 40), Kind: "purchase", Vendor: "acme-news", Title: "Crossword 412", State: "PAID", Amount: eur(-100_000), CanOpen: true},
		{ID: "dep_7c1mm", At: at(24, 9, 15), Kind: "deposit", Title: "Card", State: "SUCCEEDED", Amount: eur(10_000_000)},
		{ID: "chg_7zq4d", At: at(23, 19, 11), Kind: "purchase", Vendor: "acme-video", Title: "Lecture 7: 氷の物理学", State: "PAID", Amount: eur(-1_200_000), CanOpen: true},
		{ID: "rfd_7zp0s", At: at(22, 16, 5), Kind: "refund", Vendor: "acme-video", Title: "Lecture 6", State: "REFUNDED", Amount: eur(1_200_000)},
		{ID: "chg_7yk9h", At: at(21, 8, 30), Kind: "purchase", Vendor: "acme-news", Title: "Archive week", State: "DISPUTED", Amount: eur(-2_000_000), Disputed: true},
		{ID: "trf_7xa3e", At: at(20, 18, 0), Kind: "transfer_out", Title: "Sent", State: "CLAIMED", Amount: eur(-3_000_000)},
		{ID: "dep_7w8bb", At: at(18, 10, 0), Kind: "deposit", Title: "Check by post", State: "UNCOLLECTED", Amount: usd(25_000_000)},
	}
	f.deposits = []ledger.DepositView{
		{ID: "dep_7c1mm", Method: "card", Amount: eur(10_000_000), Fee: eur(0), State: ledger.DepositSucceeded, Created: at(24, 9, 15), Simulated: true},
		{
			ID: "dep_7w8bb", Method: "check", Amount: usd(25_000_000), Fee: usd(0), State: ledger.DepositAwaiting, Reference: "TP 1180 3342 7", Created: at(18, 10, 0),
			Expires: at(18, 10, 0).AddDate(0, 1, 0), Steps: []string{"Write TP 1180 3342 7 on the check.", "Send it to the desk."}, Simulated: true,
		},
	}
	f.disputes = []ledger.DisputeView{
		{
			ID: "dsp_5t2rr", Purchase: "chg_7yk9h", Vendor: "acme-news", Title: "Archive week", Amount: eur(2_000_000), Reason: "not_delivered",
			Text: "The archive answers 404 since Friday.", State: ledger.DisputeUnderReview, Opened: at(21, 9, 0), DueBy: at(28, 9, 0),
			Facts: []string{"0 of 7 views were used.", "14 purchases at this vendor, 0 disputes before."},
		},
		{
			ID: "dsp_4k8pb", Purchase: "chg_6ma1z", Vendor: "acme-video", Title: "Lecture 6", Amount: eur(1_200_000), Reason: "duplicate", State: ledger.DisputeWon,
			Opened: at(20, 16, 0), Decided: at(22, 16, 5), Note: "The vendor agreed.",
		},
	}
	f.transfers = []ledger.TransferView{
		{ID: "trf_8b4nc", Amount: eur(1_000_000), State: "sent", Created: at(23, 18, 0), Expires: at(30, 18, 0)},
		{ID: "trf_7xa3e", Amount: eur(3_000_000), State: "claimed", Created: at(20, 18, 0), Expires: at(27, 18, 0)},
	}
	f.details["chg_8f3ka"] = ledger.Detail{
		Row: f.rows[0], TxnID: "txn_06dkq5x1c8v3n7m2t9w4y0zr5hjb1f6gae8k", Offer: "ofr_2wq7n v3", URL: "https://news.example/rivers",
		Lines: splitOf(eur(250_000), "acme-news"), Commission: eur(12_500), Returned: eur(0),
		Grant: &ledger.GrantView{
			ID: "grt_8f3ka", Status: "active", ViewsTotal: 5, ViewsUsed: 1, From: at(24, 13, 2), Until: at(24, 13, 2).AddDate(0, 1, 0),
			URL: "https://news.example/rivers",
		},
		Timeline: []ledger.Event{{At: at(24, 13, 1), What: "acme-news asked for 0.25 EUR"}, {At: at(24, 13, 2), What: "approved in the terminal"}, {At: at(24, 13, 3), What: "opened"}},
		Hash:     "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9", CanDispute: true, DisputeBy: at(26, 13, 2),
	}
	disputed := ledger.Detail{Row: f.rows[5], Lines: splitOf(eur(2_000_000), "acme-news"), Commission: eur(100_000), Dispute: &f.disputes[0]}
	f.details["chg_7yk9h"] = disputed
	f.details["dep_7w8bb"] = ledger.Detail{Row: f.rows[7], Deposit: &f.deposits[1]}
}

func (f *fixture) fillVendors() {
	bound := func(period string, bound, used int64) ledger.LimitView {
		return ledger.LimitView{Period: period, Vendor: "acme-news", Currency: "EUR", Max: eur(bound), Used: eur(used)}
	}
	f.links = []ledger.LinkView{
		{
			ID: "lnk_3c7mz", Vendor: "acme-news", Title: "Acme News", Site: "https://news.example", Currency: "EUR", Status: "active",
			Limits: []ledger.LimitView{bound("purchase", 500_000, 0), bound("month", 10_000_000, 4_350_000)},
			Count:  14, Spent: eur(11_350_000), Created: fixtureNow.AddDate(0, -2, 0),
		},
		{ID: "lnk_5x1va", Vendor: "acme-video", Title: "Acme Video", Site: "https://video.example", Currency: "EUR", Status: "known", Count: 3, Spent: eur(3_600_000)},
		{ID: "lnk_9e0oo", Vendor: "pushy-shop", Title: "Pushy Shop", Currency: "EUR", Status: "blocked", Count: 0, Spent: eur(0)},
	}
	f.approvals = []ledger.Approval{
		{
			Code: "WDJB-MJHT", Mode: ledger.ModeCharge, Vendor: "acme-news", Site: "https://news.example", Title: "Ice on the Danube",
			What: "A long read about the winter of 1929.", Bounds: ledger.Bounds{Views: 5, Days: 30}, Price: eur(250_000), From: "EUR", Before: eur(12_400_000),
			After: eur(12_150_000), DaySpent: eur(1_800_000), DayMax: eur(5_000_000), Purchases: 14, Expires: fixtureNow.Add(2 * time.Minute), Status: ledger.CheckoutOpen,
		},
		{
			Code: "KXPR-9QTC", Mode: ledger.ModeLink, Vendor: "acme-video", Site: "https://video.example", Title: "Acme Video", Price: eur(0), From: "EUR",
			Ask:    ledger.Limits{PerPurchase: 1_500_000, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: 10_000_000},
			Before: eur(12_400_000), After: eur(12_400_000), DaySpent: eur(1_800_000), DayMax: eur(5_000_000), Purchases: 3,
			Expires: fixtureNow.Add(9 * time.Minute), Status: ledger.CheckoutOpen,
		},
	}
	f.policy = []ledger.PolicyLine{
		{Name: "commission", Value: "5 %", Help: "share of each sale, rounded up to the next micro"},
		{Name: "window", Value: "15m", Help: "how long after the last key one may buy"},
		{Name: "dispute_auto", Value: "1.00", Help: "up to where a dispute is paid back at once"},
	}
}
