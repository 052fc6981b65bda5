package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// What the people of a vendor do in the terminal. Each is a use case of the vendor's server, done by a member of its
// team, and a line of the team's log.

// Acts that change offers, and acts about money.
func sellsOffers(words string) teamAct {
	return teamAct{words: words, roles: []ledger.TeamRole{ledger.TeamOwner, ledger.TeamCatalogue}, sells: true}
}

func movesMoney(words string) teamAct {
	return teamAct{words: words, roles: []ledger.TeamRole{ledger.TeamOwner, ledger.TeamFinance}}
}

// shopDo does an act of the vendor for a member of its team: with the idempotency key that was named, or once.
func shopDo[T any](
	ctx context.Context, s *Server, who view.Caller, act teamAct, key string, asked []string,
	do func(*Seller, Request) (T, bool, error),
) (out T, err error) {
	v, err := s.shop(ctx, who, act)
	if err != nil {
		return out, err
	}
	q := Request{Fingerprint: fingerprint(append([]string{act.words}, asked...)...)}
	if q.Key, err = s.key(key); err != nil {
		return out, err
	}
	out, _, err = do(v, q)
	return out, err
}

// ShopOfferAdd posts an offer. It refuses with ErrNotAllowed who may not change offers, and as [Seller.CreateOffer]
// does.
func (s *Server) ShopOfferAdd(ctx context.Context, who view.Caller, q view.ShopOfferOrder) (view.Offer, error) {
	return shopDo(ctx, s, who, sellsOffers("shop offer add"), q.Key, q.Asked(), func(
		v *Seller, r Request,
	) (shown view.Offer, again bool, err error) {
		o := ledger.Offer{Kind: ledger.OfferKind(q.Kind)}
		change, err := v.offerChange(q)
		if err != nil {
			return shown, false, err
		}
		change(&o)
		return v.CreateOffer(ctx, r, o)
	})
}

// ShopOfferChange posts a new version of an offer, ends it, or sells it again; sales keep the version that they were
// made with. It refuses as [Server.ShopOfferAdd] does, and with ErrNotFound an offer of another vendor.
func (s *Server) ShopOfferChange(
	ctx context.Context, who view.Caller, id string, q view.ShopOfferOrder,
) (view.Offer, error) {
	asked := append([]string{id}, q.Asked()...)
	return shopDo(ctx, s, who, sellsOffers("shop offer change"), q.Key, asked, func(
		v *Seller, r Request,
	) (shown view.Offer, again bool, err error) {
		offer, err := s.seal.OpenOffer(id)
		if err != nil {
			return shown, false, ledger.RefuseNotFound("offer")
		}
		change, err := v.offerChange(q)
		if err != nil {
			return shown, false, err
		}
		return v.ChangeOffer(ctx, r, offer, change)
	})
}

// offerChange makes the function that puts what was asked for into an offer.
func (v *Seller) offerChange(q view.ShopOfferOrder) (func(*ledger.Offer), error) {
	var plan *uint64
	if q.Plan != nil {
		number := uint64(ledger.NoPlan)
		if *q.Plan != "none" {
			var err error
			if number, err = v.OpenRoyaltyPlan(*q.Plan); err != nil {
				return nil, err
			}
		}
		plan = &number
	}
	return func(o *ledger.Offer) {
		put(&o.Title, q.Title)
		put(&o.Description, q.Description)
		put(&o.Price, q.Price)
		put(&o.ContentURL, q.ContentURL)
		put(&o.Bounds.Views, q.Views)
		put(&o.Bounds.Hours, q.Hours)
		put(&o.Bounds.Days, q.Days)
		put(&o.Bounds.Expires, q.Expires)
		put(&o.Status, (*ledger.OfferStatus)(q.Status))
		put(&o.Plan, plan)
	}, nil
}

// put changes a field if there is something to change it to.
func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// ShopRefund gives a sale back, whole or in part. It refuses with ErrNotAllowed who may not move money, and as
// [Seller.Refund] does.
func (s *Server) ShopRefund(
	ctx context.Context, who view.Caller, id string, amount ledger.Amount, reason, key string,
) (view.Refund, error) {
	asked := []string{id, amount.String(), reason}
	return shopDo(ctx, s, who, movesMoney("shop refund"), key, asked, func(
		v *Seller, r Request,
	) (shown view.Refund, again bool, err error) {
		o := RefundOrder{Amount: amount, Reason: reason}
		if o.Charge, err = s.seal.OpenCharge(id); err != nil {
			return shown, false, ledger.RefuseNotFound("sale")
		}
		return v.Refund(ctx, r, o)
	})
}

