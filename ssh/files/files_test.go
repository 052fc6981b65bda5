package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// What was bought lies by vendor. To list it opens nothing, to read a file opens it once.
func TestLibraryIsFiles(t *testing.T) {
	b := newBookcase()
	b.bought("acme", "How rivers freeze", "text/html; charset=utf-8", 0)
	b.bought("acme", "A map", "image/png", 17)
	b.bought("radio", "A song", "", 0)
	c, _ := comes(t, b)
	if got := names(t, c, "/"); !slices.Equal(got, []string{"README.txt", "library", "statements"}) {
		t.Errorf("the root has %q", got)
	}
	if got := names(t, c, "library/acme"); !slices.Equal(got, []string{"A map.png", "How rivers freeze.html"}) {
		t.Errorf("acme has %q", got)
	}
	if got := names(t, c, "library"); !slices.Equal(got, []string{"acme", "radio"}) {
		t.Errorf("the library has %q", got)
	}
	for name, size := range map[string]int64{"library/acme/A map.png": 17, "library/acme/How rivers freeze.html": 0} {
		if f, err := c.Stat(name); err != nil || f.Size() != size || f.Mode() != 0o400 {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	if len(b.opens) > 0 {
		t.Fatalf("listing has opened %v", b.opens)
	}
	f, err := c.Open("library/acme/How rivers freeze.html")
	if err != nil {
		t.Fatal(err)
	}
	want := "content of chg_1"
	if s, err := f.Stat(); err != nil || s.Size() != int64(len(want)) {
		t.Errorf("the open file: %+v, %v", s, err)
	}
	if got, err := io.ReadAll(f); string(got) != want || err != nil || b.opens["chg_1"] != 1 {
		t.Errorf("%q, %v, opened %v", got, err, b.opens)
	}
	if _, err := c.Open("library/radio/A song"); code(err) != 4 || !strings.Contains(err.Error(), "close the other one") {
		t.Errorf("a second file beside the first: %v", err)
	}
	f.Close()
	get(t, c, "library/radio/A song")
	if readme := get(t, c, "README.txt"); !strings.Contains(readme, "COUNTS A VIEW") {
		t.Errorf("README: %q", readme)
	}
}

// What nobody may do is refused by its status and in words. Nothing lies outside.
func TestNothingIsWritten(t *testing.T) {
	b := newBookcase()
	b.bought("acme", "Ice", "text/html", 0)
	b.fails = func(string) error { return errOver }
	c, lines := comes(t, b)
	for what, err := range map[string]error{
		"put":     errOf(c.Create("library/x")),
		"append":  errOf(c.OpenFile("README.txt", os.O_RDWR|os.O_APPEND)),
		"rm":      c.Remove("README.txt"),
		"rmdir":   c.RemoveDirectory("library"),
		"mkdir":   c.Mkdir("x"),
		"rename":  c.Rename("README.txt", "x"),
		"posix":   c.PosixRename("README.txt", "x"),
		"chmod":   c.Chmod("README.txt", 0o777),
		"touch":   c.Chtimes("README.txt", noon, noon),
		"symlink": c.Symlink("/etc/passwd", "x"),
		"link":    c.Link("README.txt", "x"),
		"over":    errOf(c.Open("library/acme/Ice.html")),
	} {
		if !errors.Is(err, fs.ErrPermission) && code(err) != 3 {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, name := range []string{
		"../../etc/passwd", "/etc/passwd", "library/../../etc/passwd", "library/nobody", "library/acme/Ice.html/x",
		"shop", "shop/statements", "statements/2026-10.csv", "library/acme/\x00", "README.txt/",
	} {
		if _, err := c.Open(name); name != "README.txt/" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %q: %v", name, err)
		}
		if _, err := c.ReadDir(name); !errors.Is(err, fs.ErrNotExist) && code(err) != 4 {
			t.Errorf("list %q: %v", name, err)
		}
	}
	if _, err := c.ReadLink("README.txt"); code(err) != 8 {
		t.Errorf("readlink: %v", err)
	}
	all := strings.Join(lines.all(), "\n")
	if !strings.Contains(all, "Files are only read here.") || !strings.Contains(all, "The grant has ended") {
		t.Errorf("told %q", all)
	}
}

func errOf[T any](_ T, err error) error { return err }

// Attack: a vendor's title that leads elsewhere, hides, shows something else than it is, or is one with another.
func TestTitlesAreNames(t *testing.T) {
	long := strings.Repeat("Ж", 400)
	for title, want := range map[string]string{
		"../../etc/passwd":           "etc-passwd.html",
		"..":                         "untitled.html",
		"/":                          "untitled.html",
		"-rf ~":                      "rf ~.html",
		"Don't & won't":              "Don't & won't.html",
		".ssh":                       "ssh.html",
		"a\x1b[2Jb\u202Egpj.exe\x00": "abgpj.exe.html",
		"C:\\x|y<z>\"?*":             "C--x-y-z.html",
		"$(reboot) `x` [a]":          "(reboot) -x- -a.html",
		"NUL":                        "the NUL.html",
		"com1.txt":                   "the com1.txt.html",
		"A\nB":                       "A B.html",
		"\u200b\u2066":               "untitled.html",
		"Cafe\u0301":                 "Caf\u00e9.html",
		long:                         strings.Repeat("Ж", (longestName-5)/2) + ".html",
	} {
		if got := cleanName(title, ".html"); got != want || len(got) > longestName {
			t.Errorf("%q is %q, want %q", title, got, want)
		}
	}
	b := newBookcase()
	for _, title := range []string{"Ice", "ICE", "Ice", long, long + "x"} {
		b.bought("acme", title, "text/html", 0)
	}
	c, _ := comes(t, b)
	want := []string{"ICE chg_2.html", "Ice chg_3.html", "Ice.html"}
	got := names(t, c, "library/acme")
	if !slices.Equal(got[:3], want) || len(got) != 5 || got[3] == got[4] {
		t.Errorf("named %q", got)
	}
	b.mu.Lock()
	b.bought("acme", "Ice", "text/html", 0)
	b.mu.Unlock()
	b.pass(freshFor)
	if got := names(t, c, "library/acme"); !slices.Contains(got, "Ice.html") || !slices.Contains(got, "Ice chg_6.html") {
		t.Errorf("after one more: %q", got)
	}
	if get(t, c, "library/acme/Ice.html") != "content of chg_1" || get(t, c, "library/acme/Ice chg_6.html") !=
		"content of chg_6" {
		t.Error("names have changed what they name")
	}
}

// FuzzNames makes names of any titles: none leads anywhere, is hidden or too long, and a name that is clean stays.
func FuzzNames(f *testing.F) {
	for _, title := range []string{
		"", "..", "a/b", "-x", "e\u200d\u0301", "nul.", "\xff", "\U0001f468\u200d\U0001f469", " .a. ",
	} {
		f.Add(title)
	}
	f.Fuzz(func(t *testing.T, title string) {
		name := cleanName(title, ".html")
		base := strings.TrimSuffix(name, ".html")
		if base == "" || strings.ContainsAny(name, "/\\\x00\n\x1b") || strings.ContainsAny(name[:1], ".-~ ") ||
			len(name) > longestName+len("the ") || !utf8.ValidString(name) {
			t.Errorf("%q is %q", title, name)
		}
		if again := cleanName(base, ".html"); again != name {
			t.Errorf("%q is %q, and that again %q", title, name, again)
		}
	})
}

// The extension is what the vendor says, else that of the address, else none.
func TestExtensions(t *testing.T) {
	for _, tt := range []struct{ media, address, want string }{
		{"text/html; charset=utf-8", "https://a.example/x.pdf", ".html"},
		{"", "https://a.example/x.pdf?y=.exe", ".pdf"},
		{"", "https://a.example/x.JPEG", ".jpg"},
		{"", "https://a.example/x.exe", ""},
		{"application/x-msdownload", "https://a.example/x.pdf", ""},
		{"", ":", ""},
	} {
		if got := extension(tt.media, tt.address); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

// A large library is not read in one go: the newest are files, and a text says how to come to the others. A client that
// asks for each file has it read once.
func TestLargeLibrary(t *testing.T) {
	b := newBookcase()
	for k := range 3 * mostItems {
		b.bought("acme", fmt.Sprint("Number ", k), "text/plain", 0)
	}
	c, _ := comes(t, b)
	got := names(t, c, "library/acme")
	if len(got) != mostItems || slices.Contains(got, "Number 0.txt") {
		t.Errorf("%d files", len(got))
	}
	for _, name := range got[:50] {
		if _, err := c.Stat("library/acme/" + name); err != nil {
			t.Fatal(err)
		}
	}
	if b.pages != mostItems/view.MaxRows {
		t.Errorf("%d pages were read", b.pages)
	}
	if older := get(t, c, "library/OLDER.txt"); !strings.Contains(older, "ssh pay.example library --cursor 1000") {
		t.Errorf("older: %q", older)
	}
}

// The history is a file for each month, whole and in the form of the command.
func TestMonths(t *testing.T) {
	b := newBookcase()
	for k := range 3000 { // four hours apart
		b.rows = append(b.rows, view.Row{
			ID: fmt.Sprint("chg_", k), At: view.At(noon.Add(-time.Duration(k) * 4 * time.Hour)), Kind: "purchase",
		})
	}
	c, _ := comes(t, b)
	got := names(t, c, "statements")
	if len(got) != 17 || got[0] != "2025-07.csv" || got[16] != "2026-11.csv" {
		t.Fatalf("%q", got)
	}
	for _, name := range []string{"2026-11.csv", "2026-09.csv", "2025-12.csv"} {
		lines := strings.Split(strings.TrimSpace(get(t, c, "statements/"+name)), "\r\n")
		month := strings.TrimSuffix(name, ".csv")
		want := 0
		for _, r := range b.rows {
			if strings.HasPrefix(r.At.Format(time.RFC3339), month) {
				want++
			}
		}
		if len(lines) != want+1 || !strings.HasPrefix(lines[0], "id,at,kind,vendor,title,state,amount,currency,balance") {
			t.Errorf("%s has %d lines, want %d rows: %s", name, len(lines), want, lines[0])
		}
	}
	b.rows = b.rows[:0]
	for range mostRows + 1 {
		b.rows = append(b.rows, view.Row{At: view.At(noon)})
	}
	if _, err := c.Open("statements/2026-11.csv"); err == nil || !strings.Contains(err.Error(), "more than 10000 rows") {
		t.Errorf("too long: %v", err)
	}
}

// A shop has its sealed statements, and no library if the key has no wallet. A key with neither reads how to get one.
func TestShopAndStranger(t *testing.T) {
	b := newBookcase()
	b.me = view.Identity{Shop: "acme", ShopRole: "finance"}
	b.sealed = []view.Settlement{{ID: "stl_2", Until: view.At(noon), Before: "stl_1"}, {ID: "stl_1", Until: view.At(noon)}}
	c, _ := comes(t, b)
	if got := names(t, c, "/"); !slices.Equal(got, []string{"README.txt", "shop"}) {
		t.Errorf("the root has %q", got)
	}
	if got := names(t, c, "shop/statements"); !slices.Equal(got, []string{"stl_1.csv", "stl_1.pdf"}) {
		t.Errorf("statements: %q", got)
	}
	if get(t, c, "shop/statements/stl_1.pdf") != "%PDF stl_1" || !strings.HasPrefix(get(t, c, "shop/statements/stl_1.csv"),
		"id,") {
		t.Error("not the statements")
	}
	b.me = view.Identity{}
	b.pass(freshFor)
	if got := names(t, c, "/"); !slices.Equal(got, []string{"README.txt"}) {
		t.Errorf("the root of a stranger has %q", got)
	}
	if readme := get(t, c, "README.txt"); !strings.Contains(readme, "ssh pay.example join") {
		t.Errorf("README: %q", readme)
	}
}

// A panic and a fault of the service end a request, not the process, and say nothing of their cause.
func TestFaultsStayInside(t *testing.T) {
	b := newBookcase()
	b.bought("acme", "Ice", "text/html", 0)
	b.fails = func(string) error { panic("secret") }
	c, lines := comes(t, b)
	for range 2 {
		if _, err := c.Open("library/acme/Ice.html"); code(err) != 4 || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
		b.fails = func(string) error { return errors.New("secret") }
	}
	if all := strings.Join(lines.all(), "\n"); strings.Contains(all, "secret") {
		t.Errorf("told %q", all)
	}
	b.fails = func(string) error {
		return ledger.Refuse(ledger.ErrUnavailable, "", "The site\x1b[2J is gone.")
	}
	_ = errOf(c.Open("library/acme/Ice.html"))
	if all := lines.all(); len(all) != 1 || strings.Contains(all[0], "\x1b") {
		t.Errorf("told %q", all)
	}
}

// Attack: open directories without end.
func TestOpenDirectoriesAreBounded(t *testing.T) {
	b := newBookcase()
	h := &handlers{t: &tree{ctx: t.Context(), svc: b, now: b.clock}}
	for range 3 {
		var open []*directory
		for range mostDirs {
			d, err := h.listed("/")
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, d)
		}
		if _, err := h.listed("/"); err == nil {
			t.Error("one more was opened")
		}
		for _, d := range open {
			_ = d.Close()
		}
	}
}

// packet is one of the protocol, without its id for the first.
func packet(kind byte, id uint32, body []byte) []byte {
	p := []byte{0, 0, 0, 0, kind}
	if kind != 1 {
		p = binary.BigEndian.AppendUint32(p, id)
	}
	p = append(p, body...)
	binary.BigEndian.PutUint32(p, uint32(len(p)-4))
	return p
}

func text(s string) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...) }

func writes(t *testing.T, w io.Writer, p []byte) {
	t.Helper()
	if _, err := w.Write(p); err != nil {
		t.Fatal(err)
	}
}

// Attack: ask without end while something slow is opened, whose answer comes first. The client is not read meanwhile,
// so what it asks stays its own matter.
func TestSlowOpeningHoldsItsClientUp(t *testing.T) {
	b := newBookcase()
	b.bought("acme", "Ice", "text/html", 0)
	b.waits = make(chan struct{})
	conn, _ := serves(t, b, b.clock)
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	writes(t, conn, packet(1, 0, []byte{0, 0, 0, 3}))
	writes(t, conn, packet(17, 1, text("/library/acme/Ice.html")))
	writes(t, conn, packet(3, 2, append(text("/library/acme/Ice.html"), 0, 0, 0, 1, 0, 0, 0, 0)))
	_ = conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	taken := 0
	for ; taken < 100_000; taken++ {
		if _, err := conn.Write(packet(5, uint32(taken), append(text("9"), make([]byte, 12)...))); err != nil {
			break
		}
	}
	if taken > 1000 {
		t.Errorf("%d requests were read meanwhile", taken)
	}
	close(b.waits)
}

// Attack: packets of every kind with any bytes. The session may end; the process goes on.
func TestRandomPackets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		b := newBookcase()
		first := append(text("/library/acme/Ice.html"), 0, 0, 0, 1, 0, 0, 0, 0)
		if round%2 == 0 { // an upload
			b.me.Shop, b.me.ShopRole = "acme", string(ledger.TeamOwner)
			first = append(text("/inbox/ice.md"), 0, 0, 0, 0x1a, 0, 0, 0, 0)
		}
		b.bought("acme", "Ice", "text/html", 0)
		conn, _ := serves(t, b, b.clock)
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
		_, _ = conn.Write(packet(1, 0, []byte{0, 0, 0, 3}))
		_, _ = conn.Write(packet(3, 1, first))
		_, _ = conn.Write(packet(11, 2, text("/library")))
		for n := range 200 {
			body := text([]string{"1", "2", "/", "/library/acme/Ice.html", "/inbox/ice.md", ""}[random.IntN(6)])
			for range random.IntN(30) {
				body = append(body, byte(random.IntN(256)))
			}
			if random.IntN(4) == 0 {
				body = body[:random.IntN(len(body)+1)]
			}
			kind := []byte{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 200, 1, 101}[random.IntN(21)]
			if _, err := conn.Write(packet(kind, uint32(n), body)); err != nil {
				break
			}
		}
		conn.Close()
	}
}
