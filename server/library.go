package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/reader"
	"tuppence/server/view"
	"tuppence/server/webhook"
)

// What a person bought is opened from the wallet (claim 25). What the vendor has left here is read here (content.go).
// For the rest the service comes to the vendor's site with the signed token of the grant, and counts the view itself
// once it has the content: an answer of the site that is lost counts nothing. The vendor sees its own name for the
// buyer, and no address of theirs.

const (
	// fetchesAtOnce bounds fetches of all wallets together, and ofOne those of one wallet.
	fetchesAtOnce, ofOne = 16, 2
	// openFor is how long something opened stays opened: whoever looks again, or whose answer was lost, opens the same
	// view. Nothing is kept for longer.
	openFor = 5 * time.Minute
	// openKept bounds what is kept for that, in bytes.
	openKept = 32 << 20
)

// Library lists what the member has bought and can open now. Listing counts no view. It refuses with ErrInvalid a
// cursor of another list.
func (s *Server) Library(
	ctx context.Context, who view.Caller, q view.Paging,
) (page view.Page[view.LibraryItem], err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		page, err = s.history.Of(r, u, at).Library(q)
		return err
	})
	return page, err
}

// opening is what has to be known of a sale before its content is fetched.
type opening struct {
	user   ledger.UserID
	sold   ledger.Entry
	vendor ledger.Vendor
	copied *ledger.Copy     // what the vendor has left of it here; nil: nothing
	claims view.VendorGrant // what the token says
	out    view.Opened
}

// OpenContent opens what the member bought, by the id of the purchase, and counts a view. It refuses with ErrGrantOver
// and ErrState as [ledger.Consume] does, with ErrNotFound what is not theirs, with ErrUnavailable content that does not
// come, and with ErrRate too much at once.
func (s *Server) OpenContent(ctx context.Context, who view.Caller, id string) (out view.Opened, err error) {
	at := s.clock()
	o, err := s.openingOf(ctx, who, id, at)
	if err != nil {
		return out, err
	}
	if kept, is := s.opened.kept(o.user, o.sold.No, at); is {
		return o.shown(kept), nil
	}
	if err := spend(s.budgets.changes, userOwner(o.user), "changes of this wallet", at); err != nil {
		return out, err
	}
	// Its place is left when the content is kept: who asks again meanwhile waits, and the view counts once.
	if !s.opened.enter(o.user, o.sold.No) {
		return out, refuseBusy()
	}
	defer s.opened.leave(o.user, o.sold.No)
	if kept, is := s.opened.kept(o.user, o.sold.No, at); is { // it came between the first look and the place
		return o.shown(kept), nil
	}
	content, err := s.contentOf(ctx, o, at)
	if err != nil {
		return out, err
	}
	if err := s.countView(ctx, who, &o); err != nil {
		return out, err
	}
	s.opened.keep(o.user, o.sold.No, content, s.clock())
	return o.shown(content), nil
}

func refuseBusy() error {
	r := ledger.Refuse(ledger.ErrRate, "Wait until what you are opening is there.", "Too much is opened at once.")
	r.Retry = time.Second
	return r
}

// openingOf reads what is to be opened. What was opened a moment ago stays open when that was the last view.
func (s *Server) openingOf(ctx context.Context, who view.Caller, id string, at time.Time) (o opening, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		rec, p, err := s.history.Of(r, u, at).Sold(id)
		if err != nil {
			return err
		}
		err = ledger.MayOpen(rec.Sale, p, 1, at)
		_, again := s.opened.kept(u.ID, rec.No, at)
		if again && ledger.GrantStatus(rec.Sale, p, at) == ledger.GrantExhausted {
			err = nil
		}
		if err != nil {
			return err
		}
		o, err = s.opening(r, sale{entry: rec.Entry, purchase: p}, at)
		if err == nil && rec.Sale.ContentURL == "" && o.copied == nil {
			err = ledger.Refuse(ledger.ErrState, "Ask the vendor for it.", "There is nothing to open: it is no content.")
		}
		return err
	})
	return o, err
}

// opening reads what has to be known of a sale before its content is fetched.
func (s *Server) opening(r books.Reader, sold sale, at time.Time) (o opening, err error) {
	e := sold.entry
	o = opening{user: e.User, sold: e}
	if o.vendor, _, err = r.Vendor(e.Vendor); err != nil {
		return o, err
	}
	c, found, err := r.CopyFor(e.Sale.Offer, e.Sale.Version)
	if err != nil {
		return o, err
	}
	if found {
		o.copied = &c
	}
	o.claims = (&Seller{s: s, ID: e.Vendor}).grantView(o.vendor, e, sold.purchase, at)
	o.out = view.Opened{
		ID: s.seal.Charge(e.No), Title: e.Sale.Title, Vendor: o.vendor.Name, Grant: s.history.Grant(e, sold.purchase, at),
	}
	return o, nil
}

