package ledger

import "time"

// LinkOrder gives a vendor a standing permission. A bound of 0, like NoLimit, leaves only the wallet's own limit.
type LinkOrder struct {
	Currency Currency
	Limits   Limits
	Total    int64     // over its life
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
	No     EntryNo
	User   User
	Vendor Vendor
	Link   *Link // nil: none yet
}

// LinkOutcome is a link after a step.
type LinkOutcome struct {
	Entry Entry
	Link  Link
}

// newLink is a relation that has just begun: known, nothing bounded.
func newLink(u UserID, v VendorID, c Currency, now time.Time) Link {
	return Link{
		ID: LinkID{User: u, Vendor: v, Currency: c, Generation: 1}, Status: LinkKnown, Limits: noLimits(), Total: NoLimit,
		Created: now.UTC().Truncate(time.Microsecond),
	}
}

func noLimits() Limits { return Limits{NoLimit, NoLimit, NoLimit, NoLimit} }

// in is the relation that a link is about, whichever permission it is.
func (id LinkID) in() LinkID {
	id.Generation = 0
	return id
}

// Silent tells whether the vendor may charge without a question now.
func (l *Link) Silent(now time.Time) bool {
	return l != nil && l.Status == LinkActive && (l.Expires.IsZero() || now.Before(l.Expires))
}

// DecideLink lets a vendor charge without asking, inside bounds (claims 13, 24). Giving it again to a vendor that has it
// changes the bounds; after an end it is a new permission with a fresh total. What was spent in the running day, week and month keeps counting.
func DecideLink(r LinkOrder, f LinkFacts, now time.Time) (LinkOutcome, error) {
	switch {
	case f.User.Status != UserActive:
		return LinkOutcome{}, RefuseFrozen()
	case f.Vendor.Status != VendorActive:
		return LinkOutcome{}, RefuseSuspended()
	case r.Currency == "":
		return LinkOutcome{}, Invalid("currency", "Name the currency of the permission.", "The currency is missing.")
	case !r.Expires.IsZero() && !r.Expires.After(now):
		return LinkOutcome{}, Invalid("expires", "Name a time to come.", "The permission would have ended already.")
	}
	l := newLink(f.User.ID, f.Vendor.ID, r.Currency, now)
	old := "none"
	if f.Link != nil {
		l, old = *f.Link, LinkWord(f.Link.Status)
	}
	fresh := !(&l).Silent(now)
	if fresh {
		if l.Status == LinkRevoked || l.Status == LinkBlocked || l.Status == LinkActive {
			l.ID.Generation++
		}
		l.Sum, l.Created = 0, now.UTC().Truncate(time.Microsecond)
	}
	for _, b := range []struct {
		to   *int64
		from int64
	}{
		{&l.Limits.PerPurchase, r.Limits.PerPurchase},
		{&l.Limits.PerDay, r.Limits.PerDay},
		{&l.Limits.PerWeek, r.Limits.PerWeek},
		{&l.Limits.PerMonth, r.Limits.PerMonth},
		{&l.Total, r.Total},
	} {
		if b.from < NoLimit || b.from > MaxMicros {
			return LinkOutcome{}, Invalid("limits", "Type amounts, or none.", "A limit is out of bounds.")
		}
		if *b.to = b.from; b.from == 0 {
			*b.to = NoLimit
		}
	}
	l.Status, l.Expires = LinkActive, r.Expires
	out := linkStep(l, KindLink, old, r.Actor, f, now)
	out.Entry.Change.Fresh = fresh
	return out, nil
}

// DecideUnlink ends a standing permission, or blocks a vendor, also one that was never seen.
func DecideUnlink(r UnlinkOrder, f LinkFacts, now time.Time) (LinkOutcome, error) {
	l := newLink(f.User.ID, f.Vendor.ID, r.Currency, now)
	old := "none"
	if f.Link != nil {
		l, old = *f.Link, LinkWord(f.Link.Status)
	}
	switch {
	case r.Block && l.Status == LinkBlocked:
		return LinkOutcome{}, Refuse(ErrState, "There is nothing more to do.", "This vendor is blocked already.")
	case r.Block:
		l.Status = LinkBlocked
	case l.Status != LinkActive:
		return LinkOutcome{}, Refuse(ErrState, "There is nothing to end.", "This vendor has no permission to charge without asking.")
	default:
		l.Status = LinkRevoked
	}
	return linkStep(l, KindUnlink, old, r.Actor, f, now), nil
}

func linkStep(l Link, k Kind, old string, a Actor, f LinkFacts, now time.Time) LinkOutcome {
	e := entry(f.No, now, k, a)
	e.User, e.Vendor = f.User.ID, f.Vendor.ID
	e.Change = &Change{Name: "link " + f.Vendor.Name, Old: old, New: LinkWord(l.Status), Currency: l.ID.Currency}
	return LinkOutcome{Entry: e, Link: l}
}

// LinkWord is the status of a link in one word.
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
