package books

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// exports writes the books of a world.
func (w *world) exports(o ExportOptions) (string, error) {
	w.t.Helper()
	var out bytes.Buffer
	var err error
	w.see(func(r Reader) error {
		_, err = Export(context.Background(), r.kv, o, &out)
		return nil
	})
	return out.String(), err
}

// exported is exports where nothing may go wrong.
func (w *world) exported(o ExportOptions) string {
	w.t.Helper()
	text, err := w.exports(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// totals are the control totals in all six decimals, by the name of the class and the currency.
func (w *world) totals() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	w.see(func(r Reader) error {
		totals, err := r.Totals()
		for _, t := range totals {
			all[classNames[t.Account.Class]+" "+string(t.Account.Currency)] = string(ledger.AppendMicros(nil, t.Micros))
		}
		return err
	})
	return all
}

// csvRow is a line of an export in CSV.
type csvRow struct{ entry, kind, class, name, account, currency, amount, balance string }

func csvRows(t tester, text string) (rows []csvRow) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[1:] {
		rows = append(rows, csvRow{r[0], r[3], r[5], r[6], r[7], r[8], r[9], r[10]})
	}
	return rows
}

// micros reads what AppendMicros has written.
func micros(t tester, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if err != nil || text[len(text)-7] != '.' {
		t.Fatalf("%q has no six decimals: %v", text, err)
	}
	return n
}

// addedUp adds postings up, by account, and checks the balance behind each.
func addedUp(t tester, rows []csvRow) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, r := range rows {
		name := r.class + "/" + r.account + " " + r.currency
		all[name] += micros(t, r.amount)
		if all[name] != micros(t, r.balance) {
			t.Fatalf("%s in entry %s: balance %s, its postings add up to %d", name, r.entry, r.balance, all[name])
		}
	}
	return all
}

// byClass adds accounts up.
func byClass(accounts map[string]int64) map[string]int64 {
	all := map[string]int64{}
	for name, n := range accounts {
		class, rest, _ := strings.Cut(name, "/")
		_, currency, _ := strings.Cut(rest, " ")
		all[class+" "+currency] += n
	}
	return all
}

// Whatever people do, the exported postings of each account add up to the balance behind the last of them, those of a
// class to its control total, and every entry that moves money is there once.
func TestExportAddsUpToTheBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		m := newModel(t, w)
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			m.act(t)
		}
		rows := csvRows(t, w.exported(ExportOptions{Format: "csv"}))
		want := map[string]int64{}
		w.see(func(r Reader) error {
			totals, err := r.Totals()
			for _, g := range totals {
				want[fmt.Sprint(uint16(g.Account.Class), " ", g.Account.Currency)] = g.Micros
			}
			return err
		})
		if diff := cmp.Diff(want, byClass(addedUp(t, rows))); diff != "" {
			t.Fatalf("control totals and export (-books +export):\n%s", diff)
		}
		i := 0
		w.see(func(r Reader) error {
			for rec, err := range r.Journal(0, 0) {
				if err != nil {
					return err
				}
				if len(rec.Postings) > 0 && strings.HasPrefix(rec.Words(), "other") {
					t.Fatalf("entry %d of kind %d has no words", rec.No, rec.Kind)
				}
				for _, g := range rec.Postings {
					got := rows[i]
					if got.entry != fmt.Sprint(rec.No) || micros(t, got.amount) != g.Micros || got.account != g.Account.Sub() {
						t.Fatalf("line %d is %+v, want %s of entry %d", i, got, g.Account, rec.No)
					}
					i++
				}
			}
			return nil
		})
		if i != len(rows) {
			t.Fatalf("%d lines, want %d", len(rows), i)
		}
	})
}

// Books that are cut at any day: the second part opens with what the first one ends with, income and expenses begin
// anew, and no entry is in both or in none.
func TestExportOfPartsIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		m := newModel(t, w)
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			m.act(t)
		}
		cut := morning.AddDate(0, 0, rapid.IntRange(-1, 60).Draw(t, "days"))
		all := csvRows(t, w.exported(ExportOptions{Format: "csv"}))
		first := csvRows(t, w.exported(ExportOptions{Format: "csv", Until: cut}))
		second := csvRows(t, w.exported(ExportOptions{Format: "csv", Since: cut}))
		opens := slices.IndexFunc(second, func(r csvRow) bool { return r.entry != "" })
		if opens < 0 {
			opens = len(second)
		}
		opening := second[:opens]
		if len(first)+len(second)-opens != len(all) {
			t.Fatalf("%d and %d lines, together %d", len(first), len(second)-opens, len(all))
		}
		want := map[string]int64{}
		for name, n := range addedUp(t, first) {
			currency := name[len(name)-3:]
			switch {
			case name >= "4":
				want["/ "+currency] += n
			case n != 0:
				want[name] = n
				want["/ "+currency] += 0
			}
		}
		if diff := cmp.Diff(want, addedUp(t, opening)); diff != "" {
			t.Fatalf("opening balances (-end of the first part +second part):\n%s", diff)
		}
		addedUp(t, second)
	})
}

