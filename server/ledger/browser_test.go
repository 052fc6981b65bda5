package ledger

import (
	"errors"
	"testing"
	"time"
)

// A browser is remembered for 180 days, as long as the key lives that said yes, and ten of them at most.
func TestBrowsersAreRemembered(t *testing.T) {
	u := User{Keys: []Member{{Fingerprint: "SHA256:a"}, {Fingerprint: "SHA256:b"}}}
	for n := range uint64(maxBrowsers + 2) {
		u = u.WithBrowser(n+1, [16]byte{byte(n)}, 3, "SHA256:a", start.Add(time.Duration(n)*time.Minute))
	}
	now := start.Add(time.Hour)
	is(t, "kept", len(u.KnownBrowsers(now)), maxBrowsers)
	is(t, "the oldest went", u.KnownBrowsers(now)[0].Number, uint64(3))
	b, known := u.Browser(12, now)
	is(t, "known", known, true)
	is(t, "secret", b.Keeps([16]byte{11}), true)
	is(t, "other secret", b.Keeps([16]byte{10}), false)

	again := u.WithBrowser(12, [16]byte{99}, 3, "SHA256:b", now)
	is(t, "one number, one browser", len(again.KnownBrowsers(now)), maxBrowsers)
	is(t, "given facts stay", len(u.Browsers), maxBrowsers)

	without, err := u.WithoutBrowser(12, now)
	is(t, "forgotten", err, nil)
	_, known = without.Browser(12, now)
	is(t, "known", known, false)
	if _, err := without.WithoutBrowser(12, now); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgotten twice: %v", err)
	}

	is(t, "before it was added", len(u.KnownBrowsers(start.Add(-day))), 0)
	is(t, "after 180 days", len(u.KnownBrowsers(now.Add(browserLife))), 0)
	u.Keys[0].Ended = now
	is(t, "its key has ended", len(u.KnownBrowsers(now)), 0)
	is(t, "… but not the other", len(again.KnownBrowsers(now)), 1)
	u.Keys = append(u.Keys, Member{Fingerprint: "SHA256:a", Added: now})
	is(t, "its key was added again", len(u.KnownBrowsers(now)), 0)
}
