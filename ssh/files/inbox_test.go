package files

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/sftp"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// sellsHere is a client of a vendor's team.
func sellsHere(t *testing.T, role ledger.TeamRole) (*bookcase, *sftp.Client, *told) {
	t.Helper()
	b := newBookcase()
	b.me = view.Identity{Shop: "acme", ShopRole: string(role)}
	c, lines := comes(t, b)
	return b, c, lines
}

// put writes a file, and returns the error of its end.
func put(t *testing.T, c *sftp.Client, name, content string) error {
	t.Helper()
	f, err := c.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(content))
	return errors.Join(err, f.Close())
}

const rivers = "---\ntitle: How rivers freeze\nprice: 0.25 EUR\nviews: 5\ndays: 30\n" +
	"description: \"Ten minutes: on ice.\"\n---\n\n# Ice\n"

// A text with its terms in front of it is for sale when it is closed. What is sold is the text without them.
func TestTextIsPutForSale(t *testing.T) {
	b, c, lines := sellsHere(t, ledger.TeamCatalogue)
	if got := names(t, c, "/"); !slices.Equal(got, []string{"README.txt", "inbox", "shop"}) {
		t.Errorf("the root has %q", got)
	}
	if err := put(t, c, "inbox/rivers.md", rivers); err != nil {
		t.Fatal(err)
	}
	q := b.puts["ofr_rivers.md"]
	o := q.Order
	if string(q.Content) != "# Ice\n" || q.Type != "text/markdown" || q.Name != "rivers.md" || o == nil ||
		*o.Title != "How rivers freeze" || o.Price.String() != "0.25 EUR" || *o.Views != 5 || *o.Hours != 0 ||
		*o.Days != 30 || *o.Description != "Ten minutes: on ice." {
		t.Errorf("put %+v %+v %q", q, o, q.Content)
	}
	want := []string{"README.txt", "rivers.md", "rivers.md.link.txt"}
	if got := names(t, c, "inbox"); !slices.Equal(got, want) {
		t.Errorf("the inbox has %q", got)
	}
	if get(t, c, "inbox/rivers.md") != "# Ice\n" {
		t.Error("not the text")
	}
	said := get(t, c, "inbox/rivers.md.link.txt")
	if !strings.Contains(said, "https://pay.example/b/ofr_rivers.md") || !strings.Contains(said, "get ofr_rivers.md") ||
		!slices.Contains(lines.all(), strings.TrimSpace(said)) {
		t.Errorf("link %q, told %q", said, lines.all())
	}
}

// A picture has its terms in a file before it, for as long as the session lasts.
func TestPictureIsPutBehindItsTerms(t *testing.T) {
	b, c, _ := sellsHere(t, ledger.TeamOwner)
	b.fails = func(string) error {
		return ledger.Invalid("file", "Put terms.", "It is not known what this file costs.")
	}
	if err := put(t, c, "inbox/map.png", "\x89PNG"); code(err) != 4 {
		t.Errorf("without terms: %v", err)
	}
	if said := get(t, c, "inbox/map.png.error.txt"); said != "It is not known what this file costs. Put terms.\n" {
		t.Errorf("it said %q", said)
	}
	b.fails = nil
	if err := put(t, c, "inbox/map.png.offer", "title: A map\nprice: 1 EUR\n"); err != nil || len(b.puts) > 0 {
		t.Fatal(err, b.puts)
	}
	if got := names(t, c, "inbox"); !slices.Contains(got, "map.png.offer") {
		t.Errorf("the inbox has %q", got)
	}
	if err := put(t, c, "inbox/map.png", "\x89PNG"); err != nil {
		t.Fatal(err)
	}
	q := b.puts["ofr_map.png"]
	if q.Type != "image/png" || string(q.Content) != "\x89PNG" || q.Order == nil || *q.Order.Title != "A map" {
		t.Errorf("put %+v", q)
	}
	if got := names(t, c, "inbox"); slices.Contains(got, "map.png.offer") || slices.Contains(got, "map.png.error.txt") {
		t.Errorf("afterwards the inbox has %q", got)
	}
}

// What is wrong with terms is said by line, and how they are written.
func TestTermsThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"---\ntitle: A\n":                               "do not end with a line of ---",
		"---\nprice: 1 EUR\n---\nx":                     "The title is missing",
		"---\ntitle: A\n---\nx":                         "The price is \"\"",
		"---\ntitle: A\nprice: 0.25\n---\nx":            "The price is \"0.25\"",
		"---\ntitle: A\nprice: 1,5.0 EUR\n---\nx":       "The price is \"1,5.0 EUR\"",
		"---\ntitle: A\nprice: 1 EUR\nviews: -1\n---\n": "The term views is \"-1\"",
		"---\ntitle: A\nprice: 1 EUR\ncolour: red\n---": "Line 3 of the terms is \"colour: red\"",
		"---\ntitle: A\ntitle: B\n---\n":                "once more",
		"---\nhello\n---\n":                             "Line 1 of the terms is \"hello\"",
		"---\ntitle: \xff\n---\n":                       "no text",
		"---\n" + strings.Repeat("# x\n", 4000):         "do not end",
	} {
		if _, _, err := cutTerms([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text[:min(len(text), 60)], err, want)
		}
	}
	for _, text := range []string{"", "---", "x", "# A\n---\ntitle: B\n---\n", "----\n"} {
		if terms, body, err := cutTerms([]byte(text)); terms != nil || string(body) != text || err != nil {
			t.Errorf("%q has terms %+v, %v", text, terms, err)
		}
	}
	terms, body, err := cutTerms([]byte("\ufeff---\r\nTitle: 'A'\r\nPRICE: 0.40 eur\r\n---\r\nx\r\n"))
	if err != nil || *terms.Title != "A" || terms.Price.String() != "0.40 EUR" || string(body) != "x\r\n" {
		t.Errorf("%+v %q %v", terms, body, err)
	}
}

