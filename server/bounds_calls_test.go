package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// callGraph returns which functions of this package call which, by name, and its exported methods. Methods have the
// name of their type before them.
func callGraph(t *testing.T) (calls map[string][]string, exported map[string]string) {
	t.Helper()
	calls, exported = map[string][]string{}, map[string]string{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			owner := receiverOf(f)
			name := owner + "." + f.Name.Name
			if f.Name.IsExported() && (owner == "Server" || owner == "Seller" || owner == "Payer") {
				exported[name] = name
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr: // also a method that is passed on without a call
					calls[name] = append(calls[name], calledBy(owner, n))
				case *ast.CallExpr:
					if id, ok := n.Fun.(*ast.Ident); ok {
						calls[name] = append(calls[name], "."+id.Name)
					}
				}
				return true
			})
		}
	}
	return calls, exported
}

// receiverOf is the type whose method a function is, "" for none.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	if id, ok := of.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// calledBy is the function that x.name means: receivers of this package have one name each.
func calledBy(owner string, n *ast.SelectorExpr) string {
	switch x := n.X.(type) {
	case *ast.Ident:
		switch x.Name {
		case "s":
			return "Server." + n.Sel.Name
		case "v", "w":
			if owner == "" || owner == "Server" { // a function that is given a vendor
				owner = "Seller"
			}
			return owner + "." + n.Sel.Name
		}
	case *ast.SelectorExpr:
		switch x.Sel.Name {
		case "s":
			return "Server." + n.Sel.Name
		case "webhooks":
			return "webhooks." + n.Sel.Name
		}
	}
	return "other." + n.Sel.Name
}

func reaches(calls map[string][]string, from string, seen map[string]bool) bool {
	switch from {
	case "Server.update", "webhooks.Create", "webhooks.Remove", "webhooks.Rotate", "webhooks.Run", "webhooks.Deliver":
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(calls[from], func(to string) bool { return reaches(calls, to, seen) })
}
