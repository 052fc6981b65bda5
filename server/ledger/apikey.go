package ledger

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A scope is a resource of the contract for vendors, and whether it is only read: "charges:write". To write includes to
// read. A restricted key has a list of them, a full key all.

const (
	scopeRead, scopeWrite = ":read", ":write"

	// MaxAPIKeys bounds the keys of a vendor that can be used; maxSpentKeys those that are over and still listed.
	MaxAPIKeys, maxSpentKeys = 20, 20
	// APIKeyKept is for how long a restricted key is listed after its end.
	APIKeyKept = 30 * 24 * time.Hour
	// APIKeyOverlap is the longest time for which a key that was rolled works beside the new one.
	APIKeyOverlap = 24 * time.Hour
	// MaxAPIKeyDays bounds the life of a restricted key that has one.
	MaxAPIKeyDays = 732
	// maxKeyNetworks bounds the networks from which a key may be used.
	maxKeyNetworks = 10
	maxAPIKeyName  = 40
)

// Resources are what a scope may name.
var Resources = []string{
	"vendor", "offers", "checkouts", "charges", "grants", "refunds", "disputes", "incentives", "token_issues", "royalties",
	"settlements", "webhooks", "links",
}

// CheckScope refuses with ErrInvalid what is no scope.
func CheckScope(s string) error {
	resource := strings.TrimSuffix(strings.TrimSuffix(s, scopeRead), scopeWrite)
	if resource != s && slices.Contains(Resources, resource) && (s == resource+scopeRead || s == resource+scopeWrite) {
		return nil
	}
	return Invalid("scope", "Use a resource with read or write, such as charges:write. Resources: "+
		strings.Join(Resources, ", ")+".", "%q is no scope.", CleanLine(s, 40))
}

// Restricted tells whether the key may do no more than its scopes.
func (k APIKey) Restricted() bool { return len(k.Scopes) > 0 }

// Live tells whether the key can be used at an instant.
func (k APIKey) Live(now time.Time) bool {
	return k.Ended.IsZero() && (k.Expires.IsZero() || now.Before(k.Expires))
}

// Over is since when the key cannot be used, zero while it can.
func (k APIKey) Over(now time.Time) time.Time {
	switch {
	case k.Live(now):
		return time.Time{}
	case k.Expires.IsZero(), !k.Ended.IsZero() && k.Ended.Before(k.Expires):
		return k.Ended
	}
	return k.Expires
}

// May tells whether the scopes of the key include one. What needs none that is known, no restricted key may.
func (k APIKey) May(need string) bool {
	if !k.Restricted() {
		return true
	}
	resource, reads := strings.CutSuffix(need, scopeRead)
	return CheckScope(need) == nil &&
		(slices.Contains(k.Scopes, need) || reads && slices.Contains(k.Scopes, resource+scopeWrite))
}

// Judge is the only place that decides about the use of a key: for what needs a scope, from an address, at an instant.
// It refuses with ErrUnauthenticated a key that is over, in the words for one that is not known, with ErrAddress
// an address that is not on the list of the key, and with ErrScope what needs another scope. An address that is not
// known is on no list.
func (k APIKey) Judge(need string, from netip.Addr, now time.Time) error {
	if !k.Live(now) {
		return RefuseUnauthenticated()
	}
	from = from.Unmap().WithZone("")
	inside := func(network string) bool {
		n, err := netip.ParsePrefix(network) // what cannot be read has no address in it
		return err == nil && n.Contains(from)
	}
	if len(k.From) > 0 && !slices.ContainsFunc(k.From, inside) {
		return Refuse(ErrAddress, "Use the key from one of its addresses, or make another one.",
			"This key may not be used from the address of this request.")
	}
	return k.Needs(need)
}

// Needs refuses with ErrScope what the scopes of the key do not include.
func (k APIKey) Needs(need string) error {
	if k.May(need) {
		return nil
	}
	r := Refuse(ErrScope, "Use a key with the scope "+need+"; an owner of the team makes one: shop key add.",
		"This key does not have the scope %s.", need)
	r.Param = need
	return r
}

// UsedOn returns the key as used on the day of an instant; changed is false if that is known. Only restricted keys
// keep it.
func (k APIKey) UsedOn(now time.Time) (used APIKey, changed bool) {
	day := now.UTC().Format(time.DateOnly)
	changed = k.Restricted() && k.Used < day
	if changed {
		k.Used = day
	}
	return k, changed
}

