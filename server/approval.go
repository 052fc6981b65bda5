package server

import (
	"cmp"
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// maxShown bounds a text of a vendor on a screen, in characters.
const maxShown = 2000

// Pending lists the requests that were sent to this wallet and wait for an answer. It refuses with ErrNotJoined a key
// without a wallet.
func (s *Server) Pending(ctx context.Context, who view.Caller) (all []view.Approval, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		all, err = s.pending(r, u, at)
		return err
	})
	return all, err
}

// pending shows the requests that wait for a user. What waits is bounded: each vendor may have a few open requests in
// one terminal, and old ones are put away when new ones come.
func (s *Server) pending(r books.Reader, u ledger.User, at time.Time) (all []view.Approval, err error) {
	ids, err := r.Waiting(u.ID)
	if err != nil {
		return nil, err
	}
	records := map[ledger.VendorID]*view.VendorRecord{} // each is read once
	// Old requests stay in the list until their vendor asks again, so each is looked at.
	for _, id := range ids {
		c, found, err := r.Checkout(id)
		if err != nil {
			return nil, err
		}
		if !found || checkoutStatus(c, at) != ledger.CheckoutOpen {
			continue
		}
		a, err := s.approval(r, u, c, at)
		if err != nil {
			return nil, err
		}
		if _, read := records[c.ID.Vendor]; !read {
			if records[c.ID.Vendor], err = disputeRecord(r, c.ID.Vendor); err != nil {
				return nil, err
			}
		}
		a.Record = records[c.ID.Vendor]
		if all = append(all, a); len(all) == view.MaxRows {
			break
		}
	}
	return all, nil
}

// checkoutStatus is the state of a checkout now: an open one expires by the clock, and one of a clock that was ahead is
// over. No timer writes that: a request that is not opened again costs nothing.
func checkoutStatus(c ledger.Checkout, at time.Time) ledger.CheckoutStatus {
	if c.Status == ledger.CheckoutOpen && (!at.Before(c.Expires) || !ledger.Happened(c.Created, at)) {
		return ledger.CheckoutExpired
	}
	return c.Status
}

// Approval looks up a request by the code that the person typed. Wrong codes are counted. It refuses with ErrNotFound a
// code that stands for nothing this person may answer, and with ErrRate a caller who has typed too many.
func (s *Server) Approval(ctx context.Context, who view.Caller, code string) (a view.Approval, err error) {
	at := s.clock()
	err = s.countWrongCodes(who, shortCode, at, func() error {
		return s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
			c, err := checkoutByCode(r, u, code)
			if err != nil {
				return err
			}
			if a, err = s.approval(r, u, c, at); err != nil {
				return err
			}
			a.Record, err = disputeRecord(r, c.ID.Vendor)
			return err
		})
	})
	return a, err
}

// countWrongCodes counts a code that try does not find against the calling key, and a short one against its address. It
// refuses with ErrRate a caller who has typed too many. Whatever try finds, and whatever else it refuses, is not
// counted.
func (s *Server) countWrongCodes(who view.Caller, kind codeKind, at time.Time, try func() error) error {
	if err := s.codes.allow(who, kind, at); err != nil {
		return err
	}
	err := try()
	if errors.Is(err, ledger.ErrNotFound) {
		s.codes.wrong(who, kind, at)
	}
	return err
}

// checkoutByCode finds the request that a code means for this user. A request sent to another user, or answered by
// another user, is refused like one that does not exist. So codes cannot be told apart by trying them.
func checkoutByCode(r books.Reader, u ledger.User, typed string) (c ledger.Checkout, err error) {
	// Each step that finds nothing ends in the same words.
	var id ledger.CheckoutID
	code, found := seal.CleanUserCode(typed)
	if found {
		if id, found, err = r.CheckoutByCode(code); err != nil {
			return c, err
		}
	}
	if found {
		if c, found, err = r.Checkout(id); err != nil {
			return c, err
		}
	}
	if !found || c.User != 0 && c.User != u.ID {
		return c, ledger.Refuse(
			ledger.ErrNotFound, "Compare it with the page: eight letters such as WDJB-MJHT.",
			"No request waits under this code.",
		)
	}
	return c, nil
}

