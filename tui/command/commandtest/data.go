package commandtest

import (
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Now is the moment in which the service stands still.
var Now = time.Date(2026, 11, 24, 14, 7, 0, 0, time.UTC)

// EUR is an amount in euros, in micros.
func EUR(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: "EUR"} }

// USD is an amount in dollars, in micros.
func USD(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: "USD"} }

// after is a moment so long after [Now], for ends of windows and requests: what is left of them is on the screens.
func after(d time.Duration) view.Time { return view.At(Now.Add(d)) }

// at is a moment of the month in which the service stands still.
func at(day, hour, minute int) view.Time {
	return view.At(time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC))
}

// midnight is when a day of the user ends, so many days later: days are those of the wallet's zone, Berlin, an hour
// before midnight in UTC (claim 23).
func midnight(days int) view.Time { return at(24+days, 23, 0) }

// New returns a service that knows one wallet, seen from all sides: two currencies of which one waits for a check, a
// linked vendor, one that asks each time and one that is blocked, a purchase to pay and a permission to give. What
// is drawn in a way of its own is there at least once, so that a golden file shows it.
func New() *Service {
	s := &Service{Data: Data{
		People: map[string]view.Identity{
			Ada.Fingerprint: {
				Role: ledger.RoleUser, Handle: "w_7g2v",
				BroughtBy: "acme-news", BroughtUntil: view.At(Now.AddDate(0, 7, 0)),
				Settings: view.Settings{Zone: "Europe/Berlin", Theme: "dark", Notices: ledger.NoticeOff, Views: savedViews()},
			},
			Rita.Fingerprint: {Role: ledger.RoleRep, Name: "rita"},
			Otto.Fingerprint: {Role: ledger.RoleOperator, Name: "otto"},
			Vera.Fingerprint: {Role: ledger.RoleVendor, Name: "vera", Shop: "acme-news", ShopRole: "owner"},
		},
		Shop: shop(), Team: team(),
		House: view.House{
			Name: "Tuppence", Host: "tuppence.example", URL: "https://tuppence.example", Simulated: true,
			Currencies: []ledger.Currency{"EUR", "USD"}, Commission: "5 %", Window: view.Seconds(15 * time.Minute),
			Limits: view.LimitsOf(ledger.Limits{
				PerPurchase: 2_000_000, PerDay: 5_000_000, PerWeek: 20_000_000, PerMonth: ledger.NoLimit,
			}, "EUR"),
		},
		Methods: []view.Method{
			{
				Name: "card", Title: "Card", Online: true, Simulated: true,
				Currencies: []view.MethodRange{
					between(EUR(5_000_000), EUR(500_000_000)), between(USD(5_000_000), USD(500_000_000)),
				},
				Help:    "The tokens are there at once.",
				Arrives: "at once", Cost: "free",
			},
			{
				Name: "check", Title: "Check by post", Simulated: true,
				Currencies: []view.MethodRange{between(USD(10_000_000), USD(500_000_000))},
				Help:       "You get a reference to write on the check. Its tokens can be spent when it has cleared.",
				Arrives:    "when it has cleared", Cost: "postage",
			},
		},
		Overview: overview(),
		Keys:     keys(),
		Agents:   agents(),
		Details:  map[string]view.Detail{},
		Receipts: map[string]view.Receipt{},
		Policy: []view.Setting{
			{Name: "commission", Value: "5 %", Help: "share of each sale, rounded up to the next micro", Bounds: "0 % to 50 %"},
			{Name: "window", Value: "15m", Help: "how long after the last key one may buy", Bounds: "1m to 1d"},
			{
				Name: "dispute_auto", Value: "1.00", Help: "up to where a dispute is paid back at once",
				Bounds: "an amount, and one for a currency: 200.00, JPY 30000",
			},
			{
				Name: "two_persons", Value: "20.00", Help: "above it, who received an instrument may not clear it",
				Bounds: "an amount, and one for a currency: 200.00, JPY 30000",
			},
		},
	}}
	s.Data.fillFunds()
	bankData(&s.Data)
	s.Data.fillHistory()
	s.Data.fillVendors()
	return s
}

