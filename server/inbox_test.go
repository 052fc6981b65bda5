package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// sellsIce are the terms of a file.
func sellsIce(title string, cents int64) *view.ShopOfferOrder {
	price, none := eur(cents), ""
	views, hours, days := uint32(2), uint32(0), uint32(0)
	return &view.ShopOfferOrder{
		Title: &title, Description: &none, Price: &price, Views: &views, Hours: &hours, Days: &days,
	}
}

// TestFileIsSoldWithoutAServer puts a file for a vendor that has no site: it is bought and opened from here, is one
// offer however often it is put, and the next version once something has changed.
func TestFileIsSoldWithoutAServer(t *testing.T) {
	f := newFixture(t)
	if _, err := f.VendorCreate(f.ctx, f.operator, view.VendorRequest{Name: "acme"}); err != nil {
		t.Fatal(err)
	}
	owner := f.owner("acme", "nora")
	file := func(text string, o *view.ShopOfferOrder) view.InboxOffer {
		t.Helper()
		out, err := f.ShopInboxPut(f.ctx, owner, view.InboxFile{
			Name: "ice.md", Order: o, Type: "text/markdown", Content: []byte(text),
		})
		if err != nil {
			t.Fatal(err)
		}
		f.time.Pass(time.Second)
		return out
	}
	first := file("# Ice", sellsIce("Ice", 40))
	if first.Version != 1 || first.ContentURL != "" || first.Size != 5 || first.Name != "ice.md" {
		t.Errorf("first: %+v", first)
	}
	before := len(f.rows())
	again := file("# Ice", sellsIce("Ice", 40))
	if again.Version != 1 || again.ID != first.ID || len(f.rows()) != before {
		t.Errorf("the same again: %+v, %d rows of %d", again, len(f.rows()), before)
	}
	ann := f.funded("ann", eur(500))
	got, err := f.Get(f.ctx, ann, view.Get{Of: first.ID})
	if err != nil || got.Paid != eur(40) || got.Text != "# Ice" {
		t.Fatalf("got %+v, %v", got, err)
	}
	f.time.Pass(openFor)
	if page, err := f.Shelf(f.ctx, ann, view.Paging{}); err != nil || len(page.Data) != 1 || page.Data[0].Size != 5 {
		t.Errorf("the buyer's files: %+v, %v", page, err)
	}
	if next := file("# More ice", nil); next.Version != 2 || next.ID != first.ID || next.Title != "Ice" {
		t.Errorf("another text: %+v", next)
	}
	if next := file("# More ice", sellsIce("Ice", 50)); next.Version != 3 || next.Price != eur(50) {
		t.Errorf("another price: %+v", next)
	}
	if out, err := f.OpenContent(f.ctx, ann, got.ID); err != nil || out.Text != "# Ice" {
		t.Errorf("what was bought: %+v, %v", out, err)
	}
	all, more, err := f.ShopInbox(f.ctx, owner)
	if err != nil || more || len(all) != 1 || all[0].Version != 3 {
		t.Errorf("inbox: %+v, %v, %v", all, more, err)
	}
	if text, err := f.ShopInboxRead(f.ctx, owner, first.ID); err != nil || string(text) != "# More ice" {
		t.Errorf("read %q, %v", text, err)
	}
	l, err := f.ShopStaticLink(f.ctx, owner, first.ID)
	if err != nil || !strings.HasPrefix(l.URL, "https://pay.example/b/"+first.ID) || l.Version != 3 {
		t.Errorf("link %+v, %v", l, err)
	}
	log, err := f.TeamLog(f.ctx, owner, view.Paging{})
	if n := strings.Count(logged(log), "shop inbox"); err != nil || n != 3 {
		t.Errorf("%d lines of the log are of the inbox, want one for each version: %v", n, err)
	}
	f.clean()
}

func logged(log view.Page[view.TeamAct]) (text string) {
	for _, a := range log.Data {
		text += a.Act + "\n"
	}
	return text
}

