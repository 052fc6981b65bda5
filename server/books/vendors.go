package books

import (
	"bytes"
	"fmt"
	"time"

	"tuppence/server/ledger"
)

// Vendor reads a vendor.
func (r Reader) Vendor(id ledger.VendorID) (ledger.Vendor, bool, error) {
	return loadDecoded(r, numberKey(tVendor, id), &vendors)
}

// VendorByName finds a vendor by its unique name.
func (r Reader) VendorByName(name string) (ledger.VendorID, bool, error) {
	return number[ledger.VendorID](r, key(tVendorName, name))
}

// VendorByAPIKey finds the vendor whose live API key has this SHA-256; keys themselves are stored nowhere.
func (r Reader) VendorByAPIKey(hash [32]byte) (ledger.VendorID, bool, error) {
	return number[ledger.VendorID](r, key(tAPIKey, hash))
}

// Vendors reads all vendors, in the order of their numbers.
func (r Reader) Vendors() ([]ledger.Vendor, error) {
	return scan(r, key(tVendor), after(key(tVendor)), false, 0, vendors.decode)
}

// PutVendor writes a vendor and the indexes of its name and its live keys. It returns ErrTaken if one of them is
// another vendor's.
func (t Tx) PutVendor(v ledger.Vendor) error {
	return putIndexed(t, numberKey(tVendor, v.ID), vendors, v, vendorIndexes)
}

// Till reads what a vendor has earned in one currency: pending, available and reserved.
func (r Reader) Till(v ledger.VendorID, c ledger.Currency) (ledger.Till, bool, error) {
	return loadDecoded(r, tillKey(v, c), &tills)
}

// Offer reads one version of an offer; version 0 is the newest.
func (r Reader) Offer(id ledger.OfferID, version uint32) (ledger.Offer, bool, error) {
	k := offerKey(id, version)
	if version == 0 {
		target, found, err := r.get(pairKey(tNewest, id.Vendor, id.Number))
		if err != nil || !found {
			return ledger.Offer{}, false, err
		}
		k = target
	}
	return loadDecoded(r, k, &offers)
}

// Offers reads the newest version of each offer of a vendor, newest offer first, with numbers below before (0: all).
func (r Reader) Offers(v ledger.VendorID, before uint64, limit int) ([]ledger.Offer, error) {
	to := after(key(tNewest, v))
	if before > 0 {
		to = key(tNewest, v, before)
	}
	return scan(r, key(tNewest, v), to, true, limit, deref(r, offers))
}

// PutOffer writes a version of an offer and makes it the newest. A version never changes: another text under its number
// is ErrTaken.
func (t Tx) PutOffer(o ledger.Offer) error {
	k := offerKey(o.ID, o.Version)
	b := offers.encode(o)
	switch had, found, err := t.get(k); {
	case err != nil:
		return err
	case found && !bytes.Equal(had, b):
		return fmt.Errorf("%w: offer %d/%d has a version %d", ErrTaken, o.ID.Vendor, o.ID.Number, o.Version)
	}
	if err := t.tx.Set(key(tNewest, o.ID.Vendor, o.ID.Number), k); err != nil {
		return err
	}
	return t.tx.Set(k, b)
}

// Payee finds a payee of a vendor's royalties by name.
func (r Reader) Payee(v ledger.VendorID, name string) (ledger.PayeeID, bool, error) {
	return load(r, key(tPayee, v, name), payees)
}

// PutPayee names a payee, so that the next offer with that name pays the same account.
func (t Tx) PutPayee(v ledger.VendorID, name string, id ledger.PayeeID) error {
	return put(t, key(tPayee, v, name), payees, id)
}

// Checkout reads a checkout: a vendor's request that a user buys.
func (r Reader) Checkout(id ledger.CheckoutID) (ledger.Checkout, bool, error) {
	return load(r, checkoutKey(id), checkouts)
}

// CheckoutByCode finds a checkout by the code that the buyer types: the newest one with that code.
func (r Reader) CheckoutByCode(userCode string) (ledger.CheckoutID, bool, error) {
	return r.checkoutAt(key(tCode, userCode))
}

