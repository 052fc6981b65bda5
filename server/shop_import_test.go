package server

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// exported is the catalogue of the vendor as shop export prints it.
func (s *selling) exported(who view.Caller) []byte {
	s.t.Helper()
	p, err := s.ShopOffers(s.ctx, who, view.Paging{Limit: view.MaxRows})
	if err != nil {
		s.t.Fatal(err)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := append([][]string{view.CatalogueColumns}, view.Map(p.Data, view.Offer.Cells)...)
	if err := w.WriteAll(rows); err != nil {
		s.t.Fatal(err)
	}
	return b.Bytes()
}

// What is exported and imported untouched changes nothing, whatever the texts of the offers are.
func TestUntouchedCatalogueChangesNothing(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	for _, text := range []string{
		"Rivers; -5 % today", "a;=b", "=x", "'=x", "''=x", "'", "''", "' -x", "'tis the season", "\uff1dx", "\"=x\"",
		"a, \"b\"", "one\ntwo", "one\n\n=two", "-1", "@home", "| x", "% x", " '=x", "'\"=x", "caf\u00e9 \U0001f600",
	} {
		_, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
			Title: text, Description: text, Kind: ledger.Content, Price: ledger.Amount{Micros: 250_001, Currency: "EUR"},
			ContentURL: "https://news.example/a;@b?n=4111111111111111",
			Bounds:     ledger.Bounds{Views: 3, Expires: s.time.Now().Add(1500 * time.Millisecond)},
		})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	s.retires(s.offer.ID)
	s.time.Pass(time.Hour) // what has expired could not be posted again, and is not
	file := s.exported(nora)
	d, err := s.ShopImport(s.ctx, nora, file, "")
	if err != nil || len(d.Rows) != 0 || d.Mark != "" {
		t.Fatalf("an untouched file changes %+v, %v", d, err)
	}
}

