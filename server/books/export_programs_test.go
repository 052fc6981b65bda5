package books

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tuppence/server/ledger"
)

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