// books of many kinds of acts, for other programs to read.
func writtenBooks(t *testing.T, seed int) *world {
	t.Helper()
	w := newWorld(t)
	m := &model{w: w, people: []ledger.UserID{w.funded(), w.funded()}}
	rapid.Custom(func(t *rapid.T) int {
		w.t = t
		for range 60 {
			m.act(t)
		}
		return 0
	}).Example(seed)
	w.t = t
	w.now = w.now.AddDate(0, 0, -3) // a clock that was set back
	if _, err := w.buys(w.funded(), true, false); err != nil {
		t.Fatal(err)
	}
	return w
}

// outside runs another program over a file and returns its output. Without the program the test is skipped.
func outside(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String() + errs.String(), err
}

func fileOf(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// program is another program that reads books.
type program struct {
	format string
	checks func(file string) (string, error)
	totals func(file string) (string, error) // account, currency, sum
	faults []*regexp.Regexp                  // what is to be wrong by a micro: the last digit is the last group
}

func programs(t *testing.T) []program {
	run := func(name string, args ...string) (string, error) { return outside(t, name, args...) }
	return []program{
		{
			"hledger",
			func(f string) (string, error) { return run("hledger", "-f", f, "check", "-s", "ordereddates") },
			func(f string) (string, error) {
				return run("hledger", "-f", f, "bal", "-N", "--flat", "-E", "--depth", "2", "--layout=bare", "-O", "csv")
			},
			[]*regexp.Regexp{
				regexp.MustCompile(`(?m)^    \S+  -?\d+\.\d{5}(\d) `),      // a posting
				regexp.MustCompile(`(?m)= -?\d+\.\d{5}(\d) EUR$`),          // the balance after it
				regexp.MustCompile(`(?m)=\* -?[1-9]\d*\.\d{5}(\d) [A-Z]+`), // a class
			},
		},
		{
			"beancount",
			func(f string) (string, error) { return run("bean-check", f) },
			func(f string) (string, error) {
				return run("bean-query", "-f", "csv", f, "select root(account, 2), currency, sum(number) group by 1, 2")
			},
			[]*regexp.Regexp{
				regexp.MustCompile(`(?m)^  \S+  -?\d+\.\d{5}(\d) `),
				regexp.MustCompile(`(?m)balance \S+:[A-Z]\d+  -?\d+\.\d{5}(\d) ~`),
				regexp.MustCompile(`(?m)balance \S+[a-z]  -?[1-9]\d*\.\d{5}(\d) ~`),
			},
		},
	}
}

// Other programs take the books without a word and come to the same totals. One micro that is wrong, in a posting or
// in a balance, is refused.
func TestOtherProgramsReadTheBooks(t *testing.T) {
	for _, p := range programs(t) {
		t.Run(p.format, func(t *testing.T) {
			for seed := range 3 {
				w := writtenBooks(t, seed)
				text := w.exported(ExportOptions{Format: p.format})
				file := fileOf(t, "books."+p.format, text)
				if out, err := p.checks(file); err != nil || out != "" {
					t.Fatalf("whole books: %v\n%s", err, out)
				}
				out, err := p.totals(file)
				if err != nil {
					t.Fatal(err, out)
				}
				if diff := cmp.Diff(nonzeroTotals(w.totals()), nonzeroTotals(totalsIn(t, out))); diff != "" {
					t.Errorf("totals (-books +%s):\n%s", p.format, diff)
				}
				part := w.exported(ExportOptions{
					Format: p.format, Since: morning.AddDate(0, 0, 5), Until: morning.AddDate(0, 1, 0),
				})
				if out, err := p.checks(fileOf(t, "part."+p.format, part)); err != nil || out != "" {
					t.Fatalf("a part: %v\n%s", err, out)
				}
				for i, fault := range p.faults {
					at := fault.FindAllStringSubmatchIndex(text, -1)
					if at == nil {
						t.Fatalf("nothing to make wrong: %s", fault)
					}
					digit := at[len(at)/2][2]
					wrong := text[:digit] + string('0'+(text[digit]-'0'+1)%10) + text[digit+1:]
					if text[digit] == '9' { // one micro less
						wrong = text[:digit] + "8" + text[digit+1:]
					}
					if out, err := p.checks(fileOf(t, "wrong."+p.format, wrong)); err == nil && out == "" {
						t.Errorf("a micro that is wrong is taken: fault %d", i)
					}
				}
			}
		})
	}
}

// totalsIn reads a table of accounts, currencies and sums.
func totalsIn(t *testing.T, text string) map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	totals := map[string]string{}
	for _, r := range all[1:] {
		for i := range r {
			r[i] = strings.TrimSpace(r[i])
		}
		totals[r[0]+" "+r[1]] = r[2]
	}
	return totals
}

// nonzeroTotals leaves out what is nothing: not every program lists it.
func nonzeroTotals(all map[string]string) map[string]string {
	for name, n := range all {
		if strings.Trim(n, "-0.") == "" {
			delete(all, name)
		}
	}
	return all
}

