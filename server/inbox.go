package server

import (
	"context"
	"reflect"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A vendor without a server of its own puts a file into its inbox, with its terms (claim 25): the file becomes an offer
// whose content is kept here. It is known by the name of the file: the same name again is the next version, if
// something has changed.

const (
	// inboxName is the entry of an offer's metadata with the name of its file.
	inboxName = "inbox"
	// inboxLooked is among how many of the newest offers a name is looked for, inboxListed how many are listed.
	inboxLooked, inboxListed = 10_000, 500
)

// ShopInbox lists the offers that were made of files, newest first, and tells whether there are more. It refuses with
// ErrNotAllowed who may not change offers.
func (s *Server) ShopInbox(ctx context.Context, who view.Caller) (all []view.InboxOffer, more bool, err error) {
	v, err := s.shop(ctx, who, sellsOffers("shop inbox"))
	if err != nil {
		return nil, false, err
	}
	err = v.view(ctx, func(r books.Reader) error {
		all, more = nil, false
		return v.eachOffer(r, func(o ledger.Offer) (bool, error) {
			name := o.Metadata[inboxName]
			if name == "" {
				return true, nil
			}
			if more = len(all) == inboxListed; more {
				return false, nil
			}
			shown, err := v.inboxView(r, o)
			all = append(all, shown)
			return true, err
		})
	})
	return all, more, err
}

// eachOffer goes through the newest versions, newest offer first, until take returns false.
func (v *Seller) eachOffer(r books.Reader, take func(ledger.Offer) (bool, error)) error {
	for before, looked := uint64(0), 0; ; {
		list, err := r.Offers(v.ID, before, view.MaxRows)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, o := range list {
			if looked++; looked > inboxLooked {
				return ledger.Refuse(ledger.ErrLimit, "Use the HTTP side: POST /v1/offers.",
					"A vendor with more than %d offers has no inbox.", inboxLooked)
			}
			if on, err := take(o); err != nil || !on {
				return err
			}
			before = o.ID.Number
		}
	}
}

// inboxView shows the offer of a file.
func (v *Seller) inboxView(r books.Reader, o ledger.Offer) (view.InboxOffer, error) {
	c, _, err := r.CopyFor(o.ID, o.Version)
	return view.InboxOffer{Offer: v.offerView(o), Name: o.Metadata[inboxName], Type: c.Type, Size: int(c.Size)}, err
}

// ShopInboxRead returns the content that is kept for the newest version of an offer. It refuses as [Server.ShopInbox]
// does, and with ErrNotFound an offer of another vendor, and one for which nothing is kept.
func (s *Server) ShopInboxRead(ctx context.Context, who view.Caller, id string) (content []byte, err error) {
	v, err := s.shop(ctx, who, sellsOffers("shop inbox"))
	if err != nil {
		return nil, err
	}
	offer, err := s.seal.OpenOffer(id)
	if err != nil {
		return nil, ledger.RefuseNotFound("offer")
	}
	err = v.view(ctx, func(r books.Reader) error {
		o, err := v.offer(r, offer)
		if err != nil {
			return err
		}
		c, found, err := r.CopyFor(o.ID, o.Version)
		if err != nil || !found {
			return firstOf(err, ledger.RefuseNotFound("content"))
		}
		content, err = r.CopyBytes(c)
		return err
	})
	return content, err
}

// ShopStaticLink returns the address that sells the newest version of an offer. It refuses as [Seller.StaticLink] does.
func (s *Server) ShopStaticLink(ctx context.Context, who view.Caller, id string) (view.StaticLink, error) {
	return shopRead(ctx, s, who, "shop inbox", func(v *Seller) (l view.StaticLink, err error) {
		offer, err := s.seal.OpenOffer(id)
		if err != nil {
			return l, ledger.RefuseNotFound("offer")
		}
		return v.StaticLink(ctx, StaticOrder{Offer: offer})
	})
}

// ShopInboxPut makes a file an offer, or the next version of the offer that has its name. What changes nothing writes
// nothing. It refuses as [Server.ShopOfferAdd] and [Seller.LeaveContent] do.
func (s *Server) ShopInboxPut(ctx context.Context, who view.Caller, q view.InboxFile) (out view.InboxOffer, err error) {
	v, err := s.shop(ctx, who, sellsOffers("shop inbox"))
	if err != nil {
		return out, err
	}
	if err := v.takeRequest(); err != nil {
		return out, err
	}
	at := s.clock()
	c, err := ledger.NewCopy(v.ID, q.Type, q.Content, at)
	if err != nil {
		return out, err
	}
	leave, err := v.leaving()
	if err != nil {
		return out, err
	}
	defer leave()
	p, err := v.inboxPlan(ctx, q, c, at)
	if err != nil || p.same {
		return p.shown, err
	}
	if err := v.leaveParts(ctx, ledger.OfferID{}, &c, q.Content); err != nil {
		return out, err
	}
	err = v.update(ctx, func(tx books.Tx) (err error) {
		out, err = v.inboxPost(tx, p, c, at)
		return err
	})
	return out, err
}

// inboxStep is what a file changes.
type inboxStep struct {
	old, next ledger.Offer // old without a number: a new offer
	offers    uint64       // how many the vendor had
	same      bool         // it changes nothing
	shown     view.InboxOffer
}

// inboxPlan finds the offer of a file, and checks what it becomes before anything is kept.
func (v *Seller) inboxPlan(
	ctx context.Context, q view.InboxFile, c ledger.Copy, at time.Time,
) (p inboxStep, err error) {
	change := func(*ledger.Offer) {}
	if q.Order != nil {
		if change, err = v.offerChange(*q.Order); err != nil {
			return p, err
		}
	}
	err = v.view(ctx, func(r books.Reader) error {
		p = inboxStep{}
		me, policy, err := v.standing(r)
		if err != nil {
			return err
		}
		p.offers = me.Offers
		err = v.eachOffer(r, func(o ledger.Offer) (bool, error) {
			if o.Metadata[inboxName] != q.Name {
				return true, nil
			}
			p.old = o
			return false, nil
		})
		if err != nil {
			return err
		}
		if p.next, err = p.made(q, c, change); err != nil {
			return err
		}
		if p.old.ID.Number == 0 {
			p.next = byDefault(me, p.next)
		} else if err := ledger.CheckRepriced(p.old, p.next); err != nil {
			return err
		}
		if p.next, err = v.sellableAs(r, me, policy, p.next, true, at); err != nil {
			return err
		}
		is, was := v.offerView(p.next), v.offerView(p.old)
		is.Created = was.Created
		if p.same = p.old.ID.Number != 0 && reflect.DeepEqual(is, was); p.same {
			p.shown, err = v.inboxView(r, p.old)
		}
		return err
	})
	return p, err
}

// made is the offer that a file makes, not yet checked.
func (p inboxStep) made(q view.InboxFile, c ledger.Copy, change func(*ledger.Offer)) (ledger.Offer, error) {
	next := p.old
	if p.old.ID.Number == 0 {
		if q.Order == nil {
			return next, ledger.Invalid("file", "Begin it with title and price between two lines of ---, or put "+
				q.Name+".offer with them before it.", "It is not known what this file costs.")
		}
		next = ledger.Offer{Kind: ledger.Content, Metadata: map[string]string{inboxName: q.Name}}
	}
	change(&next)
	next.SHA256, next.MIME, next.Status = c.Name(), c.Type, ledger.OfferActive
	return next, nil
}

// inboxPost writes what was planned, if it is still that.
func (v *Seller) inboxPost(
	tx books.Tx, p inboxStep, c ledger.Copy, at time.Time,
) (out view.InboxOffer, err error) {
	me, err := v.mayLeave(tx.Reader, ledger.OfferID{}, c)
	if err != nil {
		return out, err
	}
	now := ledger.Offer{}
	if p.old.ID.Number != 0 {
		if now, err = v.offer(tx.Reader, p.old.ID); err != nil {
			return out, err
		}
	}
	if now.Version != p.old.Version || p.old.ID.Number == 0 && me.Offers != p.offers {
		r := ledger.Refuse(ledger.ErrRate, "Put the file once more.", "Somebody else has just changed the offers.")
		r.Retry = time.Second
		return out, r
	}
	if !c.Whole {
		c.Whole = true
		if err := tx.PutCopy(c); err != nil {
			return out, err
		}
	}
	id := p.old.ID
	if id.Number == 0 {
		shown, err := v.addOffer(tx, p.next, at)
		if err != nil {
			return out, err
		}
		if id, err = v.s.seal.OpenOffer(shown.ID); err != nil {
			return out, err
		}
	} else if _, err := v.nextOffer(tx, id, func(o *ledger.Offer) { *o = p.next }, at); err != nil {
		return out, err
	}
	o, err := v.offer(tx.Reader, id)
	if err != nil {
		return out, err
	}
	return v.inboxView(tx.Reader, o)
}
