package command

import (
	"encoding/base64"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopCommands are what the team of a vendor sees of its own things.
func shopCommands() []Command {
	cursor := option("cursor", KindCursor, "go on after the page that ended with this")
	return []Command{
		{
			Path: "shop today", Help: "show your vendor at one look: sales, balance, what waits", Role: ledger.RoleVendor,
			Place: "shop",
			Long:  "Days begin at midnight in UTC.",
			JSON:  view.ShopToday{},
			Run:   func(r *Run) error { return r.answerFacts(r.Service.ShopToday(r.Ctx, r.Who)) },
		},
		{
			Path: "shop offers", Help: "list what your vendor sells, newest first", Role: ledger.RoleVendor,
			Place:  "catalogue",
			Inputs: []Input{pageSize(), cursor}, JSON: view.Page[view.Offer]{}, Run: runShopOffers,
		},
		{
			Path: "shop offer", Help: "show one offer of your vendor", Role: ledger.RoleVendor,
			Key:    "catalogue:enter",
			Inputs: []Input{arg(KindOffer)}, JSON: view.Offer{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.ShopOffer(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "shop sales", Help: "list what your vendor has sold, newest first", Role: ledger.RoleVendor,
			Place: "sales",
			Long: "Buyers are pseudonyms, which no other vendor knows.\n" +
				"With --follow each sale is printed once more when it is captured or refunded. Of more than 1000 that come " +
				"at once the newest are printed.",
			Inputs: []Input{
				option("currency", KindCurrency, "only in this currency"),
				option("since", KindSince, "not older than this: 2026-11-01, or 7d, 12h"),
				option("until", KindSince, "older than this: 2026-12-01, or 7d, 12h"),
				option("state", KindSaleState, "only those in a state"),
				option("offer", KindOffer, "only of this offer"),
				option("reference", KindWords, "only with this reference of yours, exactly"),
				followFlag(), pageSize(), cursor,
			},
			JSON: view.Page[view.Charge]{}, Run: runShopSales,
		},
		{
			Path: "shop sale", Help: "show one sale: who got what, to the micro", Role: ledger.RoleVendor,
			Key:    "sales:enter",
			Inputs: []Input{arg(KindSale)}, JSON: view.Charge{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.ShopSale(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "shop disputes", Help: "list disputes about your sales: what waits for you, then the newest",
			Role: ledger.RoleVendor, Place: "cases",
			Long:   "What waits for you is on top of the first page, however old, the first due before the others.",
			Inputs: []Input{option("state", KindStage, "only those in a state"), pageSize(), cursor},
			JSON:   view.Page[view.VendorDispute]{}, Run: runShopDisputes,
		},
		{
			Path: "shop dispute", Help: "show one dispute with all that both sides have said", Role: ledger.RoleVendor,
			Key:    "cases:enter",
			Inputs: []Input{arg(KindShopDispute)}, JSON: view.VendorDispute{},
			Run: func(r *Run) error { return r.answerCase(r.Service.ShopDispute(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "shop royalties", Help: "list the royalty plans of your vendor", Role: ledger.RoleVendor,
			JSON: view.Page[view.RoyaltyPlan]{}, Run: runShopPlans,
		},
		{
			Path: "shop incentives", Help: "list the incentives that your vendor gives", Role: ledger.RoleVendor,
			Inputs: []Input{pageSize(), cursor}, JSON: view.Page[view.Campaign]{}, Run: runShopCampaigns,
		},
	}
}

// shopMoneyCommands are about settlements and what is sent to the vendor's server.
func shopMoneyCommands() []Command {
	cursor := option("cursor", KindCursor, "go on after the page that ended with this")
	return []Command{
		{
			Path: "shop settlements", Help: "list what your vendor was paid, newest first", Role: ledger.RoleVendor,
			Place:  "money",
			Inputs: []Input{pageSize(), cursor}, JSON: view.Page[view.Settlement]{}, Run: runShopSettlements,
		},
		{
			Path: "shop settlement", Help: "show a settlement of your vendor", Role: ledger.RoleVendor,
			Key:    "money:enter",
			Inputs: []Input{arg(KindSettlement)}, JSON: view.Settlement{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.ShopSettlement(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "shop statement", Help: "print a statement of your vendor as CSV", Role: ledger.RoleVendor,
			Long: "Its SHA-256, which shop settlement prints, is that of the lines behind the titles, without the ids:\n" +
				"tail -n +2 FILE | cut -d, -f2- | sha256sum",
			Inputs: []Input{arg(KindSettlement)}, JSON: view.Statement{}, Run: runShopStatement,
		},
		{
			Path: "shop paper", Help: "print a statement of your vendor, as PDF", Role: ledger.RoleVendor,
			Long:   "ssh HOST shop paper ID > statement.pdf. Each row has the hash of its entry in the journal.",
			Inputs: []Input{arg(KindSettlement)}, JSON: view.Sheet{}, Run: runShopPaper,
		},
		{
			Path: "shop hooks", Help: "list where your vendor gets its events, and how they are taken",
			Role: ledger.RoleVendor, Place: "hooks", JSON: view.Page[view.Endpoint]{}, Run: runShopHooks,
		},
		{
			Path: "shop events", Help: "list what was sent to your hooks in the last 30 days", Role: ledger.RoleVendor,
			Inputs: []Input{option("type", KindEvent, "only this type, such as charge.succeeded"), pageSize(), cursor},
			JSON:   view.Page[view.VendorEvent]{}, Run: runShopEvents,
		},
	}
}

// shopPace is how often the sales of a vendor are asked for at most while they are followed: a vendor may sell
// thousands in a second.
const shopPace = time.Second / 2

// paging reads the flags of a page.
func (r *Run) paging() (q view.Paging, err error) {
	q.Before = view.Cursor(r.flag("cursor"))
	q.Limit, err = r.limit()
	return q, err
}

func runShopOffers(r *Run) error {
	q, err := r.paging()
	if err != nil {
		return err
	}
	p, err := r.Service.ShopOffers(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "Nothing is offered yet. Put a file into inbox of sftp HOST, or: shop offer add",
		view.OfferTable)
}

func runShopSales(r *Run) error {
	page, err := r.paging()
	if err != nil {
		return err
	}
	q := view.ShopSalesQuery{Paging: page, Status: r.flag("state"), Offer: r.flag("offer"), Reference: r.flag("reference")}
	if text := r.flag("currency"); text != "" {
		if q.Currency, err = r.currency(text); err != nil {
			return err
		}
	}
	if q.Since, err = r.since("since"); err != nil {
		return err
	}
	if q.Until, err = r.since("until"); err != nil {
		return err
	}
	switch on, err := r.follows(); {
	case err != nil:
		return err
	case on:
		return follow(r, feed[view.Charge]{
			page: func(p view.Paging) (view.Page[view.Charge], error) {
				q.Paging = p
				return r.Service.ShopSales(r.Ctx, r.Who, q)
			},
			name:  func(c view.Charge) (string, view.State) { return c.ID, view.State(c.Status) },
			table: view.SaleTable, watch: r.Service.ShopWatch, pace: shopPace,
		})
	}
	p, err := r.Service.ShopSales(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "No sale is like that.", view.SaleTable)
}

func runShopDisputes(r *Run) error {
	q, err := r.paging()
	if err != nil {
		return err
	}
	p, err := r.Service.ShopDisputes(r.Ctx, r.Who, r.flag("state"), q)
	if err == nil && q.Before == "" && r.flag("state") == "" {
		waiting, fault := r.Service.ShopDisputes(r.Ctx, r.Who, string(ledger.DisputeNeedsResponse), q)
		p.Data, err = append(waiting.Data, p.Data...), fault
	}
	p.Data = view.DueFirst(p.Data)
	return answerPage(r, p, err, "No dispute is like that.", view.VendorDisputeTable)
}

// answerCase shows a dispute, then what was said in it.
func (r *Run) answerCase(d view.VendorDispute, err error) error {
	return r.answerOf(d, err, func(s *textWriter) {
		s.facts("", d.Facts(s.format())...)
		s.line("Case")
		s.facts("  ", d.Timeline(s.format())...)
	})
}

func runShopPlans(r *Run) error {
	all, err := r.Service.ShopPlans(r.Ctx, r.Who)
	return answerPage(r, view.All(all), err, "There is no royalty plan.", view.RoyaltyPlanTable)
}

func runShopCampaigns(r *Run) error {
	q, err := r.paging()
	if err != nil {
		return err
	}
	p, err := r.Service.ShopCampaigns(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "Your vendor gives no incentives.", view.CampaignTable)
}

func runShopSettlements(r *Run) error {
	q, err := r.paging()
	if err != nil {
		return err
	}
	p, err := r.Service.ShopSettlements(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "Nothing was settled yet.", view.SettlementTable)
}

func runShopStatement(r *Run) error {
	v, err := r.Service.ShopStatement(r.Ctx, r.Who, r.Args[0])
	return r.answerOf(v, err, func(s *textWriter) { s.raw(v.CSV()) })
}

// runShopPaper prints a statement into a file.
func runShopPaper(r *Run) error {
	v, err := r.Service.ShopSheet(r.Ctx, r.Who, r.Args[0])
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(v.PDF)
	if err != nil {
		return err
	}
	return r.answerFile(v, file{bytes: raw, binary: true})
}

func runShopHooks(r *Run) error {
	all, err := r.Service.ShopHooks(r.Ctx, r.Who)
	return answerPage(r, view.All(all), err, "There is no hook. Your server adds one: POST /v1/webhook_endpoints",
		view.EndpointTable)
}

func runShopEvents(r *Run) error {
	q, err := r.paging()
	if err != nil {
		return err
	}
	p, err := r.Service.ShopEvents(r.Ctx, r.Who, r.flag("type"), q)
	return answerPage(r, p, err, "Nothing was sent.", view.EventTable)
}