// CheckoutByTxn finds a checkout by its transaction id.
func (r Reader) CheckoutByTxn(txn string) (ledger.CheckoutID, bool, error) {
	return r.checkoutAt(key(tTxn, txn))
}

func (r Reader) checkoutAt(index []byte) (ledger.CheckoutID, bool, error) {
	vendor, n, found, err := pair(r, index)
	return ledger.CheckoutID{Vendor: ledger.VendorID(vendor), Number: n}, found, err
}

// Waiting reads the checkouts that are addressed to a user and still open, in the order of their vendors.
func (r Reader) Waiting(u ledger.UserID) ([]ledger.CheckoutID, error) {
	return scan(r, key(tWaiting, u), after(key(tWaiting, u)), false, 0, func(k, _ []byte) (ledger.CheckoutID, error) {
		if len(k) != 25 {
			return ledger.CheckoutID{}, damaged(k, errCut)
		}
		return ledger.CheckoutID{Vendor: ledger.VendorID(last(k[:17])), Number: last(k)}, nil
	})
}

// PutCheckout writes a checkout and the indexes of its code, its transaction id and the user that it waits for.
func (t Tx) PutCheckout(c ledger.Checkout) error {
	return putIndexed(t, checkoutKey(c.ID), checkouts, c, checkoutIndexes)
}

// SpentCheckouts looks at the limit checkouts that follow a key of the store (nil: from the first) and returns those
// that came to nothing and expired before an instant, and where to go on: nil when the end was reached.
func (r Reader) SpentCheckouts(
	from []byte, before time.Time, limit int,
) (spent []ledger.CheckoutID, next []byte, err error) {
	if from == nil {
		from = key(tCheckout)
	}
	seen := 0
	for kv, err := range r.kv.Scan(from, after(key(tCheckout)), false, limit) {
		if err != nil {
			return nil, nil, err
		}
		c, err := checkouts.decode(kv.Key, kv.Value)
		if err != nil {
			return nil, nil, err
		}
		if cameToNothing(c, before) {
			spent = append(spent, c.ID)
		}
		if seen++; seen == limit {
			next = append(bytes.Clone(kv.Key), 0)
		}
	}
	return spent, next, nil
}

// staticRetention is by how much sooner a request of a static link is forgotten: nobody repeats the call that made it.
const staticRetention = 399 * 24 * time.Hour

// cameToNothing returns whether a checkout expired before an instant, and neither a sale nor a link came of it.
func cameToNothing(c ledger.Checkout, before time.Time) bool {
	if c.Static {
		before = before.Add(staticRetention)
	}
	return c.Purchase == 0 && c.Link == (ledger.LinkID{}) && c.Expires.Before(before) &&
		(c.Status == ledger.CheckoutOpen || c.Status == ledger.CheckoutExpired || c.Status == ledger.CheckoutDenied)
}

// DropCheckout deletes a checkout that came to nothing and expired before an instant, with its index rows. It leaves
// any other, and it is no error if there is none.
func (t Tx) DropCheckout(id ledger.CheckoutID, before time.Time) error {
	c, found, err := t.Checkout(id)
	if err != nil || !found || !cameToNothing(c, before) {
		return err
	}
	k := checkoutKey(id)
	for _, index := range checkoutIndexes(c) {
		at, found, err := t.get(index)
		if err != nil {
			return err
		}
		if found && bytes.Equal(at, k) { // a used-up code may lead to another checkout by now
			if err := t.tx.Delete(index); err != nil {
				return err
			}
		}
	}
	return t.tx.Delete(k)
}

// VendorsNamed reads the vendors whose names begin with a text, in the order of their names.
func (r Reader) VendorsNamed(begins string, limit int) ([]ledger.Vendor, error) {
	if begins == "" {
		return nil, nil
	}
	return scan(r, key(tVendorName, begins), after(key(tVendorName, begins)), false, limit, deref(r, vendors))
}