// contentOf reads the copy that the vendor has left here, or fetches content from its site, for as long as the session
// of its buyer lasts.
func (s *Server) contentOf(ctx context.Context, o opening, at time.Time) (c webhook.Content, err error) {
	if o.copied != nil {
		c.Type = o.copied.Type
		err = s.view(ctx, func(r books.Reader) (err error) {
			c.Bytes, err = r.CopyBytes(*o.copied)
			return err
		})
		return c, err
	}
	address := o.sold.Sale.ContentURL
	switch {
	case s.fetch == nil:
		return c, ledger.Refuse(ledger.ErrUnavailable, "Ask the operator.", "Content is not fetched here.")
	case o.vendor.Status != ledger.VendorActive:
		return c, ledger.Refuse(ledger.ErrUnavailable, "Dispute it, if it was bought a short while ago.",
			"The vendor is suspended, and has left no copy here.")
	case !o.vendor.Owns(address): // it was the vendor's when it was sold
		return c, ledger.Refuse(ledger.ErrUnavailable, "Ask the vendor.",
			"The site of the content is not the vendor's any more.")
	}
	token, err := s.seal.GrantToken(GrantClaims(s.house.URL, o.claims, at))
	if err != nil {
		return c, err
	}
	return s.fetch.Content(ctx, address, token)
}

// countView counts the view as a vendor's own count does.
func (s *Server) countView(ctx context.Context, who view.Caller, o *opening) error {
	at := s.clock()
	err := s.updateAsMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		return s.count(tx, u, who, o, at)
	})
	if err == nil {
		s.notifier.wake(topicUser(o.user))
		s.webhooks.Wake()
	}
	return err
}

// count is countView inside its transaction.
func (s *Server) count(tx books.Tx, u ledger.User, who view.Caller, o *opening, at time.Time) error {
	f, err := saleFacts(tx, o.sold.No)
	if err != nil {
		return err
	}
	if f.Sold.User != u.ID {
		return ledger.RefuseNotFound("purchase")
	}
	// The number of the entry makes each view one of its own: no other has it.
	q := ledger.ConsumeRequest{
		N: 1, RequestID: "library " + strconv.FormatUint(uint64(f.No), 10), Actor: memberActor(who),
	}
	out, err := ledger.Consume(q, f, at)
	if err != nil {
		return err
	}
	rec, err := tx.Append(out.Entry)
	if err != nil {
		return err
	}
	o.out.Counted, o.out.Grant = true, s.history.Grant(f.Sold, out.Purchase, rec.At)
	return tx.PutPurchase(out.Purchase)
}

// shown is what the member gets: the exact bytes, and what a terminal can show of them.
func (o opening) shown(c webhook.Content) view.Opened {
	out, sum := o.out, sha256.Sum256(c.Bytes)
	out.Type, out.Size, out.SHA256 = c.Type, len(c.Bytes), hex.EncodeToString(sum[:])
	out.Content = base64.StdEncoding.EncodeToString(c.Bytes)
	out.Text, _ = reader.Text(c.Type, c.Bytes)
	if first, rest, more := strings.Cut(out.Text, "\n\n"); more && first == out.Title { // it stands above already
		out.Text = rest
	}
	return out
}

// openKey is what somebody has opened.
type openKey struct {
	user ledger.UserID
	no   ledger.EntryNo
}

// openContent is content for as long as it stays open.
type openContent struct {
	webhook.Content
	until time.Time
}

// openedNow is what was opened in the last minutes, and who is opening something. It is memory only.
type openedNow struct {
	mu    sync.Mutex
	busy  []openKey
	now   map[openKey]openContent
	order []openKey // as they were opened
	bytes int
}

// enter takes one of the places in which something is fetched. Each thing is fetched once at a time for a wallet.
func (n *openedNow) enter(u ledger.UserID, no ledger.EntryNo) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	own := 0
	for _, k := range n.busy {
		if k.user == u {
			own++
		}
	}
	k := openKey{u, no}
	if len(n.busy) == fetchesAtOnce || own == ofOne || slices.Contains(n.busy, k) {
		return false
	}
	n.busy = append(n.busy, k)
	return true
}

// leave gives it back.
func (n *openedNow) leave(u ledger.UserID, no ledger.EntryNo) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i := slices.Index(n.busy, openKey{u, no}); i >= 0 {
		n.busy = slices.Delete(n.busy, i, i+1)
	}
}

// kept returns what somebody has opened a moment ago.
func (n *openedNow) kept(u ledger.UserID, no ledger.EntryNo, at time.Time) (webhook.Content, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c, found := n.now[openKey{u, no}]
	return c.Content, found && at.Before(c.until)
}

// keep keeps it for a moment. The oldest make room.
func (n *openedNow) keep(u ledger.UserID, no ledger.EntryNo, c webhook.Content, at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now == nil {
		n.now = map[openKey]openContent{}
	}
	k := openKey{u, no}
	n.drop(k)
	n.now[k], n.order, n.bytes = openContent{c, at.Add(openFor)}, append(n.order, k), n.bytes+len(c.Bytes)
	for len(n.order) > 1 && (n.bytes > openKept || !at.Before(n.now[n.order[0]].until)) {
		n.drop(n.order[0])
	}
}

// drop forgets one.
func (n *openedNow) drop(k openKey) {
	if i := slices.Index(n.order, k); i >= 0 {
		n.bytes -= len(n.now[k].Bytes)
		n.order = slices.Delete(n.order, i, i+1)
		delete(n.now, k)
	}
}
