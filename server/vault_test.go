package server

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/store"
)

// mayOpenVault is everyone who is given plain data of the vault, and why.
var mayOpenVault = map[string]string{
	"Server.mailAddress":      "the postal address, for a letter",
	"Server.bankParty":        "the account and its holder, for the file of a bank",
	"Server.redemptionRow":    "where a redemption goes, for the file of a bank or the list of checks",
	"Server.payeeAccount":     "the account and its holder, for the file of a bank, or for the operator's gateway",
	"Server.correctedAccount": "a bank has corrected one number of an account: the others stay",
}

// Nobody is given plain data of the vault who is not in the list.
func TestWhoOpensTheVault(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
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
			if !ok || f.Name.Name == "openVault" {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if x, ok := n.(*ast.SelectorExpr); ok && (x.Sel.Name == "openVault" || x.Sel.Name == "OpenVault") {
					found = append(found, receiverOf(f)+"."+f.Name.Name)
				}
				return true
			})
		}
	}
	var want []string
	for name := range mayOpenVault {
		want = append(want, name)
	}
	slices.Sort(want)
	slices.Sort(found)
	if diff := cmp.Diff(want, slices.Compact(found)); diff != "" {
		t.Errorf("who opens the vault (-in the list +in the source):\n%s", diff)
	}
}

// What the vault keeps is read again, is nowhere in the store in clear, does not open in the place of another record,
// and is gone when it is forgotten.
func TestVaultKeepsAndForgets(t *testing.T) {
	kv := store.NewMemory()
	f := newFixtureOn(t, kv)
	ann := f.user(f.join("ann"))
	plain := []byte("DE89370400440532013000 Ann Example")
	var v, other ledger.VaultRecord
	put := func(purpose string) (v ledger.VaultRecord) {
		err := f.update(f.ctx, func(tx books.Tx) (err error) {
			v, err = f.keepInVault(tx, ledger.VaultRecord{
				ID: ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(ann.ID)}, Purpose: purpose,
				Mask: "DE•• … 3000", Country: "DE", Last4: "3000",
			}, plain, systemActor, f.clock())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v, other = put(ledger.VaultBank), put(ledger.VaultAddress)
	f.read(func(r books.Reader) error {
		got, err := f.openVault(r, v.ID)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("read again: %q, %v", got, err)
		}
		return nil
	})
	if _, err := f.seal.OpenVault(other.ID, other.Purpose, v.Key, v.Data); err == nil {
		t.Error("it opens in the place of another record")
	}
	if _, err := f.seal.OpenVault(v.ID, ledger.VaultPayout, v.Key, v.Data); err == nil {
		t.Error("it opens for another purpose")
	}
	notInStore(t, kv, "DE89370400440532013000", "Ann Example", "0532013000")
	err := f.update(f.ctx, func(tx books.Tx) error { return forgetInVault(tx, v.ID, systemActor, f.clock()) })
	if err != nil {
		t.Fatal(err)
	}
	f.read(func(r books.Reader) error {
		if _, err := f.openVault(r, v.ID); err == nil {
			t.Error("what was forgotten opens")
		}
		had, _, err := r.Vault(v.ID)
		if err != nil || len(had.Key)+len(had.Data) > 0 || had.Mask != "DE•• … 3000" {
			t.Errorf("tombstone: %+v, %v", had, err)
		}
		return nil
	})
	f.refused(ledger.ErrState, func() error {
		return f.update(f.ctx, func(tx books.Tx) error { return forgetInVault(tx, v.ID, systemActor, f.clock()) })
	})
	f.clean()
}

// notInStore fails if one of the texts is anywhere in a store in clear.
func notInStore(t *testing.T, kv store.Store, texts ...string) {
	t.Helper()
	err := kv.View(t.Context(), func(r store.Reader) error {
		for row, err := range r.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
			for _, text := range texts {
				if bytes.Contains(row.Value, []byte(text)) || bytes.Contains(row.Key, []byte(text)) {
					t.Errorf("row %q has %q in clear", row.Key[:1], text)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
