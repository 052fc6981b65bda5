package ledger

import (
	"net/netip"
	"strconv"
	"testing"
	"time"
)

// keyed is a vendor with one restricted key that writes charges from one network.
func keyed(t *testing.T, now time.Time) (Vendor, APIKey) {
	t.Helper()
	out, err := DecideAPIKey(Vendor{ID: 1}, APIKeyOrder{
		Name: "till", Scopes: []string{"offers:read", "charges:write", "offers:read"}, From: []string{"203.0.113.7/24"},
		Days: 30, Hash: [32]byte{1}, Hint: "rk_test_aaaa",
	}, 7, now)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "change", *out.Entry.Change, Change{Name: "api key", New: "till rk_test_aaaa charges:write offers:read " +
		"from 203.0.113.0/24 until 2026-12-24 09:00 UTC"})
	return out.Vendor, out.Key
}

// A key does what its scopes say, from where it may, for as long as it lasts; a full key does all.
func TestKeyIsJudged(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	_, k := keyed(t, now)
	inside := netip.MustParseAddr("203.0.113.9")
	for _, c := range []struct {
		name, need string
		key        APIKey
		from       netip.Addr
		after      time.Duration
		is         error
	}{
		{"its scope", "charges:write", k, inside, 0, nil},
		{"write includes read", "charges:read", k, inside, 0, nil},
		{"read", "offers:read", k, inside, 0, nil},
		{"read is not write", "offers:write", k, inside, 0, ErrScope},
		{"another resource", "refunds:read", k, inside, 0, ErrScope},
		{"no scope", "", k, inside, 0, ErrScope},
		{"half a scope", ":read", k, inside, 0, ErrScope},
		{"mapped address", "offers:read", k, netip.MustParseAddr("::ffff:203.0.113.9"), 0, nil},
		{"another address", "offers:read", k, netip.MustParseAddr("203.0.114.9"), 0, ErrAddress},
		{"unknown address", "offers:read", k, netip.Addr{}, 0, ErrAddress},
		{"before its end", "offers:read", k, inside, 30*24*time.Hour - time.Microsecond, nil},
		{"expired", "offers:read", k, inside, 30 * 24 * time.Hour, ErrUnauthenticated},
		{"ended", "offers:read", APIKey{Scopes: k.Scopes, Ended: now}, inside, 0, ErrUnauthenticated},
		{"expired and elsewhere", "x", k, netip.Addr{}, 31 * 24 * time.Hour, ErrUnauthenticated},
		{"a full key", "refunds:write", APIKey{}, netip.Addr{}, 0, nil},
		{"a full key without a scope", "", APIKey{}, netip.Addr{}, 0, nil},
	} {
		err := c.key.Judge(c.need, c.from, now.Add(c.after))
		if c.is == nil {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		no := refused(t, err, c.is)
		if c.is == ErrScope {
			is(t, c.name, no.Param, c.need)
		}
		if c.is == ErrUnauthenticated {
			is(t, c.name, no.Error(), RefuseUnauthenticated().Error())
		}
	}
}

// What is asked for is read strictly: each fault names its field.
func TestKeyOrderIsRead(t *testing.T) {
	good := APIKeyOrder{Name: "till", Scopes: []string{"charges:write"}}
	for param, change := range map[string][]func(*APIKeyOrder){
		"name": {
			func(o *APIKeyOrder) { o.Name = "" }, func(o *APIKeyOrder) { o.Name = "rk_test_aaaa" },
			func(o *APIKeyOrder) { o.Name = "full" },
		},
		"scope": {
			func(o *APIKeyOrder) { o.Scopes = nil }, func(o *APIKeyOrder) { o.Scopes = []string{"charges"} },
			func(o *APIKeyOrder) { o.Scopes = []string{"charges:read:write"} },
			func(o *APIKeyOrder) { o.Scopes = []string{":write"} },
			func(o *APIKeyOrder) { o.Scopes = []string{"all:write"} },
		},
		"days": {func(o *APIKeyOrder) { o.Days = -1 }, func(o *APIKeyOrder) { o.Days = MaxAPIKeyDays + 1 }},
		"from": {
			func(o *APIKeyOrder) { o.From = []string{"0.0.0.0/0"} }, func(o *APIKeyOrder) { o.From = []string{"shop"} },
			func(o *APIKeyOrder) { o.From = []string{"::ffff:203.0.113.0/120"} },
			func(o *APIKeyOrder) { o.From = make([]string, maxKeyNetworks+1) },
		},
	} {
		for _, do := range change {
			o := good
			do(&o)
			_, err := DecideAPIKey(Vendor{}, o, 1, time.Now())
			is(t, param, refused(t, err, ErrInvalid).Param, param)
		}
	}
	good.From = []string{"203.0.113.7", "2001:db8::1/32"}
	out, err := DecideAPIKey(Vendor{}, good, 1, time.Now())
	if err != nil || len(out.Key.From) != 2 {
		t.Fatal(out.Key, err)
	}
	is(t, "address", out.Key.From[0], "203.0.113.7/32")
	is(t, "network", out.Key.From[1], "2001:db8::/32")
}

// A key that is rolled works beside the new one for the overlap and no longer; its end ends both.
func TestKeyIsRolled(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	v, k := keyed(t, now)
	o := APIKeyOrder{Hash: [32]byte{2}, Hint: "rk_test_bbbb"}
	refused(t, second(DecideAPIKeyRoll(v, "till", APIKeyOverlap+1, o, 8, now)), ErrInvalid)
	refused(t, second(DecideAPIKeyRoll(v, "nothing", 0, o, 8, now)), ErrNotFound)
	out, err := DecideAPIKeyRoll(v, "till", time.Hour, o, 8, now)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "old", v.Keys[0].Expires, k.Expires) // what was given is not changed
	old, fresh := out.Vendor.Keys[0], out.Vendor.Keys[1]
	is(t, "old until", old.Expires, now.Add(time.Hour))
	is(t, "new until", fresh.Expires, k.Expires)
	is(t, "hint", fresh.Hint, "rk_test_bbbb")
	is(t, "scopes", len(fresh.Scopes), 2)
	ended, err := DecideAPIKeyEnd(out.Vendor, "rk_test_aaaa", Actor{}, 9, now)
	if err != nil || ended.Vendor.Keys[0].Live(now) || !ended.Vendor.Keys[1].Live(now) {
		t.Error("the end of the old secret", ended.Vendor.Keys, err)
	}
	ended, err = DecideAPIKeyEnd(out.Vendor, "till", Actor{}, 9, now)
	if err != nil || ended.Vendor.Keys[0].Live(now) || ended.Vendor.Keys[1].Live(now) {
		t.Error("the end of both", ended.Vendor.Keys, err)
	}
	at, err := DecideAPIKeyRoll(v, "till", 0, o, 8, now)
	if err != nil || at.Vendor.Keys[0].Live(now) {
		t.Error("rolled at once", at.Vendor.Keys, err)
	}
	// Rolled again, also by an older secret: nothing older works longer, and the new one has the end of the newest.
	for _, typed := range []string{"till", "rk_test_aaaa"} {
		again, err := DecideAPIKeyRoll(out.Vendor, typed, 0, APIKeyOrder{Hash: [32]byte{3}, Hint: "rk_test_cccc"}, 9, now)
		if err != nil || again.Vendor.Keys[0].Live(now) || again.Vendor.Keys[1].Live(now) {
			t.Error("rolled again by", typed, again.Vendor.Keys, err)
		}
		is(t, "the end", again.Key.Expires, k.Expires)
	}
}

