package tui

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// The lists of a vendor. Each is the table and the facts of the command that lists the same.

func newSalesPlace() screen {
	return newShopList(shopKind[view.Charge]{
		name: "sales", crumb: "Sales", one: "Sale", list: "shop sales", usual: "-created",
		id:    func(c view.Charge) string { return c.ID },
		title: func(c view.Charge) string { return c.Offer.Title },
		worth: func(c view.Charge) ledger.Amount { return c.Amount },
		table: view.SaleTable, none: "No sales yet", how: "What buyers pay for is listed here, newest first.",
		about: func(c view.Charge, f view.Format) []view.Fact { return view.Without(c.Facts(f), "What") },
		page: func(ctx context.Context, m *Model, who view.Caller, q view.Paging) (view.Page[view.Charge], error) {
			return m.svc.ShopSales(ctx, who, view.ShopSalesQuery{Paging: q})
		},
		acts: saleActs,
	})
}

// saleActs give a sale back.
func saleActs(m *Model, c view.Charge) []shopAct {
	left := c.Left()
	if c.Disputed || left.Micros <= 0 || !m.mayShop(ledger.TeamOwner, ledger.TeamFinance) {
		return nil
	}
	refund := func(amount ledger.Amount) shopCall {
		return func(ctx context.Context, who view.Caller, key string) (string, error) {
			r, err := m.svc.ShopRefund(ctx, who, c.ID, amount, "goodwill", key)
			return r.Amount.String() + " went back.", err
		}
	}
	sure := func(amount ledger.Amount) confirmation {
		rest := ledger.Amount{Micros: left.Micros - amount.Micros, Currency: left.Currency}
		return confirmation{
			question: "Give " + amount.String() + " back to the buyer?", yes: "Yes, give it back",
			changes: []change{{"left of the sale", left.String(), rest.String(), ""}},
			ends:    "Nothing takes it back.",
		}
	}
	return []shopAct{
		{
			words: "Give " + left.String() + " back",
			sure:  func(*form) confirmation { return sure(left) },
			do:    func(*form) shopCall { return refund(left) },
		},
		{
			words: "Give a part back", fields: []field{partField("shop refund", left)},
			sure: func(f *form) confirmation { return sure(partOf(f, left.Currency)) },
			do: func(f *form) shopCall {
				return refund(partOf(f, left.Currency))
			},
		},
	}
}

func newCasesPlace() screen {
	return newShopList(shopKind[view.VendorDispute]{
		name: "cases", crumb: "Disputes", one: "Dispute", list: "shop disputes", usual: "due_by",
		id:    func(d view.VendorDispute) string { return d.ID },
		title: func(d view.VendorDispute) string { return d.Amount.String() + ", " + view.Reason(d.Reason) },
		worth: func(d view.VendorDispute) ledger.Amount { return d.Amount },
		table: view.VendorDisputeTable, none: "No disputes",
		how: "Where a buyer contests a sale, you answer here before it is due.",
		about: func(d view.VendorDispute, f view.Format) []view.Fact {
			return append(view.Without(d.Facts(f), "Amount", "Reason"), d.Timeline(f)...)
		},
		page: casesPage, arrange: view.DueFirst, acts: caseActs,
	})
}

// casesPage is a page of disputes, before the first the newest of those that wait for the vendor: they are on the
// screen however much came after them.
func casesPage(
	ctx context.Context, m *Model, who view.Caller, q view.Paging,
) (view.Page[view.VendorDispute], error) {
	page, err := m.svc.ShopDisputes(ctx, who, "", q)
	if err != nil || q.Before != "" {
		return page, err
	}
	waiting, err := m.svc.ShopDisputes(ctx, who, string(ledger.DisputeNeedsResponse), q)
	page.Data = append(waiting.Data, page.Data...)
	return page, err
}

