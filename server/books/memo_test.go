package books

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

// A row is used for the bytes it was made from and for no others.
func TestMemoKnowsTheBytes(t *testing.T) {
	m := &Memo{}
	m.memorize([]byte("k"), []byte("one"), 1)
	for _, tt := range []struct {
		key, record string
		found       bool
	}{{"k", "one", true}, {"k", "two", false}, {"k", "on", false}, {"k", "", false}, {"l", "one", false}} {
		if row, found := m.recall([]byte(tt.key), []byte(tt.record)); found != tt.found || found && row != 1 {
			t.Errorf("%s %q: %v, %v", tt.key, tt.record, row, found)
		}
	}
	m.memorize([]byte("k"), []byte("two"), 2)
	if _, found := m.recall([]byte("k"), []byte("one")); found {
		t.Error("an older record is still known")
	}
	for i := range maxMemo + 1 {
		m.memorize(fmt.Append(nil, i), []byte("x"), i)
	}
	if len(m.rows) > maxMemo {
		t.Errorf("%d rows, want at most %d", len(m.rows), maxMemo)
	}
	var none *Memo
	none.memorize([]byte("k"), []byte("one"), 1)
	if _, found := none.recall([]byte("k"), []byte("one")); found {
		t.Error("no memo remembers something")
	}
}

// What a transaction wrote and gave up is not seen by the next one.
func TestMemoAfterARefusal(t *testing.T) {
	kv, memo := store.NewMemory(), &Memo{}
	write := func(window int64, refuse error) error {
		return kv.Update(t.Context(), func(tx store.Tx) error {
			p := ledger.DefaultPolicy()
			p.DepositMin = window
			if err := Write(tx, memo).PutPolicy(p); err != nil {
				return err
			}
			return refuse
		})
	}
	if err := write(7, nil); err != nil {
		t.Fatal(err)
	}
	if err := write(8, store.ErrTooLarge); err == nil {
		t.Fatal("the refusal was lost")
	}
	if err := kv.Update(t.Context(), func(tx store.Tx) error {
		p, found, err := Write(tx, memo).Policy()
		if err != nil || !found || p.DepositMin != 7 {
			t.Errorf("policy with %d, %v, %v; want 7", p.DepositMin, found, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// A row that is kept shares nothing with the nouns that went in or came out: whoever changes one changes no other.
func TestHotRowsShareNothing(t *testing.T) {
	sharesNothing(t, users)
	sharesNothing(t, wallets)
	sharesNothing(t, links)
	sharesNothing(t, vendors)
	sharesNothing(t, tills)
	sharesNothing(t, offers)
	sharesNothing(t, policies)
	sharesNothing(t, heads)
}

func sharesNothing[T, R any](t *testing.T, f form[T, R]) {
	t.Helper()
	filled := func() (v T) {
		n := int64(1)
		fill(reflect.ValueOf(&v).Elem(), &n)
		return v
	}
	v := filled()
	row := f.pack(v)
	scribble(reflect.ValueOf(&v).Elem())
	out := f.unpack(row)
	if diff := cmp.Diff(filled(), out); diff != "" {
		t.Errorf("%T: a change of what was stored reaches its row:\n%s", v, diff)
	}
	scribble(reflect.ValueOf(&out).Elem())
	if diff := cmp.Diff(filled(), f.unpack(row)); diff != "" {
		t.Errorf("%T: a change of what was read reaches its row:\n%s", v, diff)
	}
}

// scribble overwrites everything that is reached by reference.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				scribble(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			v.SetMapIndex(k, reflect.Zero(v.Type().Elem()))
		}
	}
}

// Books that another program wrote are refused as a whole, and not taken for damaged ones.
func TestAuditRefusesAnotherFormat(t *testing.T) {
	kv := store.NewMemory()
	if err := kv.Update(t.Context(), func(tx store.Tx) error { return Write(tx, nil).PutMeta(FormatName, []byte("books 2")) }); err != nil {
		t.Fatal(err)
	}
	if err := kv.View(t.Context(), func(r store.Reader) error {
		_, err := Audit(t.Context(), r, nil)
		return err
	}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v, want %v", err, store.ErrNewer)
	}
}