// APIKeyOrder asks for a restricted key.
type APIKeyOrder struct {
	Name   string
	Scopes []string
	From   []string // networks or addresses; none: from everywhere
	Days   int      // after which it is over; 0: never
	Hash   [32]byte
	Hint   string
	Actor  Actor
}

// APIKeyOutcome is a vendor with other keys, the entry about it, and the key that was made or ended.
type APIKeyOutcome struct {
	Entry  Entry
	Vendor Vendor
	Key    APIKey
}

// key reads an order.
func (o APIKeyOrder) key(now time.Time) (k APIKey, err error) {
	k = APIKey{Hash: o.Hash, Hint: o.Hint, Name: o.Name, Created: instant(now)}
	if len(k.Name) < 1 || len(k.Name) > maxAPIKeyName || !only(k.Name, lowerAlnum+"-") || k.Name == "full" {
		return k, Invalid("name", "Use 1 to 40 lower-case letters, digits and hyphens, for example shop-server.",
			"%q is not a name for a key.", CleanLine(o.Name, 40))
	}
	for _, s := range o.Scopes {
		if err := CheckScope(s); err != nil {
			return k, err
		}
		if !slices.Contains(k.Scopes, s) {
			k.Scopes = append(k.Scopes, s)
		}
	}
	slices.Sort(k.Scopes)
	if len(k.Scopes) == 0 {
		return k, Invalid("scope", "Say what the key may do, such as charges:write.", "The key has no scope.")
	}
	if k.From, err = keyNetworks(o.From); err != nil {
		return k, err
	}
	switch {
	case o.Days < 0 || o.Days > MaxAPIKeyDays:
		return k, Invalid("days", "Leave it out for a key without an end.", "A key lasts 1 to %d days.", MaxAPIKeyDays)
	case o.Days > 0:
		k.Expires = k.Created.AddDate(0, 0, o.Days)
	}
	return k, nil
}

