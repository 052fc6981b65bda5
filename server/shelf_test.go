package server

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// TestShelf lists purchases as files: the size of what the vendor has left here is known, that of what is fetched from
// its site once it was opened. What is used up stays for as long as it opens again.
func TestShelf(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("acme")
	_, offer := f.opensAt(v, ledger.Bounds{Views: 1})
	ann := f.funded("ann", eur(500))
	id := f.buysOffer(ann, v, offer)
	shelf := func() []view.ShelfItem {
		t.Helper()
		page, err := f.Shelf(f.ctx, ann, view.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Data
	}
	if all := shelf(); len(all) != 1 || all[0].Size != 0 || all[0].Type != "" || all[0].Grant.ViewsUsed != 0 {
		t.Errorf("unopened: %+v", all)
	}
	out, err := f.OpenContent(f.ctx, ann, id)
	if err != nil {
		t.Fatal(err)
	}
	if all := shelf(); len(all) != 1 || all[0].Size != out.Size || all[0].ID != id || all[0].Title != "Ice" {
		t.Errorf("opened: %+v", all)
	}
	if page, _ := f.Library(f.ctx, ann, view.Paging{}); len(page.Data) != 0 {
		t.Errorf("used up, and listed: %+v", page.Data)
	}
	if _, err := f.OpenContent(f.ctx, ann, id); err != nil {
		t.Error(err)
	}
	f.time.Pass(openFor)
	if all := shelf(); len(all) != 0 {
		t.Errorf("over: %+v", all)
	}
	f.refused(ledger.ErrNotJoined, func() error { return errOf(f.Shelf(f.ctx, caller("bob"), view.Paging{})) })
}

// TestShelfKnowsACopy reads the type and the size of a copy that the vendor has left.
func TestShelfKnowsACopy(t *testing.T) {
	f, s, id, ann := newEscrow(t)
	if _, err := s.LeaveContent(f.ctx, id, "text/markdown", []byte("# Ice")); err != nil {
		t.Fatal(err)
	}
	f.time.Pass(time.Minute)
	f.buysOffer(ann, f.sellerOf(s), f.newest(id))
	page, err := f.Shelf(f.ctx, ann, view.Paging{})
	if err != nil || len(page.Data) != 1 || page.Data[0].Size != 5 || page.Data[0].Type != "text/markdown" {
		t.Errorf("%+v, %v", page, err)
	}
}
