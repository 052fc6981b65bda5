package ledger

import (
	"slices"
	"time"
)

// maxOrigins bounds the sites of a vendor, proved or not.
const maxOrigins = 20

// OriginFacts is what a decision about a site of a vendor needs to know.
type OriginFacts struct {
	No     EntryNo
	Vendor Vendor
	Actor  Actor
}

// OriginOutcome is a vendor after a step of one of its sites.
type OriginOutcome struct {
	Entry  Entry
	Vendor Vendor
}

// AddOrigin notes a site that a vendor says is its own (claim 28). It counts when that is proved. It refuses with
// ErrInvalid what is no origin, with ErrState one that is there, and with ErrLimit more than a vendor may have.
func AddOrigin(raw string, f OriginFacts, now time.Time) (out OriginOutcome, err error) {
	origin, err := CheckOrigin(raw)
	if err != nil {
		return out, err
	}
	v := f.Vendor
	switch {
	case originAt(v, origin) >= 0:
		return out, Refuse(ErrState, "Prove it, if it is not verified.", "The site is on your list already.")
	case len(v.Origins) >= maxOrigins:
		return out, Refuse(ErrLimit, "Take one off the list.", "A vendor has %d sites at most.", maxOrigins)
	}
	v.Origins = append(slices.Clone(v.Origins), Origin{URL: origin})
	return f.step(v, "", origin, now), nil
}

// VerifyOrigin is said where the proof was found at the site. It refuses with ErrNotFound a site that is not on the
// list; one that is verified stays so.
func VerifyOrigin(origin string, f OriginFacts, now time.Time) (out OriginOutcome, err error) {
	v := f.Vendor
	i := originAt(v, origin)
	if i < 0 {
		return out, RefuseNotFound("site")
	}
	v.Origins = slices.Clone(v.Origins)
	v.Origins[i].Verified = instant(now)
	return f.step(v, origin, origin+" verified", now), nil
}

// RemoveOrigin takes a site off the list: no browser is sent there any more. It refuses with ErrNotFound.
func RemoveOrigin(origin string, f OriginFacts, now time.Time) (out OriginOutcome, err error) {
	v := f.Vendor
	i := originAt(v, origin)
	if i < 0 {
		return out, RefuseNotFound("site")
	}
	v.Origins = slices.Delete(slices.Clone(v.Origins), i, i+1)
	return f.step(v, origin, "", now), nil
}

func (f OriginFacts) step(v Vendor, was, is string, now time.Time) OriginOutcome {
	e := entry(f.No, now, KindVendor, f.Actor)
	e.Vendor, e.Change = v.ID, &Change{Name: "origin", Old: was, New: is}
	return OriginOutcome{e, v}
}

func originAt(v Vendor, origin string) int {
	return slices.IndexFunc(v.Origins, func(o Origin) bool { return o.URL == origin })
}
