package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// newEscrow is a service with a vendor that sells an article from its catalogue, and whose site answers nobody.
func newEscrow(t *testing.T) (f *fixture, s *Seller, id ledger.OfferID, ann view.Caller) {
	t.Helper()
	f = newFixture(t)
	v, _ := f.vendor("acme")
	shop, offer := f.opensAt(v, ledger.Bounds{Views: 5})
	shop.Close()
	s = &Seller{s: f.Server, ID: v.ID}
	made, _, err := s.CreateOffer(f.ctx, Request{}, offer)
	if err != nil {
		t.Fatal(err)
	}
	if id, err = f.seal.OpenOffer(made.ID); err != nil {
		t.Fatal(err)
	}
	return f, s, id, f.funded("ann", eur(5000))
}

// newest is the version of an offer that is sold now.
func (f *fixture) newest(id ledger.OfferID) (o ledger.Offer) {
	f.t.Helper()
	f.read(func(r books.Reader) (err error) {
		o, _, err = r.Offer(id, 0)
		return err
	})
	return o
}

// sellerOf is the vendor of a seller.
func (f *fixture) sellerOf(s *Seller) (v ledger.Vendor) {
	f.t.Helper()
	f.read(func(r books.Reader) (err error) {
		v, _, err = r.Vendor(s.ID)
		return err
	})
	return v
}

// opens opens a purchase and returns its bytes.
func (f *fixture) opens(who view.Caller, sale string) string {
	f.t.Helper()
	out, err := f.OpenContent(f.ctx, who, sale)
	if err != nil {
		f.t.Fatal(err)
	}
	b, err := base64.StdEncoding.DecodeString(out.Content)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(b)
}

// TestCopiesOutliveTheirVendor opens what a vendor has left here, while its site is down and after it was suspended.
// Each buyer opens what was sold to them; who bought before anything was left depends on the site.
func TestCopiesOutliveTheirVendor(t *testing.T) {
	f, s, id, ann := newEscrow(t)
	early := f.buysOffer(ann, f.sellerOf(s), f.newest(id))
	f.refused(ledger.ErrUnavailable, func() error { _, err := f.OpenContent(f.ctx, ann, early); return err })

	first, second := strings.Repeat("ice ", 150_000), "It floats."
	sales := map[string]string{}
	for _, text := range []string{first, second} {
		if _, err := s.LeaveContent(f.ctx, id, "text/plain", []byte(text)); err != nil {
			t.Fatal(err)
		}
		sales[text] = f.buysOffer(ann, f.sellerOf(s), f.newest(id))
	}
	if err := s.DropContent(f.ctx, id); err != nil {
		t.Fatal(err)
	}
	late := f.buysOffer(ann, f.sellerOf(s), f.newest(id))
	f.suspends(s)
	for text, sale := range sales {
		if got := f.opens(ann, sale); got != text {
			t.Errorf("opened %d bytes, sold %d", len(got), len(text))
		}
	}
	for _, sale := range []string{early, late} {
		f.refused(ledger.ErrUnavailable, func() error { _, err := f.OpenContent(f.ctx, ann, sale); return err })
	}
	f.clean()
}

// TestACopyIsKeptOnce leaves the same content for two offers and again: it counts once, and posts no version twice.
func TestACopyIsKeptOnce(t *testing.T) {
	f, s, id, _ := newEscrow(t)
	o := f.newest(id)
	made, _, err := s.CreateOffer(f.ctx, Request{}, o)
	if err != nil {
		t.Fatal(err)
	}
	other, err := f.seal.OpenOffer(made.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []ledger.OfferID{id, other, id, other} {
		out, err := s.LeaveContent(f.ctx, at, "text/plain", []byte("ice"))
		if err != nil || out.Version != f.newest(at).Version || out.Size != 3 {
			t.Fatalf("%d: %+v, %v", i, out, err)
		}
		f.time.Pass(time.Minute)
	}
	if v := f.sellerOf(s); f.newest(id).Version != 2 || f.newest(other).Version != 2 || v.Kept != 4<<10 {
		t.Errorf("versions %d and %d, %d bytes kept", f.newest(id).Version, f.newest(other).Version, v.Kept)
	}
	f.clean()
}

// TestCopiesAreBounded leaves content until a vendor has all that is kept for one. What is refused leaves nothing.
func TestCopiesAreBounded(t *testing.T) {
	f, s, id, _ := newEscrow(t)
	page := bytes.Repeat([]byte("x"), ledger.MaxContent)
	for i := range 64 {
		page[0] = byte(i)
		f.time.Pass(time.Minute)
		if _, err := s.LeaveContent(f.ctx, id, "text/plain", page); err != nil {
			t.Fatal(i, err)
		}
	}
	before := f.rows()
	f.refused(ledger.ErrLimit, func() error { _, err := s.LeaveContent(f.ctx, id, "text/plain", []byte("x")); return err })
	if len(f.rows()) != len(before) {
		t.Error("content that was refused has left rows")
	}
	page[0] = 7 // what is there is named again
	if _, err := s.LeaveContent(f.ctx, id, "text/plain", page); err != nil {
		t.Error(err)
	}
	f.clean()
}

// TestContentIsLeftWholeOrNotAtAll ends a vendor's call between the parts: nothing names them, and the same call later
// goes on. While one is under way another waits.
func TestContentIsLeftWholeOrNotAtAll(t *testing.T) {
	f, s, id, ann := newEscrow(t)
	text := bytes.Repeat([]byte("ice "), 200_000)
	ctx, cancel := context.WithCancel(f.ctx)
	parts := books.ContentParts(text)
	c, err := ledger.NewCopy(s.ID, "text/plain", text, f.clock())
	if err != nil {
		t.Fatal(err)
	}
	f.write(func(tx books.Tx) error {
		return errors.Join(s.begin(tx, id, &c), tx.PutCopyPart(s.ID, c.SHA256, 0, parts[0]))
	})
	cancel()
	if _, err := s.LeaveContent(ctx, id, "text/plain", text); err == nil {
		t.Error("left by a caller who has gone")
	}
	if f.newest(id).SHA256 != "" || f.sellerOf(s).Kept != uint64(len(text)) {
		t.Error("half content is named, or not counted")
	}
	f.clean()
	leave, err := s.leaving()
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrRate, func() error { _, err := s.LeaveContent(f.ctx, id, "text/plain", text); return err })
	leave()
	if _, err := s.LeaveContent(f.ctx, id, "text/plain", text); err != nil {
		t.Fatal(err)
	}
	if got := f.opens(ann, f.buysOffer(ann, f.sellerOf(s), f.newest(id))); got != string(text) {
		t.Errorf("opened %d bytes of %d", len(got), len(text))
	}
	if f.sellerOf(s).Kept != uint64(len(text)) {
		t.Error("what was left in two calls counts twice")
	}
	f.clean()
}