// requestView shows what a request says of itself, to the buyer and to any browser: nothing of a wallet.
//
// The vendor's texts are cleaned again here: they are shown where a person decides about money, and an old offer was
// cleaned by the rules of its time.
func requestView(c ledger.Checkout, v ledger.Vendor, at time.Time) view.Terms {
	a := view.Terms{
		Code: c.UserCode, Mode: c.Mode, Status: view.State(checkoutStatus(c, at)),
		Vendor: v.Name, Site: verifiedSite(v), Title: ledger.CleanLine(c.Offer.Title, maxShown),
		What: ledger.CleanText(c.Offer.Description, maxShown), Bounds: view.BoundsOf(c.Offer.Bounds), Price: c.Price,
	}
	if c.Mode == ledger.ModeLink && c.Ask != (ledger.Limits{}) { // a vendor may leave them to the buyer
		ask := view.LimitsOf(c.Ask, c.Price.Currency)
		a.Ask = &ask
	}
	return a
}

// approval shows a request as the person sees it, with what approving would change.
func (s *Server) approval(r books.Reader, u ledger.User, c ledger.Checkout, at time.Time) (a view.Approval, err error) {
	f := ledger.PurchaseFacts{No: 1, User: u, Zone: s.zone(u)}
	if f.Vendor, _, err = r.Vendor(c.ID.Vendor); err != nil {
		return a, err
	}
	if f.Policy, err = policy(r); err != nil {
		return a, err
	}
	currency := linkCurrency(c, u, f.Policy)
	if f.Wallet, err = walletOrNew(r, u.ID, currency, f.Policy); err != nil {
		return a, err
	}
	if f.Link, err = relation(r, u.ID, f.Vendor.ID, currency, f.Policy); err != nil {
		return a, err
	}
	a.Terms, a.Expires = requestView(c, f.Vendor, at), view.At(c.Expires)
	if a.Open() {
		a.Match = s.match(c)
	}
	a.From = currency
	a.Before = ledger.Amount{Micros: f.Wallet.Paid, Currency: currency}
	a.After = ledger.Amount{Micros: f.Wallet.Paid - c.Price.Micros, Currency: currency}
	if f.Link != nil {
		a.Purchases = f.Link.Count
	}
	// The day is what a person can judge at a glance; the other bounds stand in the refusal if one is met.
	for _, l := range view.LimitsOfWallet(f.Wallet, at, f.Zone) {
		if l.Period == "day" {
			a.DaySpent, a.DayMax = l.Used, l.Max
		}
	}
	if a.Open() && c.Sells() {
		a.Refused, err = wouldFail(c, f, at)
	}
	return a, err
}

// wouldFail says why approving a request would be refused as things stand, "" if it would not. It is the same decision
// that the answer would make, on the facts of now, and it writes nothing: a person learns of a limit before the yes and
// not after it.
func wouldFail(c ledger.Checkout, f ledger.PurchaseFacts, at time.Time) (string, error) {
	_, err := ledger.DecidePurchase(purchaseOf(c, ledger.Actor{Role: ledger.RoleUser}), f, at)
	var no *ledger.Refusal
	if errors.As(err, &no) {
		return no.Error(), nil
	}
	return "", err
}

// purchaseOf is what the person buys by saying yes to a checkout. The window is not asked for: the person is there.
func purchaseOf(c ledger.Checkout, actor ledger.Actor) ledger.PurchaseRequest {
	return ledger.PurchaseRequest{
		Offer: c.Offer, Quantity: c.Quantity, Expect: c.Price, Approved: true, Actor: actor, Checkout: c.ID, TxnID: c.TxnID,
		ClientRef: c.ClientRef, Metadata: c.Metadata, Hold: c.Mode == ledger.ModeHold,
	}
}

