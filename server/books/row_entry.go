package books

import "tuppence/server/ledger"

// stored is what the journal keeps of a record; the hash follows it in 32 bytes.
type stored struct {
	Entry                           ledger.Entry
	PrevUser, PrevUser2, PrevVendor ledger.EntryNo
}

type entryRow struct {
	_                               struct{} `cbor:",toarray"`
	No                              ledger.EntryNo
	At                              instant
	Kind                            ledger.Kind
	Role                            ledger.Role
	Key                             string
	User, Payer2                    ledger.UserID
	Vendor                          ledger.VendorID
	Cause                           ledger.EntryNo
	Amount                          money
	Postings                        []leg
	Sale                            *saleRow
	Deposit                         *depositRow
	Dispute                         *disputeRow
	Change                          *changeRow
	Reason                          string
	PrevUser, PrevUser2, PrevVendor ledger.EntryNo
}

type changeRow struct {
	_              struct{} `cbor:",toarray"`
	Name, Old, New string
	Currency       ledger.Currency
	Fresh          bool
}

// saleRow is flat, and without a link where the sale needed none.
type saleRow struct {
	_                 struct{} `cbor:",toarray"`
	OfferVendor       ledger.VendorID
	OfferNumber       uint64
	Version           uint32
	Title, ContentURL string
	Quantity          uint32
	Price             money
	Commission        int64
	Royalties         []shareRow
	Bounds            boundsRow
	From, Until       instant
	CheckoutVendor    ledger.VendorID
	CheckoutNumber    uint64
	Link              *linkIDRow
	ClientRef         string
	Metadata          map[string]string
	TxnID             string
	HoldUntil         instant
	Day, Week, Month  int64
}

type shareRow struct {
	_          struct{} `cbor:",toarray"`
	Payee      ledger.PayeeID
	Name, Role string
	Micros     int64
}

var entries = form[stored, entryRow]{packEntry, entryRow.unpack}

func packEntry(s stored) entryRow {
	e := &s.Entry
	r := entryRow{
		No: e.No, At: pack(e.At), Kind: e.Kind, Role: e.Actor.Role, Key: e.Actor.Key, User: e.User, Payer2: e.Payer2, Vendor: e.Vendor,
		Cause: e.Cause, Amount: packMoney(e.Amount), Postings: each(e.Postings, packLeg), Reason: e.Reason,
		PrevUser: s.PrevUser, PrevUser2: s.PrevUser2, PrevVendor: s.PrevVendor,
	}
	if e.Sale != nil {
		r.Sale = packSale(e.Sale)
	}
	if e.Deposit != nil {
		d := packDeposit(*e.Deposit)
		r.Deposit = &d
	}
	if e.Dispute != nil {
		d := packDispute(*e.Dispute)
		r.Dispute = &d
	}
	if e.Change != nil {
		r.Change = &changeRow{Name: e.Change.Name, Old: e.Change.Old, New: e.Change.New, Currency: e.Change.Currency, Fresh: e.Change.Fresh}
	}
	return r
}

func (r entryRow) unpack() stored {
	s := stored{PrevUser: r.PrevUser, PrevUser2: r.PrevUser2, PrevVendor: r.PrevVendor}
	s.Entry = ledger.Entry{
		No: r.No, At: r.At.time(), Kind: r.Kind, Actor: ledger.Actor{Role: r.Role, Key: r.Key}, User: r.User, Payer2: r.Payer2, Vendor: r.Vendor,
		Cause: r.Cause, Amount: r.Amount.unpack(), Postings: each(r.Postings, leg.unpack), Reason: r.Reason,
	}
	if r.Sale != nil {
		s.Entry.Sale = r.Sale.unpack()
	}
	if r.Deposit != nil {
		d := r.Deposit.unpack()
		s.Entry.Deposit = &d
	}
	if r.Dispute != nil {
		d := r.Dispute.unpack()
		s.Entry.Dispute = &d
	}
	if r.Change != nil {
		s.Entry.Change = &ledger.Change{Name: r.Change.Name, Old: r.Change.Old, New: r.Change.New, Currency: r.Change.Currency, Fresh: r.Change.Fresh}
	}
	return s
}

func packSale(s *ledger.Sale) *saleRow {
	r := &saleRow{
		OfferVendor: s.Offer.Vendor, OfferNumber: s.Offer.Number, Version: s.Version, Title: s.Title, ContentURL: s.ContentURL,
		Quantity: s.Quantity, Price: packMoney(s.Price), Commission: s.Commission,
		Royalties: each(s.Royalties, func(p ledger.Share) shareRow {
			return shareRow{Payee: p.Payee, Name: p.Name, Role: p.Role, Micros: p.Micros}
		}),
		Bounds: packBounds(s.Grant.Bounds), From: pack(s.Grant.From), Until: pack(s.Grant.Until),
		CheckoutVendor: s.Checkout.Vendor, CheckoutNumber: s.Checkout.Number, ClientRef: s.ClientRef, Metadata: s.Metadata, TxnID: s.TxnID,
		HoldUntil: pack(s.HoldUntil), Day: s.Day, Week: s.Week, Month: s.Month,
	}
	if s.Link != (ledger.LinkID{}) {
		l := packLinkID(s.Link)
		r.Link = &l
	}
	return r
}

func (r saleRow) unpack() *ledger.Sale {
	s := &ledger.Sale{
		Offer: ledger.OfferID{Vendor: r.OfferVendor, Number: r.OfferNumber}, Version: r.Version, Title: r.Title, ContentURL: r.ContentURL,
		Quantity: r.Quantity, Price: r.Price.unpack(), Commission: r.Commission,
		Royalties: each(r.Royalties, func(p shareRow) ledger.Share {
			return ledger.Share{Payee: p.Payee, Name: p.Name, Role: p.Role, Micros: p.Micros}
		}),
		Grant:    ledger.GrantTerms{Bounds: r.Bounds.unpack(), From: r.From.time(), Until: r.Until.time()},
		Checkout: ledger.CheckoutID{Vendor: r.CheckoutVendor, Number: r.CheckoutNumber}, ClientRef: r.ClientRef, Metadata: r.Metadata,
		TxnID: r.TxnID, HoldUntil: r.HoldUntil.time(), Day: r.Day, Week: r.Week, Month: r.Month,
	}
	if r.Link != nil {
		s.Link = r.Link.unpack()
	}
	return s
}