// caseActs are what the state of a dispute leaves to its vendor.
func caseActs(m *Model, d view.VendorDispute) []shopAct {
	if !m.mayShop(ledger.TeamOwner, ledger.TeamFinance) {
		return nil
	}
	do := func(act string, said int) func(*form) shopCall {
		return func(f *form) shopCall {
			q := view.ShopDisputeAct{ID: d.ID, Act: act}
			if f != nil {
				q.Text = f.text(said)
			}
			if act == view.ShopOffer {
				q.Amount = partOf(f, d.Amount.Currency)
			}
			return func(ctx context.Context, who view.Caller, key string) (string, error) {
				q.Key = key
				now, err := m.svc.ShopContest(ctx, who, q)
				return "Now: " + view.State(now.Stage).Words() + ".", err
			}
		}
	}
	says := func(question, yes, ends string, said int) func(*form) confirmation {
		return func(f *form) confirmation {
			c := confirmation{question: question, yes: yes, ends: ends}
			if f != nil {
				c.why = "Both sides read: " + view.Clean(f.text(said))
			}
			return c
		}
	}
	amount := d.Amount.String()
	switch ledger.DisputeState(d.Stage) {
	case ledger.DisputeNeedsResponse:
		return []shopAct{
			{
				words: "Answer with what was delivered", fields: []field{saidField("shop dispute answer")},
				sure: says("Send this answer?", "Yes, send it", "A person decides then.", 0), do: do(view.ShopAnswer, 0),
			},
			{
				words:  "Offer a part of " + amount,
				fields: []field{partField("shop dispute offer", d.Amount), saidField("shop dispute offer")},
				sure:   says("Offer the buyer this part?", "Yes, offer it", "The buyer takes it, or a person decides.", 1),
				do:     do(view.ShopOffer, 1),
			},
			{
				words: "Give " + amount + " back", do: do(view.ShopAccept, 0),
				sure: says("Give "+amount+" back to the buyer?", "Yes, give it back", "Nothing takes it back.", 0),
			},
		}
	case ledger.DisputeForBuyer:
		return []shopAct{{
			words: "Appeal: another person looks at it", fields: []field{saidField("shop dispute appeal")},
			sure: says("Appeal against the decision?", "Yes, appeal", "There is one appeal.", 0), do: do(view.ShopAppeal, 0),
		}}
	}
	return nil
}

func newCataloguePlace() screen {
	return newShopList(shopKind[view.Offer]{
		name: "catalogue", crumb: "Catalogue", one: "Offer", list: "shop offers", usual: "-created",
		id: func(o view.Offer) string { return o.ID }, title: func(o view.Offer) string { return o.Title },
		worth: func(o view.Offer) ledger.Amount { return o.Price },
		table: view.OfferTable, none: "Nothing is offered yet",
		how:   "Type : and then shop offer add, or bring a whole catalogue with shop import.",
		about: func(o view.Offer, f view.Format) []view.Fact { return view.Without(o.Facts(f), "Title") },
		page: func(ctx context.Context, m *Model, who view.Caller, q view.Paging) (view.Page[view.Offer], error) {
			return m.svc.ShopOffers(ctx, who, q)
		},
		acts: offerActs,
	})
}

// offerActs change an offer.
func offerActs(m *Model, o view.Offer) []shopAct {
	if !m.mayShop(ledger.TeamOwner, ledger.TeamCatalogue) {
		return nil
	}
	do := func(done string, q func(*form) view.ShopOfferOrder) func(*form) shopCall {
		return func(f *form) shopCall {
			order := q(f)
			return func(ctx context.Context, who view.Caller, key string) (string, error) {
				order.Key = key
				_, err := m.svc.ShopOfferChange(ctx, who, o.ID, order)
				return done, err
			}
		}
	}
	price := textInput("shop offer change", "--price", o.Price.Number(), amountLength, "In "+string(o.Price.Currency)+".")
	price.check = func(text string) (fault, warning string) {
		if a, err := ledger.ReadAmount(text, o.Price.Currency); err != nil || a.Micros <= 0 {
			fault = "Type an amount such as 0.40."
		}
		return fault, ""
	}
	status, words := string(ledger.OfferRetired), "End it: it sells no more"
	yes, ends := "Yes, end it", "It can be sold again."
	if o.Status == status {
		status, words = string(ledger.OfferActive), "Sell it again"
		yes, ends = "Yes, sell it", "It can be ended again."
	}
	return []shopAct{
		{
			words: "Change the price", fields: []field{price},
			sure: func(f *form) confirmation {
				return confirmation{
					question: "Sell it at another price from now on?", yes: "Yes, change it",
					ends:    "Who has bought keeps the old one.",
					changes: []change{{"price", o.Price.String(), partOf(f, o.Price.Currency).String(), ""}},
				}
			},
			do: do("The price is changed.", func(f *form) view.ShopOfferOrder {
				p := partOf(f, o.Price.Currency)
				return view.ShopOfferOrder{Price: &p}
			}),
		},
		{
			words: words,
			sure: func(*form) confirmation {
				return confirmation{question: words + "?", yes: yes, ends: ends}
			},
			do: do("It is changed.", func(*form) view.ShopOfferOrder { return view.ShopOfferOrder{Status: &status} }),
		},
	}
}