// savedViews are one, of the history.
func savedViews() view.List[view.SavedView] {
	return view.List[view.SavedView]{
		{Name: "big ones", Place: "history", Filter: "amount>1", Sort: "amount", Columns: "at,title,amount"},
	}
}

// between is what a method takes in the currency of both amounts.
func between(least, most ledger.Amount) view.MethodRange {
	return view.MethodRange{Currency: least.Currency, Min: &least, Max: &most}
}

// bound is one limit and what is used of it; most below 0 is no bound.
func bound(c ledger.Currency, period string, most, used int64, reset view.Time) view.Limit {
	return view.LimitOf(ledger.LimitUse{
		Period: period, Currency: c, Used: ledger.Amount{Micros: used, Currency: c}, ResetsAt: reset.Time,
		Max: ledger.Amount{Micros: max(most, 0), Currency: c}, None: most < 0,
	})
}

// heading is a bound with what will be used when its period ends.
func heading(l view.Limit, forecast int64) view.Limit {
	l.Forecast = &ledger.Amount{Micros: forecast, Currency: l.Currency}
	return l
}

// spending are the last 60 days of a wallet, most of them in the last 30, with 1.80 today.
func spending(c ledger.Currency) view.Spending {
	midnight := Now.Truncate(24 * time.Hour)
	var d ledger.Days
	for ago := 60; ago > 0; ago-- {
		cents := int64(ago * ago % 37 * 5)
		if ago%4 == 0 || ago > 30 && ago%2 == 0 {
			continue // nothing was bought
		}
		d = d.After(ledger.Day{Start: midnight.AddDate(0, 0, -ago).Unix(), Spent: cents * 10_000})
	}
	today := ledger.Counter{Start: midnight.Unix(), Spent: 1_800_000}
	return view.SpendingOf(ledger.Wallet{Currency: c, Spent: ledger.Counters{Day: today}}, d, Now, time.UTC)
}

// overview is a home screen on which something is to be seen in each of its parts: a part that is used up, one without
// a bound, held and uncollected tokens.
func overview() view.Overview {
	return view.Overview{
		Handle: "w_7g2v", Zone: "Europe/Berlin", Disputes: 1, WindowUntil: after(11*time.Minute + 42*time.Second),
		Wallets: []view.Wallet{
			{
				Currency: "EUR", Available: EUR(12_400_000), Held: EUR(500_000), Uncollected: EUR(0), Simulated: true,
				Transferable: EUR(12_400_000), Spending: spending("EUR"),
				Limits: []view.Limit{
					bound("EUR", "purchase", 2_000_000, 0, view.Time{}),
					bound("EUR", "day", 5_000_000, 1_800_000, midnight(0)),
					bound("EUR", "week", 20_000_000, 6_350_000, midnight(5)),
					heading(bound("EUR", "month", ledger.NoLimit, 14_200_000, midnight(6)), 18_040_000),
				},
			},
			{
				Currency: "USD", Available: USD(3_000_001), Held: USD(0), Uncollected: USD(25_000_000), Simulated: true,
				Transferable: USD(1_000_000), TransferableAll: midnight(120),
				Spending: view.SpendingOf(ledger.Wallet{Currency: "USD"}, ledger.Days{}, Now, time.UTC),
				Limits: []view.Limit{
					bound("USD", "purchase", 2_000_000, 0, view.Time{}),
					bound("USD", "day", 5_000_000, 0, midnight(0)),
				},
			},
		},
	}
}

