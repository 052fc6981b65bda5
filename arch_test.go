package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arrow is the imports that one package may have: ours, then those of others. The standard library is free, but see
// noEffects.
type arrow struct{ pkg, ours, others, why string }

// arrows is the design. A new arrow is a new word here, with its reason in the last line.
var arrows = []arrow{
	{"shots", "", "", "plays the recording of the tour"},
	{"examples", "", "", "what a vendor writes, with nothing of ours"},
	{
		"store", "",
		"github.com/dgraph-io/badger github.com/dgraph-io/ristretto golang.org/x/sync",
		"the engine knows bytes and nothing of money",
	},
	{
		"store/storetest", "store",
		"github.com/dgraph-io/badger github.com/anishathalye/porcupine github.com/google/go-cmp pgregory.net/rapid " +
			"go.uber.org/goleak",
		"what every engine must pass",
	},
	{
		"server/ledger", "",
		"github.com/shopspring/decimal github.com/bojanz/currency github.com/charmbracelet/x/ansi",
		"rules are pure: x/ansi only cleans text",
	},
	{
		"server/view", "server/ledger",
		"github.com/charmbracelet/x/ansi golang.org/x/text",
		"one shape for each fact that is shown",
	},
	{
		"server/httpsig", "",
		"github.com/dunglas/httpsfv",
		"signatures of requests, and nothing of money",
	},
	{
		"server/x402", "server/ledger",
		"github.com/go-jose/go-jose",
		"documents of programs that pay: no store, no network",
	},
	{
		"server/paymentauth", "server/ledger",
		"",
		"documents of another way to ask: no store, no network",
	},
	{
		"server/payer", "server/ledger server/httpsig server/x402",
		"golang.org/x/crypto",
		"a program that pays: it calls the service as any other does",
	},
	{
		"server/gateway", "server/ledger server/httpsig server/paymentauth server/x402",
		"github.com/go-jose/go-jose golang.org/x/time",
		"a vendor in front of a site: it calls the service as any other does",
	},
	{
		"server/seal", "server/ledger server/x402",
		"golang.org/x/crypto github.com/go-jose/go-jose github.com/gowebpki/jcs github.com/hiddeco/sshsig",
		"crypto only",
	},
	{
		"server/books", "server/ledger store",
		"github.com/fxamacker/cbor",
		"the only place that knows key bytes",
	},
	{
		"server/funding", "server/ledger",
		"",
		"adapters learn no names and no keys",
	},
	{
		"server/paper", "server/ledger",
		"codeberg.org/go-pdf/fpdf github.com/boombuler/barcode golang.org/x/image",
		"what people print: PDF, bar codes, fonts",
	},
	{
		"server/funding/billfile", "server/ledger",
		"",
		"bytes of files for billers, and nothing of the books",
	},
	{
		"server/funding/stripe", "server/funding server/ledger",
		"github.com/stripe/stripe-go",
		"the library of one processor stays behind its method",
	},
	{
		"server/funding/btcpay", "server/funding server/ledger",
		"github.com/shopspring/decimal github.com/bojanz/currency",
		"electronic currency over the operator's own server",
	},
	{
		"server/funding/debit", "server/funding server/ledger server/bank server/bank/ach server/bank/sepa server/bank/camt",
		"",
		"the files of banks stay behind the methods that need them",
	},
	{
		"server/funding/debit/simbank", "server/ledger",
		"github.com/moov-io/ach",
		"the other side, in the demo: it reads real files with the library alone",
	},
	{
		"server/funding/stripe/stripetest", "",
		"github.com/stripe/stripe-go",
		"a double of Stripe, for tests: its library signs what Stripe sends",
	},
	{
		"server/funding/btcpay/btcpaytest", "",
		"github.com/getkin/kin-openapi github.com/shopspring/decimal",
		"a double of a BTCPay Server, for tests: it knows its published description and nothing of ours",
	},
	{
		"server/bank", "server/ledger",
		"golang.org/x/text",
		"what the files of banks share: no store, no network",
	},
	{
		"server/bank/ach", "server/bank server/ledger",
		"github.com/moov-io/ach github.com/moov-io/base",
		"the records of NACHA stay behind our own types",
	},
	{
		"server/bank/sepa", "server/bank server/ledger",
		"",
		"own elements: the standard library writes them",
	},
	{
		"server/bank/camt", "server/bank server/ledger",
		"golang.org/x/text",
		"own elements; x/text knows the old character sets",
	},
	{
		"server/bank/banktest", "",
		"",
		"an outside validator for what is written",
	},
	{
		"server/reader", "server/ledger",
		"golang.org/x/net",
		"pages of strangers become text: no store, no network",
	},
	{
		"server/history", "server/books server/ledger server/view server/seal",
		"",
		"reads over the books",
	},
	{
		"server/webhook", "server/books server/ledger server/view server/seal",
		"github.com/standard-webhooks code.dny.dev/ssrf",
		"what leaves for vendors after the commit",
	},
	{
		"server", "server/ledger server/books server/seal server/view server/history server/webhook server/funding " +
			"server/funding/billfile server/paper server/reader store",
		"",
		"use cases know neither HTTP nor terminals",
	},
	{
		"server/hook", "server server/ledger server/seal server/view server/httpsig server/paymentauth server/x402",
		"github.com/danielgtaylor/huma github.com/go-jose/go-jose github.com/gowebpki/jcs golang.org/x/time",
		"the only map from errors to HTTP",
	},
	{
		"server/checkout", "server server/ledger server/view server/hook",
		"github.com/boombuler/barcode",
		"browser pages, with a code to read",
	},
	{
		"server/inbound", "server server/funding server/ledger",
		"golang.org/x/time",
		"the door for payment processors",
	},
	{
		"server/voice", "server server/ledger server/view",
		"golang.org/x/time",
		"the door for a telephone service: TwiML, and who has signed a call",
	},
	{
		"server/demo", "",
		"github.com/standard-webhooks",
		"a customer of the HTTP contract",
	},
	{
		"server/servertest", "",
		"",
		"the time and randomness of tests",
	},
	{
		"tui/command", "server/ledger server/view",
		"github.com/spf13",
		"the table of commands: no screen, no Bubble Tea",
	},
	{
		"tui/command/commandtest", "server/ledger server/view",
		"github.com/google/go-cmp",
		"a stand-in for the service, for the tests of commands and screens",
	},
	{
		"tui", "tui/command server/ledger server/view",
		"github.com/boombuler/barcode github.com/charmbracelet github.com/muesli/termenv github.com/sahilm/fuzzy",
		"screens talk to the service by an interface of their own",
	},
	{
		"tui/plain", "tui/command server/ledger server/view",
		"",
		"a talk in lines: it draws nothing",
	},
	{
		"ssh/files", "tui/command server/ledger server/view",
		"github.com/pkg/sftp golang.org/x/text",
		"a wallet as files: it asks the service by an interface of its own",
	},
	{
		"ssh", "ssh/files tui tui/command tui/plain server/ledger server/view",
		"github.com/charmbracelet golang.org/x/crypto golang.org/x/time github.com/muesli/termenv",
		"who is calling, and a thin writer",
	},
	{
		"", "server server/ledger server/view server/hook server/voice server/inbound " +
			"server/webhook server/checkout server/funding server/funding/btcpay " +
			"server/funding/stripe server/funding/debit server/funding/debit/simbank server/seal server/books " +
			"server/demo server/gateway server/payer ssh store",
		"github.com/modelcontextprotocol " +
			"github.com/spf13 github.com/knadh/koanf github.com/prometheus golang.org/x/crypto github.com/pires/go-proxyproto",
		"wiring",
	},
}