// A vendor has a bounded number of keys; those that are over are forgotten, a full key never. The operator ends that.
func TestKeysAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	v := Vendor{Keys: []APIKey{{Hint: "sk_test_cccc"}, {Hint: "sk_test_dddd", Ended: now}}}
	add := func(name string) error {
		out, err := DecideAPIKey(v, APIKeyOrder{Name: name, Scopes: []string{"charges:read"}}, 1, now)
		if err == nil {
			v = out.Vendor
		}
		return err
	}
	for i := range MaxAPIKeys - 1 {
		if err := add("k" + strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, add("k0"), ErrState)
	refused(t, add("more"), ErrLimit)
	refused(t, second(DecideAPIKeyRoll(v, "k0", time.Hour, APIKeyOrder{}, 1, now)), ErrLimit)
	refused(t, second(DecideAPIKeyEnd(v, "sk_test_cccc", Actor{}, 1, now)), ErrNotAllowed)
	for range 3 * MaxAPIKeys {
		out, err := DecideAPIKeyEnd(v, "k0", Actor{}, 1, now)
		if err != nil {
			t.Fatal(err)
		}
		v = out.Vendor
		if err := add("k0"); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "keys", len(v.Keys), 1+MaxAPIKeys+maxSpentKeys)
	now = now.Add(APIKeyKept + time.Second)
	out, err := DecideAPIKeyEnd(v, "k1", Actor{}, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "later", len(out.Vendor.Keys), 1+MaxAPIKeys) // the full keys, the live ones, and the one that has ended now
}

// Of the keys that are over those stay listed that ended last, also one that is as old as any.
func TestKeyThatJustEndedIsListed(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	v, first := keyed(t, now)
	for i := range maxSpentKeys + 5 {
		k := first
		k.Hash, k.Hint, k.Name = [32]byte{9, byte(i)}, "rk_test_zz", "other"
		k.Ended = now.Add(time.Duration(i) * time.Minute)
		v.Keys = append(v.Keys, k)
	}
	now = now.Add(time.Hour)
	out, err := DecideAPIKeyEnd(v, "till", Actor{}, 9, now)
	if err != nil {
		t.Fatal(err)
	}
	keys := out.Vendor.Keys
	is(t, "kept", len(keys), maxSpentKeys)
	is(t, "the one that ended last", keys[0].Hash, first.Hash)
	is(t, "the oldest other", keys[1].Hash, [32]byte{9, 6})
}