// What is exported of one offer and imported as another makes the same offer, of texts of any parts.
func TestImportReadsWhatExportPrints(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	parts := []string{
		"'", "''", " ", "\"", "=", "+", "-", "@", "|", "%", "\uff1d", "x", ";", ",", "\n", "\r\n", "\\.",
		"#", "caf\u00e9", "\u200d", "7",
	}
	random := rand.New(rand.NewPCG(1, 2))
	text := func() (all string) {
		for range 1 + random.IntN(6) {
			all += parts[random.IntN(len(parts))]
		}
		return all
	}
	s.retires(s.offer.ID)
	for range 100 {
		_, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
			Title: "x" + text(), Description: text(), Kind: ledger.Content, Price: eur(1 + random.Int64N(999)),
			ContentURL: "https://news.example/a;'=@b", Bounds: ledger.Bounds{Days: random.Uint32N(3)},
		})
		if err != nil {
			t.Fatal(err)
		}
		title := text() // the first of a title, too
		o, err := s.ShopOffers(s.ctx, nora, view.Paging{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(title) == "" || ledger.CleanLine(title, 120) == "" {
			continue
		}
		if _, err := s.ShopOfferChange(s.ctx, nora, o.Data[0].ID, view.ShopOfferOrder{Title: &title}); err != nil {
			t.Fatal(err)
		}
	}
	had := s.exported(nora)
	rows, err := csv.NewReader(bytes.NewReader(had)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(rows[1:]) // the list begins with the newest, and a file is posted from its first line on
	for _, row := range rows[1:] {
		row[0] = ""
	}
	var file bytes.Buffer
	if err := csv.NewWriter(&file).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	d, err := s.ShopImport(s.ctx, nora, file.Bytes(), "")
	if err != nil || d.Added != 101 {
		t.Fatalf("%d new offers, %v", d.Added, err)
	}
	if _, err := s.ShopImport(s.ctx, nora, file.Bytes(), d.Mark); err != nil {
		t.Fatal(err)
	}
	p, err := s.ShopOffers(s.ctx, nora, view.Paging{Limit: 101})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(p.Data)
	for n, o := range p.Data {
		if got, want := o.Cells(), rows[n+1]; !slices.Equal(got[1:], want[1:]) {
			t.Errorf("%q became %q", want, got)
		}
	}
}

// retires ends an offer.
func (s *selling) retires(id ledger.OfferID) {
	s.t.Helper()
	_, _, err := s.v.ChangeOffer(s.ctx, Request{}, id, func(o *ledger.Offer) { o.Status = ledger.OfferRetired })
	if err != nil {
		s.t.Fatal(err)
	}
}

// A change of one field leaves the others to the letter, also the part of them that their cells do not show.
func TestImportChangesOnlyItsFields(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	until := s.time.Now().Add(time.Hour + 123456*time.Microsecond).UTC().Truncate(time.Microsecond)
	made, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
		Title: "=Rivers", Description: "one\ntwo", Kind: ledger.Content, Price: eur(25),
		ContentURL: "https://news.example/a", Bounds: ledger.Bounds{Expires: until},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := bytes.Replace(s.exported(nora), []byte(",0.25,"), []byte(",0.30,"), 1)
	d, err := s.ShopImport(s.ctx, nora, file, "")
	if err != nil || len(d.Rows) != 1 || d.Rows[0].Field != "price" {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := s.ShopImport(s.ctx, nora, file, d.Mark); err != nil {
		t.Fatal(err)
	}
	now, err := s.ShopOffer(s.ctx, nora, made.ID)
	if err != nil || now.Version != 2 || now.Price != eur(30) || !now.ExpiresAt.Equal(until) || now.Title != made.Title ||
		now.Description != made.Description {
		t.Errorf("%+v, %v", now, err)
	}
}

// One mark is for one time, also of a file that has new offers alone, and an offer posted since ends it.
func TestMarkIsForOnce(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	file := []byte("title,price,currency,content_url\nA,1,EUR,https://news.example/a\n")
	d, err := s.ShopImport(s.ctx, nora, file, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ShopImport(s.ctx, nora, file, d.Mark); err != nil {
		t.Fatal(err)
	}
	head := s.head()
	s.refused(ledger.ErrState, func() error { return errOf(s.ShopImport(s.ctx, nora, file, d.Mark)) })
	if d, err = s.ShopImport(s.ctx, nora, file, ""); err != nil || d.Added != 1 || s.head() != head {
		t.Fatalf("%+v, %v", d, err)
	}
	s.offers("Between", eur(10))
	s.refused(ledger.ErrState, func() error { return errOf(s.ShopImport(s.ctx, nora, file, d.Mark)) })
}

// What is shown is what is sold then: cleaned, not cut, and ended if the line says so.
func TestImportSellsWhatItShows(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	id := s.seal.Offer(s.offer.ID)
	for what, title := range map[string]string{
		"letters of another encoding": "Caf\xe9", "too long": strings.Repeat("long ", 30) + "end",
		"hidden behind a blank": strings.Repeat("a", 120) + " and more",
	} {
		file := []byte("id,title\n" + id + ",\"" + title + "\"\n")
		if no := s.refused(ledger.ErrInvalid, func() error { return errOf(s.ShopImport(s.ctx, nora, file, "")) }); no == nil {
			t.Error(what)
		}
	}
	for _, title := range []string{"a\x1b[31mb\u202e", "a  b", "4111 1111 1111 1111"} {
		file := []byte("id,title,price,currency,content_url,status\n" + id + ",\"" + title + "\",,,,\n" +
			",Draft,1,EUR,https://news.example/a,retired\n")
		d, err := s.ShopImport(s.ctx, nora, file, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ShopImport(s.ctx, nora, file, d.Mark); err != nil {
			t.Fatal(err)
		}
		p, err := s.ShopOffers(s.ctx, nora, view.Paging{})
		if err != nil || p.Data[0].Title != "Draft" || p.Data[0].Status != "retired" {
			t.Errorf("a line that is retired: %+v, %v", p.Data[0], err)
		}
		o, err := s.ShopOffer(s.ctx, nora, id)
		if err != nil || o.Title != d.Rows[0].New {
			t.Errorf("seen %q, sold %q, %v", d.Rows[0].New, o.Title, err)
		}
		again, err := s.ShopImport(s.ctx, nora, file, "")
		if err != nil || again.Changed != 0 {
			t.Errorf("the same line once more: %+v, %v", again, err)
		}
	}
}

// Who only looks holds nobody up: a preview asks for no writer.
func TestImportIsTriedOnASnapshot(t *testing.T) {
	kv := &writes{Store: store.NewMemory()}
	s := sellingOn(t, kv)
	nora := s.owner("news", "nora")
	var b strings.Builder
	b.WriteString("title,price,currency,content_url\n")
	for i := range maxImportRows {
		fmt.Fprintf(&b, "T%d,1,EUR,https://news.example/a%d\n", i, i)
	}
	began, before := time.Now(), kv.n.Load()
	d, err := s.ShopImport(s.ctx, nora, []byte(b.String()), "")
	if err != nil || d.Added != maxImportRows || kv.n.Load() != before {
		t.Fatalf("%d added, %v; %d writes", d.Added, err, kv.n.Load()-before)
	}
	tried := time.Since(began)
	began = time.Now()
	if d, err = s.ShopImport(s.ctx, nora, []byte(b.String()), d.Mark); err != nil || !d.Applied {
		t.Fatalf("%+v, %v", d, err)
	}
	t.Logf("%d offers: tried in %v, applied in %v", maxImportRows, tried, time.Since(began))
	b.WriteString("One more,1,EUR,https://news.example/b\n")
	s.refused(ledger.ErrInvalid, func() error { return errOf(s.ShopImport(s.ctx, nora, []byte(b.String()), "")) })
}

// A refusal names the line of the file, also behind a text of several lines, and bytes of another encoding.
func TestImportNamesTheLine(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	id := s.seal.Offer(s.offer.ID)
	begin := "title,description\nA,\"one\ntwo\"\n"
	for what, test := range map[string]struct{ file, want string }{
		"another encoding":        {begin + "Caf\xe9,x\n", "Line 4 is not UTF-8"},
		"all in another encoding": {"\xff\xfet\x00i\x00", "Line 1 is not UTF-8"},
		"a torn line":             {begin + "B\n", "Line 4 cannot be read"},
		"no offer":                {"id,title\n" + id + ",\"a\nb\"\nofr_none,x\n", "Line 4: there is no offer"},
		"no price":                {begin, "Line 2: "},
	} {
		no := s.refused(ledger.ErrInvalid, func() error { return errOf(s.ShopImport(s.ctx, nora, []byte(test.file), "")) })
		if no == nil || !strings.HasPrefix(no.Detail, test.want) {
			t.Errorf("%s: %+v", what, no)
		}
	}
}

// Who looks at a catalogue does one act, and who applies it one for each line.
func TestPreviewIsOneAct(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	s.budgets.acts = newAllowance(5, 24*time.Hour)
	file := []byte("title,price,currency,content_url\n" + strings.Repeat("A,1,EUR,https://news.example/a\n", 5))
	var d view.ImportDiff
	for range 4 {
		var err error
		if d, err = s.ShopImport(s.ctx, nora, file, ""); err != nil {
			t.Fatal(err)
		}
	}
	if d, err := s.ShopImport(s.ctx, nora, file, d.Mark); err != nil || !d.Applied {
		t.Fatalf("%+v, %v", d, err)
	}
	s.time.Pass(4 * 24 * time.Hour)
	s.refused(ledger.ErrRate, func() error { return errOf(s.ShopImport(s.ctx, nora, file, "")) })
}