// fillFunds has a deposit and a transfer that are over, and one of each that is on its way.
func (d *Data) fillFunds() {
	d.Deposits = []view.Deposit{
		{
			ID: "dep_7c1mm", Method: "card", Amount: EUR(10_000_000), Fee: EUR(0),
			State: view.State(ledger.DepositSucceeded), Created: at(24, 9, 15), Simulated: true,
		},
		{
			ID: "dep_7w8bb", Method: "check", Amount: USD(25_000_000), Fee: USD(0),
			State: view.State(ledger.DepositAwaiting), Reference: "TP 1180 3342 7", Created: at(18, 10, 0),
			Expires: view.At(at(18, 10, 0).AddDate(0, 1, 0)), Simulated: true,
			Steps: []string{"Write TP 1180 3342 7 on the check.", "Send it to the desk."},
		},
	}
	d.Tasks = tasks()
	d.Unallocated = []view.Unallocated{
		{
			ID: "rcp_8c4tw", Source: "check", Amount: USD(25_000_000), Text: "TP 1180 3342 1", Mark: "0712",
			State: "unallocated", Created: at(23, 11, 30), Deposit: "dep_7w8bb", Handle: "w_7g2v", Near: true, Simulated: true,
			About: "25.00 USD by check, waits for the payer, reference TP 1180 3342 7",
		},
	}
	d.Transfers = []view.Transfer{
		{ID: "trf_8b4nc", Amount: EUR(1_000_000), State: "sent", Created: at(23, 18, 0), Expires: at(30, 18, 0)},
		{ID: "trf_7xa3e", Amount: EUR(3_000_000), State: "claimed", Created: at(20, 18, 0), Expires: at(27, 18, 0)},
	}
}

// fillVendors has a vendor of each status, and one request of each mode. The requests differ in what they lack: the
// second has no price, the first proposes no limits.
func (d *Data) fillVendors() {
	// Bounds at a vendor name it; their reset is that of the wallet's period and not shown beside a vendor.
	at := func(period string, most, used int64) view.Limit {
		l := bound("EUR", period, most, used, view.Time{})
		l.Vendor = "acme-news"
		return l
	}
	d.Links = []view.Link{
		{
			ID: "lnk_3c7mz", Vendor: "acme-news", Title: "Acme News", Site: "https://news.example", Currency: "EUR",
			Status: "active", Limits: []view.Limit{at("purchase", 500_000, 0), at("month", 10_000_000, 8_350_000)},
			Count: 14, Spent: EUR(11_350_000), Created: view.At(Now.AddDate(0, -2, 0)),
		},
		{
			ID: "lnk_5x1va", Vendor: "acme-video", Title: "Acme Video", Site: "https://video.example", Currency: "EUR",
			Status: "known", Count: 3, Spent: EUR(3_600_000),
		},
		{ID: "lnk_9e0oo", Vendor: "pushy-shop", Title: "Pushy Shop", Currency: "EUR", Status: "blocked", Spent: EUR(0)},
	}
	// A request says what the day still allows, so it has the bound of the wallet that would pay.
	dayMax := EUR(5_000_000)
	proposed := view.LimitsOf(ledger.Limits{
		PerPurchase: 1_500_000, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: 10_000_000,
	}, "EUR")
	d.Approvals = []view.Approval{
		{
			Terms: view.Terms{
				Code: "WDJB-MJHT", Mode: ledger.ModeCharge, Vendor: "acme-news", Site: "https://news.example",
				Title: "Ice on the Danube", What: "A long read about the winter of 1929.",
				Bounds: view.Bounds{Views: 5, Days: 30}, Price: EUR(250_000),
				Status: view.State(ledger.CheckoutOpen),
			},
			From: "EUR", Before: EUR(12_400_000), After: EUR(12_150_000), DaySpent: EUR(1_800_000), DayMax: &dayMax,
			Purchases: 14, Expires: after(2 * time.Minute), Match: "47",
		},
		{
			Terms: view.Terms{
				Code: "KXPR-9QTC", Mode: ledger.ModeLink, Vendor: "acme-video", Site: "https://video.example",
				Title: "Acme Video", Price: EUR(0), Ask: &proposed, Status: view.State(ledger.CheckoutOpen),
			},
			From: "EUR", Before: EUR(12_400_000), After: EUR(12_400_000), DaySpent: EUR(1_800_000), DayMax: &dayMax,
			Purchases: 3, Expires: after(9 * time.Minute),
		},
	}
}
