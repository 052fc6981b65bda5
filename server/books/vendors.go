package books

import (
	"errors"

	"tuppence/server/ledger"
	"tuppence/store"
)

// Vendor reads a vendor.
func (r Reader) Vendor(id ledger.VendorID) (ledger.Vendor, bool, error) {
	return load[ledger.Vendor](r, key(tVendor, id))
}

// VendorByName finds a vendor by its unique name.
func (r Reader) VendorByName(name string) (ledger.VendorID, bool, error) {
	return number[ledger.VendorID](r, key(tVendorName, name))
}

// VendorByAPIKey finds the vendor whose live API key has this hash.
func (r Reader) VendorByAPIKey(hash [32]byte) (ledger.VendorID, bool, error) {
	return number[ledger.VendorID](r, key(tAPIKey, hash))
}

// Vendors reads all vendors.
func (r Reader) Vendors() ([]ledger.Vendor, error) {
	return scan(r, key(tVendor), after(key(tVendor)), false, 0, whole[ledger.Vendor])
}

// PutVendor writes a vendor and the indexes of its name and its live keys.
func (t Tx) PutVendor(v ledger.Vendor) error {
	old, found, err := t.Vendor(v.ID)
	if err != nil {
		return err
	}
	target := key(tVendor, v.ID)
	var gone []byte
	if found {
		gone = key(tVendorName, old.Name)
	}
	if err := t.index(gone, key(tVendorName, v.Name), target); err != nil {
		return err
	}
	live := map[[32]byte]bool{}
	for _, k := range v.Keys {
		if k.Ended.IsZero() {
			live[k.Hash] = true
			if err := t.tx.Set(key(tAPIKey, k.Hash), target); err != nil {
				return err
			}
		}
	}
	for _, k := range old.Keys {
		if k.Ended.IsZero() && !live[k.Hash] {
			if err := t.tx.Delete(key(tAPIKey, k.Hash)); err != nil {
				return err
			}
		}
	}
	return t.put(target, v)
}

func tillKey(v ledger.VendorID, c ledger.Currency) []byte { return key(tTill, v, c) }

// Till reads what a vendor has earned in one currency.
func (r Reader) Till(v ledger.VendorID, c ledger.Currency) (ledger.Till, bool, error) {
	return load[ledger.Till](r, tillKey(v, c))
}

// Offer reads one version of an offer; version 0 is the newest.
func (r Reader) Offer(id ledger.OfferID, version uint32) (ledger.Offer, bool, error) {
	if version == 0 {
		target, found, err := follow(r, key(tNewest, id.Vendor, id.Number))
		if err != nil || !found {
			return ledger.Offer{}, found, err
		}
		return load[ledger.Offer](r, target)
	}
	return load[ledger.Offer](r, key(tOffer, id.Vendor, id.Number, version))
}

// Offers reads the newest version of each offer of a vendor, newest offer first, with numbers below before (0: all).
func (r Reader) Offers(v ledger.VendorID, before uint64, limit int) ([]ledger.Offer, error) {
	to := after(key(tNewest, v))
	if before > 0 {
		to = key(tNewest, v, before)
	}
	return scan(r, key(tNewest, v), to, true, limit, pointed[ledger.Offer](r))
}

// PutOffer writes a version of an offer and makes it the newest.
func (t Tx) PutOffer(o ledger.Offer) error {
	k := key(tOffer, o.ID.Vendor, o.ID.Number, o.Version)
	if err := t.tx.Set(key(tNewest, o.ID.Vendor, o.ID.Number), k); err != nil {
		return err
	}
	return t.put(k, o)
}

// Payee finds somebody who earns royalties from a vendor, by name.
func (r Reader) Payee(v ledger.VendorID, name string) (ledger.PayeeID, bool, error) {
	return load[ledger.PayeeID](r, key(tPayee, v, name))
}

// PutPayee writes a payee.
func (t Tx) PutPayee(v ledger.VendorID, name string, id ledger.PayeeID) error {
	return t.put(key(tPayee, v, name), id)
}

func checkoutKey(id ledger.CheckoutID) []byte { return key(tCheckout, id.Vendor, id.Number) }

// Checkout reads a request to buy.
func (r Reader) Checkout(id ledger.CheckoutID) (ledger.Checkout, bool, error) {
	return load[ledger.Checkout](r, checkoutKey(id))
}

// CheckoutByCode finds a request by the code that the buyer types.
func (r Reader) CheckoutByCode(userCode string) (ledger.CheckoutID, bool, error) {
	return r.checkoutAt(key(tCode, userCode))
}

// CheckoutByTxn finds a request by its transaction id.
func (r Reader) CheckoutByTxn(txn string) (ledger.CheckoutID, bool, error) {
	return r.checkoutAt(key(tTxn, txn))
}

func (r Reader) checkoutAt(index []byte) (ledger.CheckoutID, bool, error) {
	b, found, err := follow(r, index)
	if err != nil || !found {
		return ledger.CheckoutID{}, found, err
	}
	if len(b) != 17 {
		return ledger.CheckoutID{}, false, damaged(index, errCut)
	}
	return ledger.CheckoutID{Vendor: ledger.VendorID(last(b[:9])), Number: last(b)}, true, nil
}

// Waiting reads the requests that are addressed to a person and not answered.
func (r Reader) Waiting(u ledger.UserID) ([]ledger.CheckoutID, error) {
	return scan(r, key(tWaiting, u), after(key(tWaiting, u)), false, 0, func(_, v []byte) (ledger.CheckoutID, bool, error) {
		return ledger.CheckoutID{Vendor: ledger.VendorID(last(v[:9])), Number: last(v)}, true, nil
	})
}

func waitingKey(c ledger.Checkout) []byte {
	if c.User == 0 || c.Status != ledger.CheckoutOpen {
		return nil
	}
	return key(tWaiting, c.User, c.ID.Vendor, c.ID.Number)
}

// PutCheckout writes a request and its indexes.
func (t Tx) PutCheckout(c ledger.Checkout) error {
	old, _, err := t.Checkout(c.ID)
	if err != nil {
		return err
	}
	target := checkoutKey(c.ID)
	if c.UserCode != "" {
		if err := t.tx.Set(key(tCode, c.UserCode), target); err != nil {
			return err
		}
	}
	if c.TxnID != "" {
		if err := t.tx.Set(key(tTxn, c.TxnID), target); err != nil {
			return err
		}
	}
	if err := t.index(waitingKey(old), waitingKey(c), target); err != nil {
		return err
	}
	return t.put(target, c)
}

// has says whether a key is there.
func (r Reader) has(k []byte) (bool, error) {
	_, err := r.kv.Get(k)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