// Answer says yes or no to a request. The request itself is the idempotency key: answering twice returns the first
// time's receipt again, and nothing is bought twice. It refuses with ErrNotFound and ErrRate as [Server.Approval] does,
// with ErrCheckoutExpired after its time, with ErrState the second wrong number, which ends the request, and with the
// reasons for which a purchase can be refused.
func (s *Server) Answer(ctx context.Context, who view.Caller, a view.Answer) (receipt view.Receipt, err error) {
	at := s.clock()
	var w answering
	err = s.countWrongCodes(who, shortCode, at, func() error {
		return s.updateAsMember(ctx, who, func(tx books.Tx, u ledger.User) (err error) {
			if w, err = s.answering(tx, u, a.Code, at); err != nil {
				return err
			}
			status := checkoutStatus(w.checkout, at)
			switch status {
			case ledger.CheckoutExpired:
				return ledger.RefuseCheckoutOver()
			case ledger.CheckoutOpen:
				err = w.carryOut(a, memberActor(who))
			default:
				w.sold, _, err = saleOf(tx.Reader, w.checkout.Purchase)
			}
			if err != nil {
				return err
			}
			receipt, err = w.receipt()
			receipt.Again = status != ledger.CheckoutOpen
			return err
		})
	})
	if err != nil {
		return view.Receipt{}, err
	}
	if !receipt.Again { // the page waits, and so may other screens of the same wallet
		s.notifier.wake(topicCheckout(w.checkout.ID), topicUser(w.user.ID))
		s.webhooks.Wake()
	}
	if w.guessed {
		return view.Receipt{}, ledger.RefuseGuess()
	}
	return receipt, nil
}

// answering is an answer inside its transaction, with what was read for it: each record once.
type answering struct {
	s        *Server
	tx       books.Tx
	at       time.Time
	user     ledger.User
	vendor   ledger.Vendor
	policy   ledger.Policy
	checkout ledger.Checkout
	sold     sale // what the answer bought, the zero value if nothing
	guessed  bool // the answer was a wrong number, which refused the request
}

// answering loads what an answer needs.
func (s *Server) answering(tx books.Tx, u ledger.User, code string, at time.Time) (w answering, err error) {
	w = answering{s: s, tx: tx, at: at, user: u}
	if w.checkout, err = checkoutByCode(tx.Reader, u, code); err != nil {
		return w, err
	}
	var found bool
	if w.vendor, found, err = tx.Vendor(w.checkout.ID.Vendor); err != nil || !found {
		return w, orMissing(err)
	}
	w.policy, err = policy(tx.Reader)
	return w, err
}

// currency is that of the price, or of the link that is asked for.
func (w *answering) currency() ledger.Currency { return linkCurrency(w.checkout, w.user, w.policy) }

// carryOut does what the answer to an open request says and stores the request as answered. A yes to a sale that also
// links sells first: the link is for later charges, and its total does not count this one.
func (w *answering) carryOut(a view.Answer, actor ledger.Actor) (err error) {
	c := &w.checkout
	c.User = w.user.ID // the answer takes the request: no other wallet can see it from here on
	if !a.Yes {
		return w.deny(a.Block, actor)
	}
	if err := w.asSeen(a); err != nil {
		return err
	}
	if a.Match != "" && a.Match != cmp.Or(w.s.match(*c), view.NoMatch) {
		return w.wrongNumber(a.Match, actor)
	}
	if c.Sells() {
		f := ledger.PurchaseFacts{User: w.user, Vendor: w.vendor, Policy: w.policy}
		if f.Link, err = relation(w.tx.Reader, w.user.ID, w.vendor.ID, c.Price.Currency, w.policy); err != nil {
			return err
		}
		if w.sold, err = w.s.sell(w.tx, purchaseOf(*c, actor), f, w.at); err != nil {
			return err
		}
		c.Purchase = w.sold.entry.No
		if b := w.sold.brought; b != nil { // what follows writes the row again
			w.user.Brought = *b
		}
	}
	if c.Mode == ledger.ModeLink || a.Link {
		if w.user, err = ensureWallet(w.tx, w.user, w.currency(), w.policy); err != nil {
			return err
		}
		l, err := giveLink(w.tx, w.user, w.vendor, ledger.LinkOrder{
			Currency: w.currency(), Limits: linkLimits(*c, a), Total: ledger.NoLimit, Actor: actor,
			Confirmed: true, // the person was shown the bounds that the link would have
		}, w.at)
		if err != nil {
			return err
		}
		c.Link = l.ID
	}
	c.Status = ledger.CheckoutApproved
	if err := w.remember(a, actor); err != nil {
		return err
	}
	return w.tx.PutCheckout(*c)
}

