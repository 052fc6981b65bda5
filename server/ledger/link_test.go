package ledger

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleDecideLink() {
	f := LinkFacts{No: 5, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Name: "news", Status: VendorActive}}
	out, err := DecideLink(LinkOrder{Currency: "EUR", Limits: Limits{PerDay: 2 * Unit}}, f, start)
	fmt.Println(out.Entry.Change.New, out.Link.ID.Generation, out.Link.Limits.PerDay, out.Link.Total, err)
	// Output: active 1 2000000 -1 <nil>
}

func TestLinkLife(t *testing.T) {
	f := LinkFacts{No: 5, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Name: "news", Status: VendorActive}}
	fresh := false
	give := func(r LinkOrder) Link {
		t.Helper()
		r.Currency = "EUR"
		out, err := DecideLink(r, f, start)
		must(t, err)
		f.Link = &out.Link
		is(t, "currency of the change", out.Entry.Change.Currency, "EUR")
		fresh = out.Entry.Change.Fresh
		return out.Link
	}
	end := func(block bool) Link {
		t.Helper()
		out, err := DecideUnlink(UnlinkOrder{Currency: "EUR", Block: block}, f, start)
		must(t, err)
		f.Link = &out.Link
		return out.Link
	}
	l := give(LinkOrder{Limits: Limits{Unit, 0, NoLimit, 5 * Unit}, Total: 9 * Unit})
	is(t, "a first permission is a new one", fresh, true)
	is(t, "limits", l.Limits, Limits{Unit, NoLimit, NoLimit, 5 * Unit})
	f.Link.Sum, f.Link.Count = 3*Unit, 12
	f.Link.Spent = Counters{}.add(3*Unit, periodsAt(start, nil))
	l = give(LinkOrder{Total: 4 * Unit}) // other bounds of the same permission
	is(t, "other bounds are a new permission", fresh, false)
	is(t, "generation", l.ID.Generation, 1)
	is(t, "sum", l.Sum, 3*Unit)
	l = end(false)
	is(t, "status", l.Status, LinkRevoked)
	_, err := DecideUnlink(UnlinkOrder{Currency: "EUR"}, f, start)
	refused(t, err, ErrState)
	l = give(LinkOrder{Expires: start.Add(time.Hour)})
	is(t, "a permission after an end is a new one", fresh, true)
	is(t, "next generation", l.ID.Generation, 2)
	is(t, "fresh sum", l.Sum, 0)
	is(t, "the day goes on", l.Spent.Day.Spent, 3*Unit)
	is(t, "purchases", l.Count, 12)
	is(t, "silent", l.silent(start), true)
	is(t, "silent at the end", l.silent(start.Add(time.Hour)), false)
	l = end(true)
	is(t, "blocked", l.Status, LinkBlocked)
	_, err = DecideUnlink(UnlinkOrder{Currency: "EUR", Block: true}, f, start)
	refused(t, err, ErrState)
	_, err = DecideUnlink(UnlinkOrder{Currency: "EUR"}, f, start)
	refused(t, err, ErrState)
	is(t, "given again", give(LinkOrder{}).ID.Generation, 3)
	f.Link = nil
	is(t, "a vendor never seen is blocked", end(true).Status, LinkBlocked)
	is(t, "no link is silent", (*Link)(nil).silent(start), false)
}

func TestLinkRefuses(t *testing.T) {
	good := LinkFacts{No: 5, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Status: VendorActive}}
	for _, c := range []struct {
		want error
		do   func(*LinkOrder, *LinkFacts)
	}{
		{ErrFrozen, func(_ *LinkOrder, f *LinkFacts) { f.User.Status = UserFrozen }},
		{ErrNotAllowed, func(_ *LinkOrder, f *LinkFacts) { f.Vendor.Status = VendorSuspended }},
		{ErrInvalid, func(r *LinkOrder, _ *LinkFacts) { r.Currency = "" }},
		{ErrInvalid, func(r *LinkOrder, _ *LinkFacts) { r.Expires = start }},
		{ErrInvalid, func(r *LinkOrder, _ *LinkFacts) { r.Limits.PerWeek = -2 }},
		{ErrInvalid, func(r *LinkOrder, _ *LinkFacts) { r.Total = MaxMicros + 1 }},
	} {
		r, f := LinkOrder{Currency: "EUR"}, good
		c.do(&r, &f)
		_, err := DecideLink(r, f, start)
		refused(t, err, c.want)
	}
}

func ExampleDecideUnlink() {
	l := Link{ID: LinkID{7, 3, "EUR", 1}, Status: LinkActive}
	f := LinkFacts{
		No:     6,
		User:   User{ID: 7, Status: UserActive},
		Vendor: Vendor{ID: 3, Name: "news", Status: VendorActive},
		Link:   &l,
	}
	out, err := DecideUnlink(UnlinkOrder{Currency: "EUR"}, f, start)
	fmt.Println(out.Entry.Change.Old, "->", out.Entry.Change.New, err)
	f.Link = &out.Link
	_, err = DecideUnlink(UnlinkOrder{Currency: "EUR"}, f, start)
	fmt.Println(err)
	// Output:
	// active -> revoked <nil>
	// This vendor has no permission to charge without asking. There is nothing to end.
}

// Whatever happens to a link, its name is new with each new permission, and only an active one lets the vendor charge.
func TestEachPermissionHasItsName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := LinkFacts{No: 5, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Status: VendorActive}}
		now, permissions := start, map[uint32]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 48).Draw(t, "hours")) * time.Hour)
			was := f.Link
			var out LinkOutcome
			var err error
			if rapid.Bool().Draw(t, "allow") {
				r := LinkOrder{Currency: "EUR", Total: rapid.Int64Range(0, 9).Draw(t, "total")}
				if rapid.Bool().Draw(t, "for a day") {
					r.Expires = now.Add(day)
				}
				out, err = DecideLink(r, f, now)
				must(t, err)
				is(t, "silent", out.Link.silent(now), true)
				fresh := was == nil || !was.silent(now)
				is(t, "fresh", out.Entry.Change.Fresh, fresh)
				if fresh == permissions[out.Link.ID.Generation] {
					t.Fatalf("fresh is %v, but generation %d was given before: %v", fresh, out.Link.ID.Generation, permissions)
				}
				permissions[out.Link.ID.Generation] = true
			} else {
				out, err = DecideUnlink(UnlinkOrder{Currency: "EUR", Block: rapid.Bool().Draw(t, "block")}, f, now)
				if err != nil {
					refused(t, err, ErrState)
					continue
				}
				is(t, "silent", out.Link.silent(now), false)
			}
			f.Link = &out.Link
		}
	})
}
