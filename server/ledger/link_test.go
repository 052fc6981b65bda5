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
		r.Currency, r.Confirmed = "EUR", true
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
	is(t, "silent", l.Active(start), true)
	is(t, "silent at the end", l.Active(start.Add(time.Hour)), false)
	l = end(true)
	is(t, "blocked", l.Status, LinkBlocked)
	_, err = DecideUnlink(UnlinkOrder{Currency: "EUR", Block: true}, f, start)
	refused(t, err, ErrState)
	_, err = DecideUnlink(UnlinkOrder{Currency: "EUR"}, f, start)
	refused(t, err, ErrState)
	is(t, "given again", give(LinkOrder{}).ID.Generation, 3)
	f.Link = nil
	is(t, "a vendor never seen is blocked", end(true).Status, LinkBlocked)
	is(t, "no link is silent", (*Link)(nil).Active(start), false)
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
				r := LinkOrder{Currency: "EUR", Total: rapid.Int64Range(0, 9).Draw(t, "total"), Confirmed: true}
				if rapid.Bool().Draw(t, "for a day") {
					r.Expires = now.Add(day)
				}
				out, err = DecideLink(r, f, now)
				must(t, err)
				is(t, "silent", out.Link.Active(now), true)
				fresh := was == nil || !was.Active(now)
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
				is(t, "silent", out.Link.Active(now), false)
			}
			f.Link = &out.Link
		}
	})
}

func ExampleDecideUnblock() {
	f := LinkFacts{No: 9, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Name: "news", Status: VendorActive}}
	blocked, _ := DecideUnlink(UnlinkOrder{Currency: "EUR", Block: true}, f, start)
	f.Link = &blocked.Link
	out, err := DecideUnblock(UnblockOrder{Currency: "EUR"}, f, start)
	fmt.Println(out.Entry.Change.Old, "->", out.Entry.Change.New, err)
	f.Link = &out.Link
	_, err = DecideUnblock(UnblockOrder{Currency: "EUR"}, f, start)
	fmt.Println(err)
	// Output:
	// blocked -> known <nil>
	// This vendor is not blocked. There is nothing to take back.
}

// A block that is taken back leaves the relation as it was, but for a permission: that one ended, and nothing gives it
// again but a new one. For the vendor nothing tells a block from an end.
func TestUnblockRestoresTheRelation(t *testing.T) {
	f := LinkFacts{No: 5, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Name: "news", Status: VendorActive}}
	for was, want := range map[LinkStatus]LinkStatus{
		LinkKnown: LinkKnown, LinkActive: LinkRevoked, LinkRevoked: LinkRevoked,
	} {
		l := Link{
			ID: LinkID{User: 7, Vendor: 3, Currency: "EUR", Generation: 2}, Status: was, Limits: Limits{1, 2, 3, 4},
			Total: 9, Sum: 5, Paid: 8, Count: 3, Since: 4, Created: start,
		}
		f.Link = &l
		blocked, err := DecideUnlink(UnlinkOrder{Currency: "EUR", Block: true}, f, start)
		must(t, err)
		is(t, "given, while it is blocked", blocked.Link.Given(), was != LinkKnown)
		f.Link = &blocked.Link
		out, err := DecideUnblock(UnblockOrder{Currency: "EUR"}, f, start.Add(time.Hour))
		must(t, err)
		is(t, "kind", out.Entry.Kind, KindUnblock)
		is(t, "silent", out.Link.Active(start), false)
		l.Status = want
		is(t, LinkWord(was)+" and back", out.Link, l)
	}
	// An earlier program did not keep what was before: a permission may have been, so it is one that has ended.
	f.Link = &Link{Status: LinkBlocked}
	out, err := DecideUnblock(UnblockOrder{Currency: "EUR"}, f, start)
	must(t, err)
	is(t, "blocked by an earlier program", out.Link.Status, LinkRevoked)
	for _, other := range []LinkStatus{LinkKnown, LinkActive, LinkRevoked} {
		f.Link = &Link{Status: other}
		_, err := DecideUnblock(UnblockOrder{Currency: "EUR"}, f, start)
		refused(t, err, ErrState)
	}
}

// Bounds at a vendor become looser by a new permission only if that is confirmed, also those of one that has ended:
// they hold for what is approved, too. The refusal names each.
func TestLooserPermissionIsConfirmed(t *testing.T) {
	f := LinkFacts{No: 5, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Name: "news", Status: VendorActive}}
	f.Link = &Link{Status: LinkRevoked, Limits: Limits{Unit, NoLimit, NoLimit, 5 * Unit}, Total: Unit}
	r := LinkOrder{Currency: "EUR", Limits: Limits{2 * Unit, Unit, NoLimit, NoLimit}, Total: NoLimit}
	_, err := DecideLink(r, f, start)
	no := refused(t, err, ErrConfirm)
	is(t, "words", no.Detail,
		"This loosens what may be spent at news: purchase 1.00 EUR → 2.00 EUR, month 5.00 EUR → none.")
	r.Confirmed = true
	_, err = DecideLink(r, f, start)
	must(t, err)
	r.Confirmed, r.Limits = false, Limits{Unit, Unit, Unit, Unit}
	_, err = DecideLink(r, f, start)
	must(t, err)
	// While the permission stands, its total is such a bound.
	f.Link = &Link{Status: LinkActive, Limits: noLimits(), Total: Unit}
	_, err = DecideLink(LinkOrder{Currency: "EUR", Limits: noLimits(), Total: 2 * Unit}, f, start)
	is(t, "total", refused(t, err, ErrConfirm).Detail,
		"This loosens what may be spent at news: total 1.00 EUR → 2.00 EUR.")
}