// wrongNumber ends a request that was answered with another number than that of its page: who tries one number after
// the other has one try. To have seen no page is no guess.
func (w *answering) wrongNumber(named string, actor ledger.Actor) error {
	if named == view.NoMatch {
		return ledger.RefuseMatch()
	}
	w.guessed = true
	return w.deny(false, actor)
}

// asSeen refuses a yes to another price than the person saw.
func (w *answering) asSeen(a view.Answer) error {
	price := w.checkout.Price
	if a.Expect != nil {
		seen := *a.Expect
		seen.Currency = cmp.Or(seen.Currency, price.Currency)
		if seen != price {
			return ledger.RefusePrice(price)
		}
	}
	return nil
}

// deny stores a no; block refuses every later request of the vendor too.
func (w *answering) deny(block bool, actor ledger.Actor) error {
	w.checkout.Status = ledger.CheckoutDenied
	if block {
		order := ledger.UnlinkOrder{Block: true, Actor: actor}
		_, err := endAll(w.tx, w.user, w.vendor, w.currency(), order, w.at)
		if err != nil && !errors.Is(err, ledger.ErrState) { // blocked already is as good
			return err
		}
	}
	return w.tx.PutCheckout(w.checkout)
}

// receipt shows what the answer has led to. The first answer shows what it has just written, a repetition what it has
// read: the same.
func (w *answering) receipt() (out view.Receipt, err error) {
	c, names := w.checkout, w.s.seal
	out = view.Receipt{
		Vendor: w.vendor.Name, Title: ledger.CleanLine(c.Offer.Title, maxShown), Status: view.State(c.Status),
		At: view.At(w.at),
	}
	if c.Link != (ledger.LinkID{}) {
		out.Link = names.Link(c.Link)
	}
	wallet, found, err := w.tx.Wallet(w.user.ID, w.currency())
	if err != nil {
		return out, err
	}
	if found {
		out.After = ledger.Amount{Micros: wallet.Paid, Currency: wallet.Currency}
	}
	sold := w.sold.entry
	if sold.No == 0 {
		return out, nil
	}
	if out.Lines, err = w.s.history.Of(w.tx.Reader, w.user, w.at).Lines(sold); err != nil {
		return out, err
	}
	g := w.s.history.Grant(sold, w.sold.purchase, w.at)
	out.ID, out.Amount, out.Grant, out.At = names.Charge(sold.No), sold.Amount, &g, view.At(sold.At)
	return out, nil
}

// linkCurrency is in which currency a link is given: that of the price, or the wallet's first one.
func linkCurrency(c ledger.Checkout, u ledger.User, p ledger.Policy) ledger.Currency {
	if c.Price.Currency != "" {
		return c.Price.Currency
	}
	return mainCurrency(u, p)
}

// linkLimits are the bounds of a new link: what the person typed, or else what the vendor proposed. What a proposal
// leaves open is not bounded at this vendor; the wallet's own limits still hold.
func linkLimits(c ledger.Checkout, a view.Answer) ledger.Limits {
	if a.Limits != nil {
		return *a.Limits
	}
	return c.Ask
}
