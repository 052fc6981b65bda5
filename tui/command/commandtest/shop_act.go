package commandtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// ShopOfferAdd posts an offer.
func (s *Service) ShopOfferAdd(_ context.Context, _ view.Caller, q view.ShopOfferOrder) (view.Offer, error) {
	return call(s, "ShopOfferAdd", func() (view.Offer, error) {
		s.Data.Got = q
		o := view.Offer{ID: "ofr_9nw4x", Version: 1, Status: "active", Kind: q.Kind, Created: after(0)}
		changeOffer(&o, q)
		s.Data.Shop.Offers = slices.Insert(s.Data.Shop.Offers, 0, o)
		s.wake()
		return o, nil
	})
}

// ShopOfferChange makes the next version.
func (s *Service) ShopOfferChange(
	_ context.Context, _ view.Caller, id string, q view.ShopOfferOrder,
) (view.Offer, error) {
	return call(s, "ShopOfferChange", func() (view.Offer, error) {
		s.Data.Got = q
		i := slices.IndexFunc(s.Data.Shop.Offers, func(o view.Offer) bool { return o.ID == id })
		if i < 0 {
			return view.Offer{}, noSuch("offer", id)
		}
		o := &s.Data.Shop.Offers[i]
		changeOffer(o, q)
		o.Version++
		s.wake()
		return *o, nil
	})
}

func changeOffer(o *view.Offer, q view.ShopOfferOrder) {
	if q.Title != nil {
		o.Title = *q.Title
	}
	if q.Price != nil {
		o.Price = *q.Price
	}
	if q.Views != nil {
		o.Views = *q.Views
	}
	if q.Days != nil {
		o.Days = *q.Days
	}
	if q.Status != nil {
		o.Status = *q.Status
	}
}

// ShopImport tells one change of each sort.
func (s *Service) ShopImport(
	_ context.Context, _ view.Caller, file []byte, mark string,
) (view.ImportDiff, error) {
	return call(s, "ShopImport", func() (d view.ImportDiff, err error) {
		if !strings.HasPrefix(string(file), "id,") {
			return d, ledger.Invalid("file", "Begin with what shop export prints.", "The line of titles cannot be read.")
		}
		d = view.ImportDiff{Mark: "4f21c09ab7de", Applied: mark != "", Added: 1, Changed: 1, Rows: view.List[view.ImportLine]{
			{Line: 2, Offer: "ofr_7rv2m", Title: "How rivers freeze", Field: "price", Old: "0.40", New: "0.44"},
			{Line: 3, Title: "Le café des éditeurs", Field: "title", New: "Le café des éditeurs"},
		}}
		if mark != "" && mark != d.Mark {
			return view.ImportDiff{}, ledger.Refuse(ledger.ErrState, "Look at them anew: shop import < FILE",
				"These are other changes than those of the mark.")
		}
		return d, nil
	})
}

// ShopRefund gives a sale back.
func (s *Service) ShopRefund(
	_ context.Context, _ view.Caller, id string, amount ledger.Amount, reason, _ string,
) (view.Refund, error) {
	return call(s, "ShopRefund", func() (view.Refund, error) {
		s.Data.Got = id
		i := slices.IndexFunc(s.Data.Shop.Sales, func(c view.Charge) bool { return c.ID == id })
		if i < 0 {
			return view.Refund{}, noSuch("sale", id)
		}
		c := &s.Data.Shop.Sales[i]
		if amount.Micros == 0 {
			amount = c.Left()
		}
		c.Refunded.Micros += amount.Micros
		c.Status = "partially_refunded"
		if c.Left().Micros == 0 {
			c.Status = "refunded"
		}
		s.wake()
		return view.Refund{
			ID: "rfd_5kd8n", ChargeID: id, Status: "succeeded", Amount: amount, Reason: reason, Created: after(0),
		}, nil
	})
}

// ShopContest does a step in a dispute.
func (s *Service) ShopContest(_ context.Context, _ view.Caller, q view.ShopDisputeAct) (view.VendorDispute, error) {
	return call(s, "ShopContest", func() (view.VendorDispute, error) {
		s.Data.Got = q
		i := slices.IndexFunc(s.Data.Shop.Disputes, func(d view.VendorDispute) bool { return d.ID == q.ID })
		if i < 0 {
			return view.VendorDispute{}, noSuch("dispute", q.ID)
		}
		d := &s.Data.Shop.Disputes[i]
		next := map[string]ledger.DisputeState{
			view.ShopAccept: ledger.DisputeWon, view.ShopOffer: ledger.DisputeOffered,
			view.ShopAnswer: ledger.DisputeUnderReview, view.ShopAppeal: ledger.DisputeAppealed,
		}[q.Act]
		what := map[string]string{
			view.ShopAccept: "gave_in", view.ShopOffer: "offered", view.ShopAnswer: "answered", view.ShopAppeal: "appealed",
		}[q.Act]
		step := view.CaseStep{At: after(0), Who: "vendor", What: what, Text: q.Text}
		if q.Act == view.ShopOffer {
			d.Offer, step.Amount = &q.Amount, &q.Amount
		}
		d.Stage, d.DueBy, d.Silence, d.Case = string(next), nil, "", append(slices.Clone(d.Case), step)
		s.wake()
		return *d, nil
	})
}

// ShopRedeliver sends an event once more.
func (s *Service) ShopRedeliver(_ context.Context, _ view.Caller, event, hook string) (view.VendorEvent, error) {
	return call(s, "ShopRedeliver", func() (view.VendorEvent, error) {
		s.Data.Got = event + hook
		e, err := shopOne(s.Data.Shop.Events, "event", event, func(e view.VendorEvent) string { return e.ID })
		if err != nil {
			return e, err
		}
		e.Deliveries = slices.Clone(e.Deliveries)
		e.Deliveries[0].Status, e.Deliveries[0].Delivered = "waiting", nil
		return e, nil
	})
}

// ShopRotate gives a hook a new secret.
func (s *Service) ShopRotate(
	_ context.Context, _ view.Caller, hook string, overlap time.Duration,
) (view.Endpoint, error) {
	return call(s, "ShopRotate", func() (view.Endpoint, error) {
		s.Data.Got = hook
		e, err := shopOne(s.Data.Shop.Hooks, "hook", hook, func(e view.Endpoint) string { return e.ID })
		old := after(overlap)
		e.Secret, e.Old = "whsec_n4q8w2k6x0v3", &old
		return e, err
	})
}