// Books that are not whole are not exported: a missing entry, another control total, a format that nobody reads.
func TestExportRefuses(t *testing.T) {
	for name, harm := range map[string]func(Tx) error{
		"entry 3 is missing": func(tx Tx) error { return tx.tx.Delete(numberKey(tEntry, ledger.EntryNo(3))) },
		"stands at 7 micros": func(tx Tx) error {
			return put(tx, totalKey(ledger.Account{Class: ledger.Commission, Currency: "EUR"}), amounts, 7)
		},
		"no control total": func(tx Tx) error {
			return tx.tx.Delete(totalKey(ledger.Account{Class: ledger.Paid, Currency: "EUR"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.funded()
			w.do(harm)
			for _, f := range ExportFormats {
				if _, err := w.exports(ExportOptions{Format: f}); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("%s: %v", f, err)
				}
			}
		})
	}
	w := newWorld(t)
	if _, err := w.exports(ExportOptions{Format: "ods"}); err == nil || !strings.Contains(err.Error(), "hledger") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.see(func(r Reader) error {
		if _, err := Export(ctx, r.kv, ExportOptions{Format: "csv"}, new(bytes.Buffer)); err == nil {
			t.Error("it goes on after its end")
		}
		return nil
	})
}

// Books in which nothing has moved are files without an entry.
func TestExportOfNothing(t *testing.T) {
	for _, p := range programs(t) {
		t.Run(p.format, func(t *testing.T) {
			w := newWorld(t)
			for _, o := range []ExportOptions{{}, {Since: morning}, {Until: morning}, {Since: morning.AddDate(1, 0, 0)}} {
				o.Format = p.format
				text := w.exported(o)
				if !strings.HasSuffix(text, "\n; end: 0 entries, 0 postings\n") {
					t.Errorf("%+v: %q", o, text)
				}
				if out, err := p.checks(fileOf(t, "none."+p.format, text)); err != nil || out != "" {
					t.Errorf("%+v: %v\n%s", o, err, out)
				}
			}
		})
	}
}

// BenchmarkExport is what an entry costs, and what an export keeps in memory at its end, in books of growing size.
func BenchmarkExport(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		w := sold(b, n)
		for _, f := range ExportFormats {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) { benchExport(b, w.kv, f) })
		}
	}
}

// sold are books of so many sales, of which each third is held and captured, many in a commit.
func sold(t tester, n int) *world {
	t.Helper()
	w := newWorld(t)
	w.posts(w.vendor, 1)
	for done := 0; done < n; {
		u := w.funded()
		w.do(func(tx Tx) error {
			for range min(n-done, 5000) {
				if err := w.sellsOne(tx, u, done%3 == 0); err != nil {
					return err
				}
				done++
			}
			return nil
		})
	}
	return w
}

func (w *world) sellsOne(tx Tx, u ledger.UserID, hold bool) error {
	no, err := w.sell(tx, u, w.name("key"), hold, false)
	if err != nil || !hold {
		return err
	}
	f, err := w.saleFacts(tx, no)
	if err != nil {
		return err
	}
	out, err := ledger.DecideCapture(ledger.CaptureRequest{}, f, w.now)
	return first(err, appended(tx, out.Entry))
}

// Longer books need no more memory: what an export keeps grows with the accounts that are not zero, and a hold that
// has ended is a bit.
func TestExportKeepsLittle(t *testing.T) {
	kept := func(n int) (all int) {
		sold(t, n).see(func(r Reader) error {
			x, err := newExporter(r.kv, ExportOptions{Format: "hledger"}, io.Discard)
			if err != nil {
				return err
			}
			err = x.write(t.Context())
			all = len(x.balances) + len(x.totals)
			if chunks := len(x.opened); chunks > 8+n/(32*chunkWords) {
				t.Errorf("%d chunks after %d entries", chunks, n)
			}
			return err
		})
		return all
	}
	if few, many := kept(90), kept(3000); few != many {
		t.Errorf("%d rows are kept of 90 entries, %d of 3000", few, many)
	}
}

// weighed counts bytes. When nearly all have come it weighs the heap, once: then the export still has what it keeps.
type weighed struct{ bytes, near, heap uint64 }

func (w *weighed) Write(p []byte) (int, error) {
	w.bytes += uint64(len(p))
	if w.heap == 0 && w.near > 0 && w.bytes >= w.near {
		w.heap = heap()
	}
	return len(p), nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func benchExport(b *testing.B, kv store.Store, format string) {
	export := func(w io.Writer) (done Exported) {
		err := kv.View(context.Background(), func(r store.Reader) (err error) {
			done, err = Export(context.Background(), r, ExportOptions{Format: format}, w)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		return done
	}
	var all weighed
	export(&all)
	before := heap()
	scale := weighed{near: all.bytes - min(all.bytes, 128<<10)}
	done := export(&scale)
	var m, n runtime.MemStats
	runtime.ReadMemStats(&m)
	for b.Loop() {
		export(io.Discard)
	}
	runtime.ReadMemStats(&n)
	entries := float64(done.Entries)
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(n.TotalAlloc-m.TotalAlloc)/entries/float64(b.N), "B/entry")
	b.ReportMetric(float64(all.bytes)/entries, "written/entry")
	b.ReportMetric(float64(int64(scale.heap-before)), "kept-B")
}