// keyNetworks reads a list of networks; an address is a network of one.
func keyNetworks(all []string) (list []string, err error) {
	if len(all) > maxKeyNetworks {
		return nil, Invalid("from", "Name wider networks.", "A key has at most %d networks.", maxKeyNetworks)
	}
	for _, s := range all {
		n, err := netip.ParsePrefix(s)
		if a, single := netip.ParseAddr(s); single == nil {
			a = a.Unmap().WithZone("")
			n, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || n.Bits() == 0 || n.Addr().Is4In6() {
			return nil, Invalid("from", "Use an address or a network such as 203.0.113.0/24 or 2001:db8::/32.",
				"%q is no network from which a key can be used.", CleanLine(s, 60))
		}
		if network := n.Masked().String(); !slices.Contains(list, network) {
			list = append(list, network)
		}
	}
	return list, nil
}

// swept are the keys of a vendor without restricted ones that have been over for long, or are more of those than are
// kept: the ones that ended last are.
func (v Vendor) swept(now time.Time) []APIKey {
	over := func(k APIKey) bool { return k.Restricted() && !k.Live(now) }
	kept := slices.DeleteFunc(slices.Clone(v.Keys), func(k APIKey) bool {
		return over(k) && now.Sub(k.Over(now)) > APIKeyKept
	})
	var spent []time.Time
	for _, k := range kept {
		if over(k) {
			spent = append(spent, k.Over(now))
		}
	}
	slices.SortFunc(spent, time.Time.Compare)
	for range len(spent) - maxSpentKeys {
		i := slices.IndexFunc(kept, func(k APIKey) bool { return over(k) && k.Over(now).Equal(spent[0]) })
		kept, spent = slices.Delete(kept, i, i+1), spent[1:]
	}
	return kept
}

// keyChange is the entry about a key.
func (v Vendor) keyChange(no EntryNo, a Actor, old, now string, at time.Time) Entry {
	e := entry(no, at, KindKeyAdded, a)
	e.Vendor, e.Change = v.ID, &Change{Name: "api key", Old: old, New: now}
	return e
}

// words are what the journal calls a key.
func (k APIKey) words() string { return k.Name + " " + k.Hint }

// may is what the journal says of a new key: what it may do, from where, until when.
func (k APIKey) may() string {
	words := k.words() + " " + strings.Join(k.Scopes, " ")
	if len(k.From) > 0 {
		words += " from " + strings.Join(k.From, " ")
	}
	if !k.Expires.IsZero() {
		words += " until " + stamp(k.Expires.UTC())
	}
	return words
}

// room refuses with ErrLimit a vendor that has enough keys.
func (v Vendor) room(now time.Time) error {
	live := 0
	for _, k := range v.Keys {
		if k.Live(now) {
			live++
		}
	}
	if live < MaxAPIKeys {
		return nil
	}
	return Refuse(ErrLimit, "End one first: shop key end KEY.", "A vendor has at most %d keys.", MaxAPIKeys)
}

// DecideAPIKey gives a vendor a restricted key. It refuses with ErrInvalid what cannot be, with ErrState a name that a
// live key has, and with ErrLimit one key too many.
func DecideAPIKey(v Vendor, o APIKeyOrder, no EntryNo, now time.Time) (out APIKeyOutcome, err error) {
	k, err := o.key(now)
	if err != nil {
		return out, err
	}
	if slices.ContainsFunc(v.Keys, func(had APIKey) bool { return had.Name == k.Name && had.Live(now) }) {
		return out, Refuse(ErrState, "Choose another name, or give it a new secret: shop key roll "+k.Name+".",
			"There is a key %s already.", k.Name)
	}
	if err := v.room(now); err != nil {
		return out, err
	}
	v.Keys = append(v.swept(now), k)
	return APIKeyOutcome{Entry: v.keyChange(no, o.Actor, "", k.may(), now), Vendor: v, Key: k}, nil
}

// DecideAPIKeyRoll gives a restricted key a new secret; all older ones of its name work too for the overlap, and no
// longer. Of the order it reads who acts, and hash and hint of the new secret. It refuses with ErrNotFound what names
// no key, and with ErrInvalid an overlap that is too long.
func DecideAPIKeyRoll(
	v Vendor, typed string, overlap time.Duration, o APIKeyOrder, no EntryNo, now time.Time,
) (out APIKeyOutcome, err error) {
	if overlap < 0 || overlap > APIKeyOverlap {
		return out, Invalid("overlap", "Use at most 24h; 0s ends the old one at once.",
			"An old key works for at most 24 hours beside the new one.")
	}
	i, err := v.keyNamed(typed, now)
	if err == nil {
		i, err = v.keyNamed(v.Keys[i].Name, now) // the newest: the end of an older one is that of its overlap
	}
	if err != nil {
		return out, err
	}
	if err := v.room(now); err != nil && overlap > 0 {
		return out, err
	}
	keys := slices.Clone(v.Keys)
	k := keys[i]
	k.Hash, k.Hint, k.Created, k.Used = o.Hash, o.Hint, instant(now), ""
	for j := range keys {
		old, until := &keys[j], instant(now).Add(overlap)
		switch {
		case !old.Restricted() || old.Name != k.Name || !old.Live(now):
		case overlap == 0:
			old.Ended = instant(now)
		case old.Expires.IsZero() || until.Before(old.Expires):
			old.Expires = until
		}
	}
	e := v.keyChange(no, o.Actor, keys[i].words()+" until "+stamp(instant(now).Add(overlap).UTC()), k.words(), now)
	v.Keys = keys
	v.Keys = append(v.swept(now), k)
	return APIKeyOutcome{Entry: e, Vendor: v, Key: k}, nil
}

// DecideAPIKeyEnd ends a restricted key at once; one that is named by its name, with all its old secrets. It refuses
// with ErrNotFound what names no key.
func DecideAPIKeyEnd(v Vendor, typed string, a Actor, no EntryNo, now time.Time) (out APIKeyOutcome, err error) {
	i, err := v.keyNamed(typed, now)
	if err != nil {
		return out, err
	}
	keys := slices.Clone(v.Keys)
	for j := range keys {
		k := &keys[j]
		if j == i || k.Restricted() && k.Name == typed && k.Live(now) {
			k.Ended = instant(now)
		}
	}
	out.Key, out.Entry = keys[i], v.keyChange(no, a, keys[i].words(), "ended", now)
	v.Keys = keys
	v.Keys = v.swept(now)
	out.Vendor = v
	return out, nil
}

// keyNamed finds a live restricted key by its name or its first characters, the newest first. It refuses with
// ErrNotFound what names none, and with ErrNotAllowed a full key, which the operator makes and ends.
func (v Vendor) keyNamed(typed string, now time.Time) (int, error) {
	for i, k := range slices.Backward(v.Keys) {
		switch {
		case !k.Live(now) || typed == "" || typed != k.Name && typed != k.Hint:
		case !k.Restricted():
			return 0, Refuse(ErrNotAllowed, "Ask the operator for another one.", "A full key is ended by the operator.")
		default:
			return i, nil
		}
	}
	return 0, Refuse(ErrNotFound, "See: shop keys.", "No key is called %s, or it is over.", CleanLine(typed, 40))
}