func newMoneyPlace() screen {
	return newShopList(shopKind[view.Settlement]{
		name: "money", crumb: "Settlements", one: "Settlement", list: "shop settlements", usual: "-until",
		id:    func(s view.Settlement) string { return s.ID },
		title: func(s view.Settlement) string { return s.Amount.String() + ", " + s.State.Words() },
		worth: func(s view.Settlement) ledger.Amount { return s.Amount },
		table: view.SettlementTable, none: "Nothing was settled yet",
		how:   "What you earn is paid by the terms that Today shows.",
		about: func(s view.Settlement, f view.Format) []view.Fact { return view.Without(s.Facts(f), "State", "Payout") },
		page: func(ctx context.Context, m *Model, who view.Caller, q view.Paging) (view.Page[view.Settlement], error) {
			return m.svc.ShopSettlements(ctx, who, q)
		},
	})
}

func newHooksPlace() screen {
	return newShopList(shopKind[view.Endpoint]{
		name: "hooks", crumb: "Hooks", one: "Hook",
		id: func(e view.Endpoint) string { return e.ID }, title: func(e view.Endpoint) string { return e.URL },
		table: view.EndpointTable, none: "No hooks", how: "Your server adds one: POST /v1/webhook_endpoints",
		about: func(e view.Endpoint, f view.Format) []view.Fact { return view.Without(e.Facts(f), "Address") },
		page: func(ctx context.Context, m *Model, who view.Caller, _ view.Paging) (view.Page[view.Endpoint], error) {
			all, err := m.svc.ShopHooks(ctx, who)
			return view.All(all), err
		},
	})
}

func newTeamPlace() screen {
	return newShopList(shopKind[view.TeamMember]{
		name: "team", crumb: "Team", one: "Member",
		id: func(t view.TeamMember) string { return t.ID },
		title: func(t view.TeamMember) string {
			if t.Fingerprint == "" {
				return "A code that waits"
			}
			return t.Name
		},
		table: view.TeamTable, none: "Nobody", how: "An owner makes a code with: team invite --role ROLE",
		about: func(t view.TeamMember, f view.Format) []view.Fact { return view.Without(t.Facts(f), "Name") },
		page: func(ctx context.Context, m *Model, who view.Caller, _ view.Paging) (view.Page[view.TeamMember], error) {
			return m.svc.Team(ctx, who)
		},
		acts: teamActs,
	})
}

// teamActs end a place.
func teamActs(m *Model, t view.TeamMember) []shopAct {
	if !m.mayShop(ledger.TeamOwner) && !t.Here {
		return nil
	}
	whose := "the place of " + view.Clean(t.Name)
	switch {
	case t.Fingerprint == "":
		whose = "this code"
	case t.Here:
		whose = "your own place"
	}
	return []shopAct{{
		words: "End " + whose,
		sure: func(*form) confirmation {
			return confirmation{question: "End " + whose + "?", yes: "Yes, end it", ends: "A new code brings somebody in."}
		},
		do: func(*form) shopCall {
			return func(ctx context.Context, who view.Caller, _ string) (string, error) { // what is ended stays so
				_, err := m.svc.TeamRemove(ctx, who, t.ID)
				return "It is ended.", err
			}
		},
	}}
}
