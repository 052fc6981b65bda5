package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
)

// ChargeIn sells on a link: no browser, no question.
type ChargeIn struct {
	LinkID    string            `json:"link_id" maxLength:"64"`
	OfferID   string            `json:"offer_id" maxLength:"64"`
	Version   uint32            `json:"offer_version,omitempty" doc:"Refuse if the offer has another version by now; 0: sell the newest."`
	Quantity  uint32            `json:"quantity,omitempty" default:"1"`
	ClientRef string            `json:"client_reference_id,omitempty" maxLength:"200"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// Charge is a sale (in the books: a purchase).
type Charge struct {
	ID        string            `json:"id"`
	TxnID     string            `json:"txn_id" doc:"Seals the terms."`
	Status    string            `json:"status" enum:"captured,partially_refunded,refunded"`
	Disputed  bool              `json:"disputed"`
	Amount    Money             `json:"amount"`
	Captured  Money             `json:"captured"`
	Refunded  Money             `json:"refunded"`
	Wallet    string            `json:"wallet" doc:"What this vendor calls the buyer; other vendors know another name."`
	Offer     ChargeOffer       `json:"offer"`
	Quantity  uint32            `json:"quantity"`
	Splits    []Split           `json:"splits" doc:"Who gets what, to the micro."`
	GrantID   string            `json:"grant_id"`
	LinkID    string            `json:"link_id,omitempty"`
	ClientRef string            `json:"client_reference_id,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Created   time.Time         `json:"created"`
}

// ChargeOffer pins what was sold.
type ChargeOffer struct {
	ID      string `json:"id,omitempty"`
	Version uint32 `json:"version"`
	Title   string `json:"title"`
}

// Split is one receiver of a sale.
type Split struct {
	Payee  string `json:"payee"`
	Role   string `json:"role" enum:"vendor,author,publisher,owner,commission"`
	Amount string `json:"amount"`
}

type chargeAnswer struct {
	Replayed
	Body Charge
}

// Filtered is a list in one currency.
type Filtered struct {
	Paged
	Currency string `query:"currency" pattern:"^[A-Z]{3}$" patternDescription:"a code such as EUR" default:"EUR"`
}

func (a *api) chargeRoutes() {
	register(a, made(op(http.MethodPost, "/charges", "create-charge", "Sell on a link, without a question")),
		func(ctx context.Context, v *server.Seller, in *struct {
			Keyed
			RawBody []byte
			Body    ChargeIn
		},
		) (*chargeAnswer, error) {
			q, err := in.request("POST /v1/charges", in.RawBody)
			if err != nil {
				return nil, err
			}
			o := server.ChargeOrder{Version: in.Body.Version, Quantity: in.Body.Quantity, ClientRef: in.Body.ClientRef, Metadata: in.Body.Metadata}
			if o.Link, err = a.names.OpenLink(in.Body.LinkID); err != nil {
				return nil, named(ledger.RefuseNotFound("link"), "link_id")
			}
			if o.Offer, err = a.names.OpenOffer(in.Body.OfferID); err != nil {
				return nil, named(ledger.RefuseNotFound("offer"), "offer_id")
			}
			sold, again, err := v.Charge(ctx, q, o)
			if err != nil {
				return nil, err
			}
			return &chargeAnswer{Replayed: replayed(again), Body: a.charge(sold)}, nil
		})
	register(a, op(http.MethodGet, "/charges", "list-charges", "The sales of the vendor, newest first"),
		func(ctx context.Context, v *server.Seller, in *Filtered) (*Body[List[Charge]], error) {
			before, err := in.before(a.names)
			if err != nil {
				return nil, err
			}
			list, next, err := v.Sales(ctx, currencyOf(in.Currency), ledger.EntryNo(before), in.Limit)
			if err != nil {
				return nil, err
			}
			var data []Charge
			for _, s := range list {
				data = append(data, a.charge(s))
			}
			return page(data, a.cursor(next)), nil
		})
	register(a, op(http.MethodGet, "/charges/{id}", "get-charge", "A sale as it stands"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Charge], error) {
			no, err := a.names.OpenCharge(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("charge")
			}
			sold, err := v.Sale(ctx, no)
			if err != nil {
				return nil, err
			}
			return body(a.charge(sold)), nil
		})
}

// cursor hides where the next page begins; "" at the end.
func (a *api) cursor(next ledger.EntryNo) string {
	if next == 0 {
		return ""
	}
	return a.names.Cursor(uint64(next))
}

func (a *api) charge(s server.Sold) Charge {
	sale, c := s.Record.Sale, s.Record.Amount.Currency
	out := Charge{
		ID: a.names.Charge(s.Record.No), TxnID: a.names.TxnOf(s.Record.Entry), Status: ledger.StateWord(s.Purchase.State), Disputed: s.Purchase.Disputed > 0,
		Amount: money(s.Record.Amount), Captured: money(amountOf(s.Purchase.Captured, c)), Refunded: money(amountOf(s.Purchase.Returned, c)),
		Wallet: a.names.Pseudonym(s.Record.User, s.Record.Vendor), Quantity: sale.Quantity,
		Offer:   ChargeOffer{Version: sale.Version, Title: sale.Title},
		GrantID: a.names.Grant(s.Record.No), ClientRef: sale.ClientRef, Metadata: sale.Metadata, Created: s.Record.At, Splits: []Split{},
	}
	if sale.Offer.Number != 0 {
		out.Offer.ID = a.names.Offer(sale.Offer)
	}
	if sale.Link != (ledger.LinkID{}) {
		out.LinkID = a.names.Link(sale.Link)
	}
	rest := sale.Price.Micros - sale.Commission
	for _, r := range sale.Royalties {
		rest -= r.Micros
		out.Splits = append(out.Splits, Split{Payee: r.Name, Role: r.Role, Amount: amountOf(r.Micros, c).Number()})
	}
	out.Splits = append(out.Splits,
		Split{Payee: a.names.Vendor(s.Record.Vendor), Role: "vendor", Amount: amountOf(rest, c).Number()},
		Split{Payee: a.svc.HouseName(), Role: "commission", Amount: amountOf(sale.Commission, c).Number()})
	return out
}
