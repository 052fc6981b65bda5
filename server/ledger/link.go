package ledger

import "time"

// LinkStatus is the state of a buyer's relation to a vendor. Numbers are stored.
type LinkStatus uint8

// States of a link. Known means: bought there before, but every purchase is asked for.
const (
	LinkKnown LinkStatus = iota + 1
	LinkActive
	LinkRevoked
	LinkBlocked
)

// Events in the life of a link.
const (
	eventAllow   = "allow"
	eventEnd     = "end"
	eventBlock   = "block"
	eventUnblock = "unblock"
)

// linkStates is the life of a link. A permission that expired stays active here; the clock ends it.
var linkStates = machine[LinkStatus]{
	{LinkKnown, eventAllow, LinkActive},
	{LinkKnown, eventBlock, LinkBlocked},
	{LinkActive, eventAllow, LinkActive},
	{LinkActive, eventEnd, LinkRevoked},
	{LinkActive, eventBlock, LinkBlocked},
	{LinkRevoked, eventAllow, LinkActive},
	{LinkRevoked, eventBlock, LinkBlocked},
	{LinkBlocked, eventAllow, LinkActive},
	{LinkBlocked, eventUnblock, LinkRevoked}, // the permission does not come back: see DecideUnblock
}

// LinkWord returns the status of a link in one word, "none" for a number that is none.
func LinkWord(s LinkStatus) string {
	switch s {
	case LinkKnown:
		return "known"
	case LinkActive:
		return "active"
	case LinkRevoked:
		return "revoked"
	case LinkBlocked:
		return "blocked"
	}
	return "none"
}

// Link is a user's relation to one vendor in one currency: limits at that vendor, and while it is active the standing
// permission to charge inside them without a question (claims 13, 24).
type Link struct {
	ID      LinkID
	Status  LinkStatus
	Limits  Limits
	Total   int64     // micros over the life of the permission, NoLimit if none
	Spent   Counters  // at this vendor, in the periods of the wallet's counters
	Sum     int64     // micros spent since the permission was given
	Created time.Time // when the permission was given
	Expires time.Time // zero: never
	Count   uint64    // purchases so far, over all permissions
	Since   EntryNo   // the entry that gave the permission; 0: none did, or before this was kept
	// Paid is the price of the purchases that Count counts, in micros, over all permissions and for all time. What is
	// refunded stays in both; what a hold gave back was never paid.
	Paid int64
	// Before is what the relation was when it was blocked; 0: it is not blocked, or it was before this was kept.
	Before LinkStatus
}

// linkOrNew returns the link there is, or a relation that has just begun: known, nothing bounded.
func linkOrNew(l *Link, u UserID, v VendorID, c Currency, g Generation, now time.Time) Link {
	if l != nil {
		return *l
	}
	return Link{
		ID: LinkID{User: u, Vendor: v, Currency: c, Generation: g.Link(1)}, Status: LinkKnown, Limits: noLimits(),
		Total: NoLimit, Created: instant(now),
	}
}

// counts reports whether a sale counts in the sum of the permission: it was made after it was given. The order is that
// of the entries, because a clock may have been set back between them.
func (l *Link) counts(sold Entry) bool {
	if l.Since != 0 {
		return sold.No > l.Since
	}
	return !sold.At.Before(l.Created)
}

// Given reports whether there is or was a standing permission: without one, a relation is no link for the vendor, and
// whether it is blocked is no business of the vendor either.
func (l *Link) Given() bool {
	return l.Status != LinkKnown && (l.Status != LinkBlocked || l.Before != LinkKnown)
}

// Active reports whether the vendor may charge without a question now (claim 13).
func (l *Link) Active(now time.Time) bool {
	return l != nil && l.Status == LinkActive && (l.Expires.IsZero() || now.Before(l.Expires))
}

// LinkOrder gives a vendor a standing permission. A bound of 0, like NoLimit, leaves only the wallet's own limit.
type LinkOrder struct {
	Currency Currency
	Limits   Limits
	Total    int64     // micros over its life
	Expires  time.Time // zero: never
	Actor    Actor
	// Confirmed says that the person has seen which bounds at the vendor become looser.
	Confirmed bool
}

// UnlinkOrder ends a standing permission; Block refuses every later request of the vendor too.
type UnlinkOrder struct {
	Currency Currency
	Block    bool
	Actor    Actor
}

// UnblockOrder takes a block of a vendor back.
type UnblockOrder struct {
	Currency Currency
	Actor    Actor
}

// LinkFacts is what a decision about a link needs to know.
type LinkFacts struct {
	No     EntryNo // the number that the entry will get
	User   User
	Vendor Vendor
	Link   *Link    // nil: none yet
	Wallet Currency // of the open account whose history shows the decision, "" if there is none
	// Generation of the books: a name that a lost branch has given must not open another permission.
	Generation Generation
}

// LinkOutcome is a link after a step.
type LinkOutcome struct {
	Entry Entry
	Link  Link
}

