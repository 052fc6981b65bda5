package main

import (
	"encoding/csv"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// agree compares a trial balance in CSV with the totals of another program: account, currency, sum.
func agree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: agree TRIAL TOTALS")
	}
	read := func(file string, number func(row []string) (name, amount string)) map[string]string {
		rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(file))).ReadAll()
		ts.Check(err)
		all := map[string]string{}
		for _, row := range rows[1:] {
			name, amount := number(row)
			whole, fraction, _ := strings.Cut(strings.TrimSpace(amount), ".")
			if amount = whole + "." + (fraction + "000000")[:6]; strings.Trim(amount, "-0.") != "" {
				all[name] = amount
			}
		}
		return all
	}
	class := regexp.MustCompile(`:(\d{4})-`)
	trial := read(args[0], func(row []string) (string, string) { return row[0] + " " + row[4], row[6] })
	other := read(args[1], func(row []string) (string, string) {
		return class.FindStringSubmatch(row[0])[1] + " " + strings.TrimSpace(row[1]), row[2]
	})
	if diff := cmp.Diff(trial, other); diff != "" || len(trial) == 0 {
		ts.Fatalf("trial balance and %s (-ours +theirs):\n%s", args[1], diff)
	}
}

// What OPERATING.md tells an operator to type is what stories have typed: "The books" to the letter, elsewhere the verb
// of each command over ssh, the settings of each start and the files that have to be there.
func TestOperatingIsInTheStories(t *testing.T) {
	var stories strings.Builder
	for _, path := range []string{
		"testdata/report.txtar", "testdata/stripe.txtar", "testdata/ecurrency.txtar",
		"testdata/check.txtar", "testdata/receipt.txtar",
		"testdata/postpaid.txtar",
		"testdata/desk.txtar",
		"testdata/autodebit.txtar",
		"testdata/settle.txtar",
		"testdata/payout-sepa.txtar", "testdata/payout-hook.txtar",
		"testdata/redeem.txtar",
		"testdata/phone.txtar", "testdata/purchase-order.txtar", "testdata/biller.txtar",
		"testdata/voice.txtar", "testdata/shop.txtar", "testdata/referral.txtar",
		"testdata/mailed-bill.txtar", "testdata/office.txtar", "testdata/restore.txtar",
		"testdata/voucher.txtar",
	} {
		story, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stories.Write(story)
	}
	doc, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^ {4,}(.+?)(?: +# .*)?$`).FindAllStringSubmatch(string(doc), -1)
	if len(lines) < 15 {
		t.Fatalf("%d commands", len(lines))
	}
	for _, l := range lines {
		for _, typed := range typedInStories(l[1]) {
			if !strings.Contains(stories.String(), typed) {
				t.Errorf("no story has %q, for: %s", typed, l[1])
			}
		}
	}
}

// typedInStories is what stories have of a line of the document.
func typedInStories(line string) []string {
	if _, remote, ours := strings.Cut(line, "localhost "); ours {
		return []string{"as operator " + remote + "\n"}
	}
	words := strings.Fields(line)
	switch {
	case strings.HasPrefix(line, "ssh HOST methods"):
		return []string{"as ann methods\n"}
	case strings.HasPrefix(line, "ssh HOST vendor suspend"), strings.HasPrefix(line, "ssh HOST vendor resume"),
		strings.HasPrefix(line, "ssh HOST desk ") && words[3] != "receipts":
		return []string{"as max " + words[2] + " " + words[3]} // a representative
	case strings.HasPrefix(line, "ssh HOST "):
		return []string{"as operator " + words[2] + " " + words[3]}
	case words[0] == "install":
		return []string{"data/" + strings.TrimPrefix(words[len(words)-1], "DATA/")}
	case strings.HasPrefix(line, "tuppence serve "):
		var flags []string
		for _, w := range words {
			if strings.HasPrefix(w, "--btcpay") {
				flags = append(flags, w)
			}
		}
		return append(flags, "start serve ")
	}
	return []string{"exec " + line + "\n"}
}

// A file that cannot be written to its end is not there, under no name.
func TestNoHalfFileIsLeft(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("broken")
	err := wholeFile(filepath.Join(dir, "books"), func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// stalling is a service in a data directory that sends half of an export and then waits, or breaks off.
func stalling(t *testing.T, breaks bool) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "books") // a short name: a socket has one
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, controlFile))
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half\n")
		_ = http.NewResponseController(w).Flush()
		if breaks {
			panic(http.ErrAbortHandler)
		}
		<-over
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() {
		close(over)
		_ = s.Close()
		_ = os.RemoveAll(dir)
	})
	return dir
}

// An export that the service breaks off, and one that is killed meanwhile, leave no file under its name.
func TestExportIsWholeOrNotThere(t *testing.T) {
	exported := func(dir string) *exec.Cmd {
		return exec.Command("tuppence", "export", "--format", "csv", "--data", dir, "--out", filepath.Join(dir, "books.csv"))
	}
	t.Run("broken off", func(t *testing.T) {
		dir := stalling(t, true)
		out, err := exported(dir).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "broke the export off") {
			t.Errorf("%v: %s", err, out)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*books*")); left != nil {
			t.Error("left:", left)
		}
	})
	t.Run("killed", func(t *testing.T) {
		dir := stalling(t, false)
		cmd := exported(dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		half := func() bool {
			begun, _ := filepath.Glob(filepath.Join(dir, ".tuppence-*"))
			for _, name := range begun {
				if info, err := os.Stat(name); err == nil && info.Size() > 0 {
					return true
				}
			}
			return false
		}
		for end := time.Now().Add(patience); !half(); {
			if time.Now().After(end) {
				t.Fatal("nothing is written")
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(dir, "books.csv")); !errors.Is(err, os.ErrNotExist) {
			t.Error("a part has the name of the whole:", err)
		}
	})
}