// ShopContest gives in, offers a part, answers or appeals in a dispute. It refuses with ErrNotAllowed who may not move
// money, with ErrInvalid another act, and as the acts of the vendor's server do.
func (s *Server) ShopContest(
	ctx context.Context, who view.Caller, q view.ShopDisputeAct,
) (view.VendorDispute, error) {
	asked := []string{q.ID, q.Act, q.Amount.String(), q.Text}
	return shopDo(ctx, s, who, movesMoney("shop dispute "+q.Act), q.Key, asked, func(
		v *Seller, r Request,
	) (shown view.VendorDispute, again bool, err error) {
		no, err := s.seal.OpenDispute(strings.TrimSpace(q.ID))
		if err != nil {
			return shown, false, ledger.RefuseNotFound("dispute")
		}
		switch q.Act {
		case view.ShopAccept:
			return v.AcceptDispute(ctx, r, no)
		case view.ShopOffer:
			return v.OfferDispute(ctx, r, no, q.Amount, q.Text)
		case view.ShopAnswer:
			return v.AnswerDispute(ctx, r, no, q.Text)
		case view.ShopAppeal:
			return v.AppealDispute(ctx, r, no, q.Text)
		}
		return shown, false, ledger.Invalid("act", "Accept, offer, answer or appeal.", "This is no act of a vendor.")
	})
}

// hookNamed reads the name of one of the vendor's endpoints; "" is number 0, all of them. It refuses with ErrNotFound
// one of another vendor.
func (v *Seller) hookNamed(id string) (uint64, error) {
	if id == "" {
		return 0, nil
	}
	of, number, err := v.s.seal.OpenEndpoint(strings.TrimSpace(id))
	if err != nil || of != v.ID {
		return 0, ledger.RefuseNotFound("hook")
	}
	return number, nil
}

// ShopRedeliver sends an event once more, to one endpoint or to all that it was for. It refuses with ErrNotAllowed who
// is no owner, and as [Seller.Redeliver] does.
func (s *Server) ShopRedeliver(ctx context.Context, who view.Caller, event, hook string) (view.VendorEvent, error) {
	return shopDo(ctx, s, who, ownsShop("shop redeliver"), "", []string{event, hook}, func(
		v *Seller, r Request,
	) (shown view.VendorEvent, again bool, err error) {
		number, err := v.hookNamed(hook)
		if err != nil {
			return shown, false, err
		}
		return v.Redeliver(ctx, r, strings.TrimSpace(event), number)
	})
}

// ShopRotate gives an endpoint a new secret, which is in this answer only; the old one signs too for the overlap. It
// refuses with ErrNotAllowed who is no owner, and as [Seller.RotateEndpoint] does.
func (s *Server) ShopRotate(
	ctx context.Context, who view.Caller, hook string, overlap time.Duration,
) (view.Endpoint, error) {
	return shopDo(ctx, s, who, ownsShop("shop rotate"), "", []string{hook, overlap.String()}, func(
		v *Seller, r Request,
	) (shown view.Endpoint, again bool, err error) {
		number, err := v.hookNamed(hook)
		if err == nil && number == 0 {
			err = ledger.RefuseNotFound("hook")
		}
		if err != nil {
			return shown, false, err
		}
		return v.RotateEndpoint(ctx, r, number, overlap)
	})
}

// ShopImport tells what a catalogue in CSV would change, and with the mark of that changes it: all of it or nothing. A
// mark of other changes is refused with ErrState, so what is done is what was seen.
//
// It refuses with ErrNotAllowed who may not change offers, with ErrInvalid a file that cannot be read, naming its line,
// and with what [Seller.CreateOffer] and [Seller.ChangeOffer] refuse.
func (s *Server) ShopImport(
	ctx context.Context, who view.Caller, file []byte, mark string,
) (diff view.ImportDiff, err error) {
	v, err := s.shop(ctx, who, sellsOffers("shop import"))
	if err != nil {
		return diff, err
	}
	rows, err := readCatalogue(file)
	if err != nil {
		return diff, err
	}
	at, writes := s.clock(), len(rows)
	if mark == "" {
		writes = 1
	}
	if err := v.takeRequests(writes); err != nil {
		return diff, err
	}
	if mark == "" { // a snapshot, so that nobody waits for who only looks
		err := v.view(ctx, func(r books.Reader) (err error) {
			diff, _, err = v.catalogueDiff(r, rows, at)
			return err
		})
		return diff, err
	}
	_, _, err = v.perhaps(ctx, Request{}, at, func(tx books.Tx) (string, []byte, error) {
		d, changes, err := v.catalogueDiff(tx.Reader, rows, at)
		if err != nil {
			return "", nil, err
		}
		if d.Mark != mark {
			return "", nil, ledger.Refuse(ledger.ErrState, "Look at them anew: shop import < FILE",
				"These are other changes than those of the mark.")
		}
		diff = d
		return "", nil, v.importAll(tx, changes)
	})
	if err != nil {
		return view.ImportDiff{}, err
	}
	diff.Applied = true
	return diff, nil
}
