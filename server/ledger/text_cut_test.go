package ledger

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayCut has the functions that cut a text without a word, each with the reason: nobody has typed it just now, or it is
// refused nearby. Any other text is for typedText, typedLine or CheckLength.
var mayCut = map[string]string{
	"CheckLength": "the check itself",
	"Title":       "shown in a row: the whole address is pinned in the sale",
	"reasonBy":    "what a machine has reported",

	"ReadAddress": "any difference is refused",
	"Settings":    "any difference is refused",
	"WithView":    "one character more than may be is refused",

	"DecideAddKey": "the comment in a file with a key", "DecideJoin": "the comment in a file with a key",
	"DecideRecover": "the comment in a file with a key", "parseKey": "the comment in a file with a key",
	"ParseAgentKey": "shown in a refusal",
	"setPlan":       "compared with names that were checked", "newSale": "the title of an offer, which is checked",

	"begun": "words of the code", "stateName": "words of the code", "KeepInVault": "words of the code",
	"NewMandate": "words of the service", "EndRefill": "words of the service", "held": "words of the service",
	"NoteRefill": "words of the service", "StepRedemption": "words of the service behind a reason",
	"gatewayAfterwards": "words of the service",

	"NewReceipt": "a bank's line; what staff types is checked before", "StepMandate": "what a bank has reported",
	"why": "what a bank has reported", "note": "what a bank has reported", "SpokenText": "what a telephone has heard",
	"recordState": "what a processor has reported", "recordRefund": "what a processor has reported",
	"onePayout": "what a gateway has reported", "gatewaySaid": "what a gateway has reported",

	"checkOffers": "shown in a refusal", "rate": "shown in a refusal",
	"Call": "spoken at a telephone", "after": "spoken at a telephone",
	"requestView": "shown beside the whole text", "receipt": "shown beside the whole text",
}

// A text that a person types is refused where it would be cut: half of a sentence can say the opposite.
func TestNothingTypedIsCutSilently(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range []string{".", ".."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				fn, is := d.(*ast.FuncDecl)
				if !is {
					continue
				}
				for _, at := range cuts(fn) {
					used[fn.Name.Name] = true
					if mayCut[fn.Name.Name] == "" {
						t.Errorf("%s: %s cuts a text", fset.Position(at), fn.Name.Name)
					}
				}
			}
		}
	}
	for name := range mayCut {
		if !used[name] {
			t.Errorf("%s may cut, and does not", name)
		}
	}
}

// cuts is where a function cuts a text, but for what it only shows in the words of a refusal, and for what
// CheckLength has looked at in the same function.
func cuts(fn *ast.FuncDecl) (all []token.Pos) {
	checked, shown := false, []ast.Node{}
	ast.Inspect(fn, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		switch name := called(call); {
		case name == "CheckLength":
			checked = true
		case name == "CleanText" || name == "CleanLine":
			within := func(s ast.Node) bool { return s.Pos() <= n.Pos() && n.End() <= s.End() }
			if !slices.ContainsFunc(shown, within) {
				all = append(all, n.Pos())
			}
		case slices.Contains([]string{"Refuse", "Invalid", "refuse", "badRates", "no", "Errorf", "Warn"}, name):
			shown = append(shown, n)
		}
		return true
	})
	if checked {
		return nil
	}
	return all
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
