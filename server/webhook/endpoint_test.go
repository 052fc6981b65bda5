package webhook

import (
	"strings"
	"testing"

	"tuppence/server/view"
	"tuppence/store"
)

// Two endpoints that take the same events at one address are told so, whoever looks at which of them, until one of them
// is disabled, moved or removed. Those that share no event are not.
func TestSameEventsTwice(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	by, u, elsewhere := f.vendor("a"), "https://shop.example/hook", "https://shop.example/other"
	create := func(types ...string) view.Endpoint {
		e, err := f.Create(f.ctx, by, Settings{URL: &u, Events: &types})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	change := func(e view.Endpoint, q Settings) {
		if _, err := f.Change(f.ctx, by, f.number(e), q); err != nil {
			t.Fatal(err)
		}
	}
	doubled := func(when string, want ...bool) {
		t.Helper()
		all, err := f.Endpoints(f.ctx, by)
		if err != nil || len(all) != len(want) {
			t.Fatalf("%s: %d endpoints, want %d (%v)", when, len(all), len(want), err)
		}
		for i, e := range all {
			if one, err := f.Endpoint(f.ctx, by, f.number(e)); err != nil || one.Warning != e.Warning {
				t.Errorf("%s: alone it says %q, in the list %q (%v)", when, one.Warning, e.Warning, err)
			}
			if got := strings.Contains(e.Warning, "come twice"); got != want[i] {
				t.Errorf("%s: endpoint %d says %q", when, i, e.Warning)
			}
		}
	}
	sales, links := create("charge.succeeded", "charge.refunded"), create("link.created")
	doubled("different events", false, false)
	all := create()
	if !strings.Contains(all.Warning, sales.ID) || all.Secret == "" {
		t.Errorf("the third is made with the warning %q", all.Warning)
	}
	doubled("all events beside them", true, true, true)
	change(all, Settings{Status: "disabled"})
	doubled("that one disabled", false, false, false)
	change(all, Settings{Status: "live"})
	doubled("live again", true, true, true)
	change(all, Settings{URL: &elsewhere})
	doubled("elsewhere", false, false, false)
	change(links, Settings{Events: &[]string{"charge.refunded"}})
	doubled("an event of both", true, true, false)
	if err := f.Remove(f.ctx, by, f.number(links)); err != nil {
		t.Fatal(err)
	}
	doubled("removed", false, false)
}