// Attack: names that are none, kinds that are not sold, what is too large, has a gap or breaks off. Nothing is put.
func TestUploadsThatAreRefused(t *testing.T) {
	b, c, _ := sellsHere(t, ledger.TeamOwner)
	for _, name := range []string{
		"inbox/x.exe", "inbox/x", "inbox/.x.md", "inbox/a/x.md", "x.md", "library/x.md", "inbox/x.md.error.txt",
		"inbox/x.md.link.txt", "inbox/README.txt", "inbox/a\x1b.md", "inbox/..", "inbox/a|b.md", "shop/statements/x.md",
		"inbox/" + strings.Repeat("a", 300) + ".md",
	} {
		if err := put(t, c, name, rivers); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := put(t, c, "inbox/x.md", strings.Repeat("x", mostUpload+1)); err == nil {
		t.Error("too large, and taken")
	}
	if said := get(t, c, "inbox/x.md.error.txt"); !strings.Contains(said, "at most 1 MiB") {
		t.Errorf("it said %q", said)
	}
	f, err := c.OpenFile("inbox/gap.md", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("x"), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open("README.txt"); code(err) != 4 {
		t.Errorf("a second file beside the upload: %v", err)
	}
	if err := f.Close(); code(err) != 4 {
		t.Errorf("a gap: %v", err)
	}
	if _, err := c.OpenFile("inbox/x.md", os.O_WRONLY|os.O_APPEND); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("append: %v", err)
	}
	f, err = c.OpenFile("inbox/broken.md", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(rivers)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := c.Wait(); err == nil {
		t.Log("closed")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.puts) > 0 {
		t.Errorf("put %+v", b.puts)
	}
}

// Who may not change offers has no inbox.
func TestNoInboxForOthers(t *testing.T) {
	for _, role := range []ledger.TeamRole{ledger.TeamFinance, ledger.TeamRead} {
		_, c, _ := sellsHere(t, role)
		if err := put(t, c, "inbox/x.md", rivers); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", role, err)
		}
		if got := names(t, c, "/"); slices.Contains(got, "inbox") {
			t.Errorf("%s has %q", role, got)
		}
	}
}

// What has come is known to the byte: a gap is found also where other bytes came twice.
func TestParts(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		size := 1 + random.IntN(20)
		here := make([]bool, 60)
		var all parts
		for range random.IntN(8) {
			from := random.IntN(size)
			to := min(size, from+random.IntN(6))
			all = all.with(from, to)
			for k := from; k < to; k++ {
				here[k] = true
			}
		}
		if random.IntN(3) == 0 {
			cut := random.IntN(size + 1)
			all, size = all.below(cut), cut
		}
		if whole := !slices.Contains(here[:size], false); all.whole(size) != whole {
			t.Fatalf("%v of %d bytes: whole %v, want %v", all, size, all.whole(size), whole)
		}
	}
	_, c, _ := sellsHere(t, ledger.TeamOwner)
	f, err := c.OpenFile("inbox/x.md", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 2 * mostParts {
		if _, err = f.WriteAt([]byte("x"), int64(10*k)); err != nil {
			break
		}
	}
	if err == nil || f.Close() == nil {
		t.Error("a file in more parts than any client sends was taken")
	}
}

// Clients set rights and times of what they put, and ask for its size. That changes nothing, and is no reason to fail.
func TestClientsSetTimesOfWhatTheyPut(t *testing.T) {
	b, c, lines := sellsHere(t, ledger.TeamOwner)
	f, err := c.OpenFile("inbox/rivers.md", os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(rivers)); err != nil {
		t.Fatal(err)
	}
	if s, err := f.Stat(); err != nil || s.Size() != int64(len(rivers)) {
		t.Errorf("%+v, %v", s, err)
	}
	err = errors.Join(f.Chmod(0o644), c.Chtimes("inbox/rivers.md", noon, noon))
	if err != nil {
		t.Error(err)
	}
	if _, err := f.Write([]byte("the end of a longer one")); err != nil {
		t.Error(err)
	}
	if err := errors.Join(f.Truncate(int64(len(rivers)+100)), f.Truncate(int64(len(rivers)))); err != nil { // as scp does
		t.Errorf("cut: %v", err)
	}
	if err := f.Close(); err != nil || string(b.puts["ofr_rivers.md"].Content) != "# Ice\n" {
		t.Errorf("%v, %q, %+v", err, lines.all(), b.puts)
	}
	if err := c.Chmod("inbox/rivers.md", 0o644); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("afterwards: %v", err)
	}
}

// A large text comes in many parts, and out of order.
func TestPartsComeInAnyOrder(t *testing.T) {
	b, c, _ := sellsHere(t, ledger.TeamOwner)
	text := append([]byte(rivers), bytes.Repeat([]byte("ice "), 200_000)...)
	f, err := c.OpenFile("inbox/long.md", os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		t.Fatal(err)
	}
	half := len(text) / 2
	if _, err := f.WriteAt(text[half:], int64(half)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(text[:half], 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := b.puts["ofr_long.md"].Content; len(got) != len("# Ice\n")+800_000 {
		t.Errorf("%d bytes", len(got))
	}
}