// noEffects are packages of the standard library that the rules may not touch: no I/O, clock, goroutine or chance.
var noEffects = []string{
	"os",
	"net",
	"net/http",
	"io/fs",
	"log",
	"log/slog",
	"math/rand",
	"math/rand/v2",
	"crypto/rand",
	"context",
	"sync",
	"sync/atomic",
}

// TestArrows holds the table of imports. It reads the files in this process, so that go test's cache knows them.
func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), ".")
		i := slices.IndexFunc(arrows, func(a arrow) bool { return a.pkg == pkg })
		if i < 0 {
			t.Errorf("package %q has no line in the table of arrows", pkg)
			return nil
		}
		seen[pkg] = true
		for _, spec := range f.Imports {
			seen[pkg+" > "+strings.TrimPrefix(strings.Trim(spec.Path.Value, `"`), "tuppence/")] = true
			if why := refuseImport(arrows[i].ours, arrows[i].others, pkg, strings.Trim(spec.Path.Value, `"`)); why != "" {
				t.Errorf("%s imports %s: %s (%s)", path, spec.Path.Value, why, arrows[i].why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range arrows {
		if !seen[a.pkg] {
			t.Errorf("the table has a line for %q, which does not exist", a.pkg)
		}
		for _, to := range strings.Fields(a.ours) {
			if !seen[a.pkg+" > "+to] {
				t.Errorf("the table lets %q import %q, which it does not: take the arrow away", a.pkg, to)
			}
		}
	}
}

// refuseImport says what is wrong with an import, "" if nothing is.
func refuseImport(ours, others, pkg, path string) string {
	if rel, own := strings.CutPrefix(path, "tuppence/"); own {
		if !slices.Contains(strings.Fields(ours), rel) {
			return "this arrow is not in the design"
		}
		return ""
	}
	if strings.Contains(strings.Split(path, "/")[0], ".") {
		if !slices.ContainsFunc(
			strings.Fields(others), func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") },
		) {
			return "this library is not meant for this package"
		}
		return ""
	}
	if pkg == "server/ledger" && slices.Contains(noEffects, path) {
		return "the rules do no I/O and know no clock"
	}
	return ""
}

// The table refuses what it should: a test of the test.
func TestArrowsRefuse(t *testing.T) {
	for _, tt := range []struct {
		pkg, path string
		refused   bool
	}{
		{"server/ledger", "os", true},
		{"server/ledger", "time", false},
		{"server/demo", "tuppence/server", true},
		{"server/history", "tuppence/server", true},
		{"server/hook", "tuppence/server/books", true},
		{"tui", "tuppence/store", true},
		{"tui", "tuppence/server/ledger", false},
		{"store", "github.com/shopspring/decimal", true},
	} {
		i := slices.IndexFunc(arrows, func(a arrow) bool { return a.pkg == tt.pkg })
		if got := refuseImport(arrows[i].ours, arrows[i].others, tt.pkg, tt.path) != ""; got != tt.refused {
			t.Errorf("%s importing %s: refused %v, want %v", tt.pkg, tt.path, got, tt.refused)
		}
	}
}

// TestLinesFit holds the width of the code where the linter is not installed: 120 bytes, so that no way to count
// columns finds more. A file has at most 500 lines: more are two nouns.
func TestLinesFit(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		code, err := os.ReadFile(path)
		lines := strings.Split(string(code), "\n")
		if len(lines) > 501 { // the last is behind the end of the file
			t.Errorf("%s has %d lines, want at most 500", path, len(lines)-1)
		}
		for i, line := range lines {
			if len(line) > 120 {
				t.Errorf("%s:%d has %d bytes, want at most 120", path, i+1, len(line))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOneMeasure holds that there is one width of a text in the whole program, view.Width. Two that differ are how a
// title comes to stand over an amount.
func TestOneMeasure(t *testing.T) {
	others := regexp.MustCompile(`\b(ansi\.(\w*Width\w*|Truncate\w*|Cut\w*|Wrap\w*|Hardwrap\w*|Wordwrap\w*)|` +
		`lipgloss\.Width|runewidth\.|uniseg\.|RuneCountInString\b)`)
	allowed := map[string]bool{
		"server/view/width.go":      true, // the measure itself
		"server/ledger/text.go":     true, // bounds a text in characters, not in cells
		"server/ledger/attached.go": true, // so does this
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		if found := others.Find(code); found != nil && !allowed[filepath.ToSlash(path)] {
			t.Errorf("%s measures by %s: the program has view.Width, view.Cut, view.Wrap", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
