package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// A view replaces the one with its name; what is too much, too long or of no list is refused and changes nothing.
func TestViewsAreBounded(t *testing.T) {
	var u User
	var err error
	save := func(v SavedView) {
		t.Helper()
		if u, err = u.WithView(v); err != nil {
			t.Fatal(err)
		}
	}
	save(SavedView{Name: " big \x1b[2J ones ", Place: "history", Filter: "amount>1"})
	if got := u.Views[0].Name; strings.ContainsRune(got, '\x1b') || got != strings.TrimSpace(got) {
		t.Errorf("the name is %q", got)
	}
	for i := range MaxViews - 1 {
		save(SavedView{Name: fmt.Sprint(i), Place: "vendors"})
	}
	save(SavedView{Name: "3", Place: "history", Sort: "-amount"})
	if n := len(u.Views); n != MaxViews || u.Views[n-1].Sort != "-amount" {
		t.Errorf("%d views, the last is %+v", n, u.Views[n-1])
	}
	for _, c := range []struct {
		v    SavedView
		want error
	}{
		{SavedView{Name: "one more", Place: "history"}, ErrState},
		{SavedView{Name: "", Place: "history"}, ErrInvalid},
		{SavedView{Name: strings.Repeat("é", 41), Place: "history"}, ErrInvalid},
		{SavedView{Name: "3", Place: "nowhere"}, ErrInvalid},
		{SavedView{Name: "3", Place: "history", Filter: strings.Repeat("x", 201)}, ErrInvalid},
		{SavedView{Name: "3", Place: "history", Columns: strings.Repeat("x", 201)}, ErrInvalid},
	} {
		if after, err := u.WithView(c.v); !errors.Is(err, c.want) || len(after.Views) != MaxViews {
			t.Errorf("%+v: %v", c.v, err)
		}
	}
	if left, err := u.WithoutView("3"); err != nil || len(left.Views) != MaxViews-1 || len(u.Views) != MaxViews {
		t.Errorf("%d views are left: %v", len(left.Views), err)
	}
	if _, err := u.WithoutView("nobody"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := (User{}).WithView(SavedView{Name: strings.Repeat("é", 40), Place: "history"}); err != nil {
		t.Error(err)
	}
}
