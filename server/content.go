package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A vendor may leave content here (claim 25). Who has bought a version that names it opens it from here: the site of
// the vendor is not asked, and need not be there. A copy is known by its hash, so what a buyer opens is what was sold.

// LeaveContent keeps content for who buys the offer from now on, and posts a version that names it by its hash. What is
// already the content of the newest version changes nothing. It refuses with ErrInvalid content of no use, with
// ErrNotFound an offer of another vendor, with ErrState one that sells no content, with ErrLimit more than is kept for
// a vendor, and with ErrRate a second one at once.
func (v *Seller) LeaveContent(
	ctx context.Context, id ledger.OfferID, media string, content []byte,
) (out view.OfferContent, err error) {
	if err := v.takeRequest(); err != nil {
		return out, err
	}
	at := v.s.clock()
	c, err := ledger.NewCopy(v.ID, media, content, at)
	if err != nil {
		return out, err
	}
	leave, err := v.leaving()
	if err != nil {
		return out, err
	}
	defer leave()
	if err := v.leaveParts(ctx, id, &c, content); err != nil {
		return out, err
	}
	err = v.update(ctx, func(tx books.Tx) error {
		o, err := v.keep(tx, id, c, at)
		out = v.contentView(o, c)
		return err
	})
	return out, err
}

// leaveParts writes the bytes of content, for an offer or for one that is still to be posted (none). They are counted
// before the first part is written, and whole behind the last, a few parts in a commit: a stop in between leaves no
// half content that opens, and none that is not counted. The same call later goes on. A member of a team does this as a
// part of an act, which has a line of the log of its own.
func (v *Seller) leaveParts(ctx context.Context, id ledger.OfferID, c *ledger.Copy, content []byte) error {
	parts := books.ContentParts(content)
	for from := 0; from < len(parts); from += books.PartsAtOnce {
		write := func(tx books.Tx) error {
			if err := v.begin(tx, id, c); err != nil {
				return err
			}
			for i, part := range parts[from:min(from+books.PartsAtOnce, len(parts))] {
				if err := tx.PutCopyPart(v.ID, c.SHA256, from+i, part); err != nil {
					return err
				}
			}
			return nil
		}
		if err := v.updateAsPart(ctx, write); err != nil {
			return err
		}
	}
	return nil
}

// leaving takes the place of the one content that a vendor may leave at a time, and returns how it is given back.
func (v *Seller) leaving() (leave func(), err error) {
	if _, busy := v.s.leaving.LoadOrStore(v.ID, true); busy {
		r := ledger.Refuse(ledger.ErrRate, "Send one after the other.", "Other content is being left.")
		r.Retry = time.Second
		return nil, r
	}
	return func() { v.s.leaving.Delete(v.ID) }, nil
}

// mayLeave returns the vendor as it is with the copy, or refuses it.
func (v *Seller) mayLeave(r books.Reader, id ledger.OfferID, c ledger.Copy) (ledger.Vendor, error) {
	me, _, err := v.standing(r)
	if err != nil {
		return me, err
	}
	if id != (ledger.OfferID{}) {
		o, err := v.offer(r, id)
		switch {
		case err != nil:
			return me, err
		case o.Status == ledger.OfferRetired:
			return me, ledger.RefuseOfferOver()
		case o.Kind != ledger.Content:
			return me, ledger.Refuse(ledger.ErrState, "Leave content for an offer of the kind content.",
				"This offer sells %s.", o.Kind)
		}
	}
	_, had, err := r.Copy(v.ID, c.SHA256)
	if err != nil || had {
		return me, err
	}
	return me.Keep(c)
}

// begin counts a copy, and notes that it begins. What has begun before, or is there already, stays.
func (v *Seller) begin(tx books.Tx, id ledger.OfferID, c *ledger.Copy) error {
	me, err := v.mayLeave(tx.Reader, id, *c)
	if err != nil {
		return err
	}
	if had, found, err := tx.Copy(v.ID, c.SHA256); err != nil || found {
		*c = had
		return err
	}
	if err := tx.PutVendor(me); err != nil {
		return err
	}
	return tx.PutCopy(*c)
}

// keep writes that the copy is whole, and the version of the offer that names it.
func (v *Seller) keep(tx books.Tx, id ledger.OfferID, c ledger.Copy, at time.Time) (o ledger.Offer, err error) {
	if _, err := v.mayLeave(tx.Reader, id, c); err != nil {
		return o, err
	}
	if !c.Whole {
		c.Whole = true
		if err := tx.PutCopy(c); err != nil {
			return o, err
		}
	}
	return v.naming(tx, id, c.Name(), c.Type, at)
}

// naming posts a version that names content by its hash, unless the newest does.
func (v *Seller) naming(tx books.Tx, id ledger.OfferID, hash, media string, at time.Time) (ledger.Offer, error) {
	o, err := v.offer(tx.Reader, id)
	if err != nil || strings.EqualFold(o.SHA256, hash) && (hash == "" || o.MIME == media) {
		return o, err
	}
	if hash == "" && o.ContentURL == "" {
		return o, ledger.Refuse(ledger.ErrState, "End the offer, or give it an address first.",
			"This content opens from here alone.")
	}
	o.SHA256, o.Version, o.Created = hash, o.Version+1, at
	if hash != "" {
		o.MIME = media
	}
	return o, v.post(tx, o)
}

// DropContent posts a version that names no content: later buyers open it at the vendor's site, earlier ones keep what
// they bought. It refuses with ErrNotFound an offer of another vendor.
func (v *Seller) DropContent(ctx context.Context, id ledger.OfferID) error {
	if err := v.takeRequest(); err != nil {
		return err
	}
	at := v.s.clock()
	return v.update(ctx, func(tx books.Tx) error {
		_, err := v.naming(tx, id, "", "", at)
		return err
	})
}

// OfferContent tells what is kept for the newest version of an offer. It refuses with ErrNotFound an offer of another
// vendor, and one for which nothing is kept.
func (v *Seller) OfferContent(ctx context.Context, id ledger.OfferID) (out view.OfferContent, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		o, err := v.offer(r, id)
		if err != nil {
			return err
		}
		c, found, err := r.CopyFor(o.ID, o.Version)
		if err == nil && !found {
			err = ledger.RefuseNotFound("content")
		}
		out = v.contentView(o, c)
		return err
	})
	return out, err
}

func (v *Seller) contentView(o ledger.Offer, c ledger.Copy) view.OfferContent {
	return view.OfferContent{
		OfferID: v.s.seal.Offer(o.ID), Version: o.Version,
		Type: c.Type, Size: c.Size, SHA256: c.Name(), Kept: view.At(c.Kept),
	}
}
