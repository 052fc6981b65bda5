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
	eventAllow = "allow"
	eventEnd   = "end"
	eventBlock = "block"
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

// silent reports whether the vendor may charge without a question now (claim 13).
func (l *Link) silent(now time.Time) bool {
	return l != nil && l.Status == LinkActive && (l.Expires.IsZero() || now.Before(l.Expires))
}

// LinkOrder gives a vendor a standing permission. A bound of 0, like NoLimit, leaves only the wallet's own limit.
type LinkOrder struct {
	Currency Currency
	Limits   Limits
	Total    int64     // micros over its life
	Expires  time.Time // zero: never
	Actor    Actor
}

// UnlinkOrder ends a standing permission; Block refuses every later request of the vendor too.
type UnlinkOrder struct {
	Currency Currency
	Block    bool
	Actor    Actor
}

// LinkFacts is what a decision about a link needs to know.
type LinkFacts struct {
	No     EntryNo // the number that the entry will get
	User   User
	Vendor Vendor
	Link   *Link // nil: none yet
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
// week and month keeps counting. It refuses with ErrFrozen, ErrNotAllowed (suspended vendor) and ErrInvalid.
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
	fresh := !l.silent(now)
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
	l.Status, _ = linkStates.next(l.Status, eventAllow) // every state takes it
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
	var can bool
	if l.Status, can = linkStates.next(l.Status, event); !can {
		return LinkOutcome{}, Refuse(ErrState, remedy, "%s", detail)
	}
	return f.step(l, KindUnlink, r.Actor, now), nil
}

// step writes down what became of the link.
func (f LinkFacts) step(l Link, k Kind, a Actor, now time.Time) LinkOutcome {
	old := "none"
	if f.Link != nil {
		old = LinkWord(f.Link.Status)
	}
	e := entry(f.No, now, k, a)
	e.User, e.Vendor = f.User.ID, f.Vendor.ID
	e.Change = &Change{Name: "link " + f.Vendor.Name, Old: old, New: LinkWord(l.Status), Currency: l.ID.Currency}
	return LinkOutcome{Entry: e, Link: l}
}