// TestInboxRefuses refuses who may not change offers, a suspended vendor, what has no terms, and content that would
// open nowhere. Nothing is left of what was refused.
func TestInboxRefuses(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("acme")
	owner := f.owner("acme", "nora")
	ice := view.InboxFile{Name: "ice.md", Order: sellsIce("Ice", 40), Type: "text/markdown", Content: []byte("# Ice")}
	for _, role := range []ledger.TeamRole{ledger.TeamFinance, ledger.TeamRead} {
		other := f.teamed(owner, string(role), role)
		f.refused(ledger.ErrNotAllowed, func() error { return errOf(f.ShopInboxPut(f.ctx, other, ice)) })
	}
	f.refused(ledger.ErrNotAllowed, func() error { return errOf(f.ShopInboxPut(f.ctx, caller("bob"), ice)) })
	before := len(f.rows())
	for _, change := range []func(*view.InboxFile){
		func(q *view.InboxFile) { q.Order = nil },
		func(q *view.InboxFile) { q.Order = sellsIce("", 40) },
		func(q *view.InboxFile) { q.Order = sellsIce("Ice", 0) },
		func(q *view.InboxFile) { q.Content = nil },
		func(q *view.InboxFile) { q.Content = make([]byte, ledger.MaxContent+1) },
		func(q *view.InboxFile) { q.Type = "application/x-sh" },
	} {
		q := ice
		change(&q)
		f.refused(ledger.ErrInvalid, func() error { return errOf(f.ShopInboxPut(f.ctx, owner, q)) })
	}
	if len(f.rows()) != before {
		t.Error("what was refused has left rows")
	}
	out, err := f.ShopInboxPut(f.ctx, owner, ice)
	if err != nil {
		t.Fatal(err)
	}
	id, err := f.seal.OpenOffer(out.ID)
	if err != nil {
		t.Fatal(err)
	}
	s := &Seller{s: f.Server, ID: v.ID}
	f.refused(ledger.ErrState, func() error { return s.DropContent(f.ctx, id) })
	gone := strings.Repeat("0", 64)
	f.refused(ledger.ErrInvalid, func() error {
		_, _, err := s.ChangeOffer(f.ctx, Request{}, id, func(o *ledger.Offer) { o.SHA256 = gone })
		return err
	})
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.ShopInboxRead(f.ctx, owner, "ofr_none")) })
	f.vendor("other")
	max := f.owner("other", "max")
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.ShopInboxRead(f.ctx, max, out.ID)) })
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.ShopStaticLink(f.ctx, max, out.ID)) })
	if _, err := f.VendorSuspend(f.ctx, f.operator, "acme", "gone"); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { return errOf(f.ShopInboxPut(f.ctx, owner, ice)) })
}

// TestInlineOfferNeedsItsURL refuses a request with an offer of its own that names content which is kept here, and no
// address: no version of an offer would say what opens, so it would be paid for and never open.
func TestInlineOfferNeedsItsURL(t *testing.T) {
	f, s, id, _ := newEscrow(t)
	if _, err := s.LeaveContent(f.ctx, id, "text/plain", []byte("ice")); err != nil {
		t.Fatal(err)
	}
	o := f.newest(id)
	o.ContentURL, o.ID, o.Version = "", ledger.OfferID{}, 0
	f.refused(ledger.ErrInvalid, func() error {
		_, _, err := s.CreateCheckout(f.ctx, Request{Key: "k", Fingerprint: fingerprint("k")}, CheckoutOrder{Offer: o})
		return err
	})
	if _, _, err := s.CreateOffer(f.ctx, Request{}, o); err != nil { // its version says it
		t.Error(err)
	}
}

// TestLargeFileIsOneAct puts a file of several parts: one line of the log, and the whole of it.
func TestLargeFileIsOneAct(t *testing.T) {
	f := newFixture(t)
	f.vendor("acme")
	owner := f.owner("acme", "nora")
	q := view.InboxFile{
		Name: "ice.txt", Order: sellsIce("Ice", 40), Type: "text/plain",
		Content: []byte(strings.Repeat("ice ", ledger.MaxContent/4)),
	}
	out, err := f.ShopInboxPut(f.ctx, owner, q)
	if err != nil || out.Size != ledger.MaxContent {
		t.Fatalf("%d bytes, %v", out.Size, err)
	}
	log, err := f.TeamLog(f.ctx, owner, view.Paging{})
	if n := strings.Count(logged(log), "shop inbox"); err != nil || n != 1 {
		t.Errorf("%d lines, %v", n, err)
	}
	text, err := f.ShopInboxRead(f.ctx, owner, out.ID)
	if err != nil || string(text) != string(q.Content) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