// DecideLink lets a vendor charge without asking, inside bounds (claims 13, 24). Giving it again to a vendor that has
// it changes the bounds; after an end it is a new permission with a fresh total. What was spent in the running day,
// week and month keeps counting. It refuses with ErrFrozen, ErrNotAllowed (suspended vendor), ErrInvalid, and
// ErrConfirm (a bound becomes looser, and the order is not confirmed).
func DecideLink(r LinkOrder, f LinkFacts, now time.Time) (LinkOutcome, error) {
	switch {
	case f.User.Status != UserActive:
		return LinkOutcome{}, refuseFrozen()
	case f.Vendor.Status != VendorActive:
		return LinkOutcome{}, RefuseSuspended()
	case r.Currency == "":
		return LinkOutcome{}, Invalid("currency", "Name the currency of the permission.", "The currency is missing.")
	case !r.Expires.IsZero() && !r.Expires.After(now):
		return LinkOutcome{}, Invalid("expires", "Name a time to come.", "The permission would have ended already.")
	}
	l := linkOrNew(f.Link, f.User.ID, f.Vendor.ID, r.Currency, f.Generation, now)
	fresh := !l.Active(now)
	if fresh {
		if l.Status != LinkKnown { // there was a permission, so this one needs another name
			l.ID.Generation++
		}
		l.ID.Generation = f.Generation.Link(l.ID.Generation)
		l.Sum, l.Created, l.Since = 0, instant(now), f.No
	}
	for _, b := range []*int64{&r.Limits.PerPurchase, &r.Limits.PerDay, &r.Limits.PerWeek, &r.Limits.PerMonth, &r.Total} {
		if *b < NoLimit || *b > MaxMicros {
			return LinkOutcome{}, Invalid("limits", "Type amounts, or none.", "A limit is out of bounds.")
		}
		if *b == 0 {
			*b = NoLimit
		}
	}
	if fresh { // the total was that of the permission before
		l.Total = NoLimit
	}
	if no := loosened(l, r, f.Vendor.Name); no != nil && !r.Confirmed {
		return LinkOutcome{}, no
	}
	l.Status, _ = linkStates.next(l.Status, eventAllow) // every state takes it
	l.Before = 0
	l.Limits, l.Total, l.Expires = r.Limits, r.Total, r.Expires
	out := f.step(l, KindLink, r.Actor, now)
	out.Entry.Change.Fresh = fresh
	return out, nil
}

// DecideUnlink ends a standing permission, or blocks a vendor, also one that was never seen. It refuses with ErrState
// what is ended or blocked already.
func DecideUnlink(r UnlinkOrder, f LinkFacts, now time.Time) (LinkOutcome, error) {
	l := linkOrNew(f.Link, f.User.ID, f.Vendor.ID, r.Currency, f.Generation, now)
	event, remedy := eventEnd, "There is nothing to end."
	detail := "This vendor has no permission to charge without asking."
	if r.Block {
		event, remedy, detail = eventBlock, "There is nothing more to do.", "This vendor is blocked already."
	}
	to, can := linkStates.next(l.Status, event)
	if !can {
		return LinkOutcome{}, Refuse(ErrState, remedy, "%s", detail)
	}
	if to == LinkBlocked {
		l.Before = l.Status
	}
	l.Status = to
	return f.step(l, KindUnlink, r.Actor, now), nil
}

// DecideUnblock takes a block back: the relation is what it was before, with its bounds and its counters, but for a
// permission. That one ended with the block and does not come back by itself, because giving it is a decision of its
// own; the vendor asks each time. It refuses with ErrState a vendor that is not blocked.
func DecideUnblock(r UnblockOrder, f LinkFacts, now time.Time) (LinkOutcome, error) {
	l := linkOrNew(f.Link, f.User.ID, f.Vendor.ID, r.Currency, f.Generation, now)
	to, can := linkStates.next(l.Status, eventUnblock)
	if !can {
		return LinkOutcome{}, Refuse(ErrState, "There is nothing to take back.", "This vendor is not blocked.")
	}
	if l.Before == LinkKnown { // there never was a permission
		to = LinkKnown
	}
	l.Status, l.Before = to, 0
	return f.step(l, KindUnblock, r.Actor, now), nil
}

// loosened returns the refusal of an order that takes a bound at the vendor away or raises it, nil if none becomes
// looser. It names all of them.
func loosened(l Link, r LinkOrder, vendor string) *Refusal {
	var changes []string
	old, next := bounds(l.Limits, Counters{}, periods{}), bounds(r.Limits, Counters{}, periods{})
	for i, b := range append(old[:], bound{"total", l.Total, 0, 0, 0}) {
		most := r.Total
		if i < len(next) {
			most = next[i].max
		}
		if looser(b.max, most) {
			changes = append(changes, limitStep(b.period, b.max, most, r.Currency))
		}
	}
	if changes == nil {
		return nil
	}
	return RefuseLoosening(vendor, changes...)
}

// step writes down what became of the link.
func (f LinkFacts) step(l Link, k Kind, a Actor, now time.Time) LinkOutcome {
	old := "none"
	if f.Link != nil {
		old = LinkWord(f.Link.Status)
	}
	e := entry(f.No, now, k, a)
	e.User, e.Vendor, e.Wallet = f.User.ID, f.Vendor.ID, f.Wallet
	e.Change = &Change{Name: "link " + f.Vendor.Name, Old: old, New: LinkWord(l.Status), Currency: l.ID.Currency}
	return LinkOutcome{Entry: e, Link: l}
}
