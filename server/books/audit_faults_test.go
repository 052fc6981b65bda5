package books

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"
)

// fault is something wrong with the books that an audit must find as a broken invariant, in words that begin or contain
// what is given.
type fault struct {
	name, invariant, says string
	plant                 func(l *busyWorld, tx store.Tx) error
}

// inEntry plants a fault in an entry, with all hashes made anew.
func inEntry(
	no func(*busyWorld) ledger.EntryNo, change func(*busyWorld, *ledger.Entry),
) func(*busyWorld, store.Tx) error {
	return func(l *busyWorld, tx store.Tx) error {
		return forge(tx, no(l), func(s *stored) { change(l, &s.Entry) })
	}
}

// inRow plants a fault in a row.
func inRow[T, R any](
	at func(*busyWorld) []byte, c codec[T, R], change func(*busyWorld, *T),
) func(*busyWorld, store.Tx) error {
	return func(l *busyWorld, tx store.Tx) error {
		return edit(tx, at(l), c, func(v *T) { change(l, v) })
	}
}

// without deletes a row.
func without(at func(*busyWorld) []byte) func(*busyWorld, store.Tx) error {
	return func(l *busyWorld, tx store.Tx) error {
		mustGet(Read(tx), at(l))
		return tx.Delete(at(l))
	}
}

// with writes a row that should not be there.
func with(at func(*busyWorld) []byte, value func(*busyWorld) []byte) func(*busyWorld, store.Tx) error {
	return func(l *busyWorld, tx store.Tx) error { return tx.Set(at(l), value(l)) }
}

// fixed is a key or value that does not depend on the world.
func fixed(b []byte) func(*busyWorld) []byte { return func(*busyWorld) []byte { return b } }

func plainSale(l *busyWorld) ledger.EntryNo   { return l.plain }
func partlySale(l *busyWorld) ledger.EntryNo  { return l.partly }
func sentMoney(l *busyWorld) ledger.EntryNo   { return l.sent }
func unmatched(l *busyWorld) ledger.EntryNo   { return l.receipt }
func openDispute(l *busyWorld) ledger.EntryNo { return l.open.No }
func takenOffer(l *busyWorld) ledger.EntryNo {
	return l.after(ledger.KindDisputeDecided, l.taken.Purchase)
}

func verdictOfWon(l *busyWorld) ledger.EntryNo {
	return l.after(ledger.KindDisputeDecided, l.won.Purchase) - 2 // an appeal follows it
}
func capture(l *busyWorld) ledger.EntryNo { return l.after(ledger.KindCapture, l.part) }
func refund(l *busyWorld) ledger.EntryNo  { return l.after(ledger.KindRefund, l.partly) }
func claim(l *busyWorld) ledger.EntryNo   { return l.after(ledger.KindTransferClaimed, l.claimed) }

func checkoutOf(l *busyWorld) ledger.CheckoutID {
	return ledger.CheckoutID{Vendor: l.vendor, Number: uint64(l.plain)}
}

func annsWallet(l *busyWorld) []byte  { return walletKey(l.ann, "EUR") }
func latesWallet(l *busyWorld) []byte { return walletKey(l.late, "EUR") }
func annsLink(l *busyWorld) []byte    { return linkKey(l.ann, l.vendor, "EUR") }
func bobsLink(l *busyWorld) []byte    { return linkKey(l.bob, l.vendor, "EUR") }
func bobsDays(l *busyWorld) []byte    { return daysKey(l.bob, "EUR") }
func vendorsTill(l *busyWorld) []byte { return tillKey(l.vendor, "EUR") }
func rowOf(no func(*busyWorld) ledger.EntryNo) func(*busyWorld) []byte {
	return func(l *busyWorld) []byte { return key(tPurchase, no(l)) }
}

// Every planted fault is found under its invariant, and every sentence that an audit can say is said about one of them:
// a check that no fault reaches might as well not be there.
func TestAuditFindsEveryFault(t *testing.T) {
	all := slices.Concat(journalFaults(), saleFaults(), moneyFaults(), rowFaults(), indexFaults(), exchangeFaults(),
		creditFaults(), incentiveFaults(), planFaults(), campaignFaults(), referralFaults(), issueFaults(),
		settlementFaults(),
		offlineFaults(), voiceFaults(), teamFaults(), agentFaults(), redeemFaults(), officeFaults(), contentFaults())
	var said []Finding
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			l := newBusyWorld(t)
			l.clean()
			l.plant(func(tx store.Tx) error { return f.plant(l, tx) })
			found := l.audit().Findings
			if !slices.ContainsFunc(found, func(g Finding) bool {
				return g.Invariant == f.invariant && strings.Contains(g.What, f.says)
			}) {
				t.Errorf("not found as %q: %q; findings: %q", f.invariant, f.says, found)
			}
			said = append(said, found...)
		})
	}
	for _, s := range sentences(t) {
		if !slices.ContainsFunc(said, func(f Finding) bool { return s.MatchString(f.What) }) {
			t.Errorf("no fault makes the audit say %s", s)
		}
	}
	for _, i := range []string{
		i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i14, i15, i16, i17, rowsEqual,
		indexesFit,
		i18, i19, i20, i21, i22,
	} {
		if !slices.ContainsFunc(all, func(f fault) bool { return f.invariant == i }) {
			t.Errorf("no fault breaks %q", i)
		}
	}
}

// sentences returns the formats of all findings in the source of the audit, as expressions that match what they print.
func sentences(t *testing.T) (all []*regexp.Regexp) {
	t.Helper()
	verb := regexp.MustCompile(`%[a-z]`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "milestone.go" { // whose tests have faults of their own
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "find" {
				return true
			}
			format, err := strconv.Unquote(call.Args[1].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if format != "%v" {
				parts := verb.Split(format, -1)
				for i := range parts {
					parts[i] = regexp.QuoteMeta(parts[i])
				}
				all = append(all, regexp.MustCompile("^"+strings.Join(parts, ".*")+"$"))
			}
			return true
		})
	}
	if len(all) < 60 {
		t.Errorf("only %d sentences found in the source of the audit", len(all))
	}
	return all
}
