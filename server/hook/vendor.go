package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
)

// Vendor is a vendor's own profile.
type Vendor struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Title   string    `json:"title"`
	Status  string    `json:"status" enum:"active"`
	Origins []Origin  `json:"origins"`
	Balance []Balance `json:"balance"`
	Created time.Time `json:"created"`
}

// Origin is a site of the vendor; only a verified one counts.
type Origin struct {
	URL      string `json:"url"`
	Verified bool   `json:"verified"`
}

// Balance is what the vendor has earned in one currency. Available may be negative: then it is owed by the vendor.
type Balance struct {
	Currency  string `json:"currency"`
	Pending   string `json:"pending"`
	Available string `json:"available"`
	Reserve   string `json:"reserve"`
}

func (a *api) vendorRoutes() {
	register(a, op(http.MethodGet, "/vendor", "get-vendor", "The vendor behind the key, with its balances"),
		func(ctx context.Context, v *server.Seller, _ *struct{}) (*Body[Vendor], error) {
			me, err := v.Vendor(ctx)
			if err != nil {
				return nil, err
			}
			tills, err := v.Tills(ctx)
			if err != nil {
				return nil, err
			}
			out := Vendor{ID: a.names.Vendor(me.ID), Name: me.Name, Title: me.Title, Status: "active", Origins: []Origin{}, Balance: []Balance{}, Created: me.Created}
			for _, o := range me.Origins {
				out.Origins = append(out.Origins, Origin{URL: o.URL, Verified: !o.Verified.IsZero()})
			}
			for _, t := range tills {
				number := func(micros int64) string { return money(amountOf(micros, t.Currency)).Amount }
				out.Balance = append(out.Balance, Balance{
					Currency: string(t.Currency), Pending: number(t.Pending), Available: number(t.Available), Reserve: number(t.Reserve),
				})
			}
			return body(out), nil
		})
}
