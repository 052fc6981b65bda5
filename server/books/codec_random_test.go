package books

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"tuppence/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// ofEach runs a property for every kind of noun, with one drawn at random.
func ofEach(t *testing.T, property func(t *rapid.T, n noun, v any)) {
	t.Helper()
	for _, n := range nouns() {
		t.Run(n.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				v := n.empty()
				source{}.draw(t, reflect.ValueOf(v).Elem())
				property(t, n, v)
			})
		})
	}
}

var inside = cmp.Exporter(func(reflect.Type) bool { return true })

// Whatever a noun holds comes back, and is written with the same bytes again: the journal hashes them.
func TestAnyNounSurvives(t *testing.T) {
	ofEach(t, func(t *rapid.T, n noun, v any) {
		record := n.code(v)
		got, err := n.read(record)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, got, inside); diff != "" {
			t.Fatalf("(-was +is):\n%s", diff)
		}
		if again := n.code(got); !bytes.Equal(again, record) {
			t.Fatalf("was %x, is %x", record, again)
		}
	})
}

// A record of version 1 is read as the noun that it held: fields that came later are empty.
func TestAnyNounOfVersion1IsRead(t *testing.T) {
	ofEach(t, func(t *rapid.T, n noun, v any) {
		got, err := n.read(n.old(v))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n.then(v), got, inside); diff != "" {
			t.Fatalf("(-was +is):\n%s", diff)
		}
	})
}

// Each part of a record that ends too early is damaged, in both versions: none is taken for a shorter record.
func TestCutRecordsAreDamaged(t *testing.T) {
	ofEach(t, func(t *rapid.T, n noun, v any) {
		for _, record := range [][]byte{n.code(v), n.old(v)} {
			cut := rapid.IntRange(0, len(record)-1).Draw(t, "cut")
			if got, err := n.read(record[:cut]); !errors.Is(err, store.ErrDamaged) {
				t.Fatalf("%d of %d bytes of %x: %+v, %v", cut, len(record), record, got, err)
			}
		}
	})
}

// Bytes that were changed, or never were a record, are refused as damaged or newer, or are a noun like any other that
// is written and read again. Nothing panics.
func TestAnyBytesAreRead(t *testing.T) {
	ofEach(t, func(t *rapid.T, n noun, v any) {
		b := slices.Clone(rapid.SampledFrom([][]byte{n.code(v), n.old(v)}).Draw(t, "record"))
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		if rapid.Bool().Draw(t, "new") {
			b = append([]byte{rapid.ByteRange(0, version+1).Draw(t, "version")}, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")...)
		}
		got, err := n.read(b)
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNewer) {
				t.Fatalf("%x: %v", b, err)
			}
			return
		}
		again, err := n.read(n.code(got))
		if err != nil {
			t.Fatalf("%x was read as %+v, which is not read again: %v", b, got, err)
		}
		if diff := cmp.Diff(got, again, inside, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-was +is):\n%s", diff)
		}
	})
}

// A decoded row writes the bytes that its codec writes, behind whatever was there, and is never longer than the store
// reserves for it.
func TestDecodedRowsWriteTheirRecord(t *testing.T) {
	t.Run("user", func(t *testing.T) { writesItsRecord(t, &users) })
	t.Run("wallet", func(t *testing.T) { writesItsRecord(t, &wallets) })
	t.Run("link", func(t *testing.T) { writesItsRecord(t, &links) })
	t.Run("vendor", func(t *testing.T) { writesItsRecord(t, &vendors) })
	t.Run("till", func(t *testing.T) { writesItsRecord(t, &tills) })
	t.Run("offer", func(t *testing.T) { writesItsRecord(t, &offers) })
	t.Run("policy", func(t *testing.T) { writesItsRecord(t, &policies) })
	t.Run("idempotency record", func(t *testing.T) { writesItsRecord(t, &idempotencyRecords) })
}

func writesItsRecord[T, R any](t *testing.T, c *codec[T, R]) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		v := anyOf[T](t, source{})
		row := &decoded[T, R]{v, c}
		before := []byte("before")
		if got, want := row.Append(before), append([]byte("before"), c.encode(v)...); !bytes.Equal(got, want) {
			t.Fatalf("wrote %x, want %x", got, want)
		}
		if n := len(c.encode(v)); n > 2*row.Size() {
			t.Fatalf("a record of %d bytes, the store reserves %d", n, 2*row.Size())
		}
		back, err := c.Decode([]byte("u"), c.encode(v))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, back.(*decoded[T, R]).noun, inside); diff != "" {
			t.Fatalf("(-was +is):\n%s", diff)
		}
	})
}
