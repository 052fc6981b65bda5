package books

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

// stored nouns, each with its way through the codec.
type noun struct {
	name  string
	empty func() any // pointer to a zero noun
	code  func(any) []byte
	read  func([]byte) (any, error)
}

func nounOf[T, R any](f form[T, R]) noun {
	return noun{
		name: fmt.Sprintf("%T", *new(T)), empty: func() any { return new(T) }, code: func(v any) []byte { return f.encode(*v.(*T)) },
		read: func(b []byte) (any, error) {
			v, err := f.decode([]byte("u\x01"), b)
			return &v, err
		},
	}
}

func nouns() []noun {
	return []noun{
		nounOf(users), nounOf(staffs), nounOf(wallets), nounOf(links), nounOf(vendors), nounOf(tills), nounOf(offers), nounOf(checkouts),
		nounOf(purchases), nounOf(deposits), nounOf(disputes), nounOf(transfers), nounOf(policies), nounOf(entries), nounOf(remembereds),
		nounOf(deliveries), nounOf(heads), nounOf(spans), nounOf(amounts), nounOf(counts), nounOf(blobs), nounOf(payees),
	}
}

// fill sets every field that there is to a value that no other field has.
func fill(v reflect.Value, n *int64) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.UnixMicro(1_700_000_000_000_000 + *n).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(-*n)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n)%255 + 1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 3 {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(k, n)
			fill(e, n)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				fill(v.Field(i), n)
			}
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

func filled(n noun) any {
	v, seed := n.empty(), int64(0)
	fill(reflect.ValueOf(v).Elem(), &seed)
	return v
}

// Every field of every noun comes back: a field that is added to a noun and forgotten in its record fails here.
func TestEveryFieldSurvives(t *testing.T) {
	for _, n := range nouns() {
		for _, v := range []any{filled(n), n.empty()} {
			got, err := n.read(n.code(v))
			if err != nil {
				t.Errorf("%s: %v", n.name, err)
			} else if !reflect.DeepEqual(got, v) {
				t.Errorf("%s:\n%s", n.name, cmp.Diff(v, got, cmp.Exporter(func(reflect.Type) bool { return true })))
			}
		}
	}
}

// All nouns of package ledger that are put into the books are in the list above, with all that they hold.
func TestEveryPutHasAForm(t *testing.T) {
	have := map[reflect.Type]bool{}
	for _, n := range nouns() {
		have[reflect.TypeOf(n.empty()).Elem()] = true
	}
	tx := reflect.TypeFor[Tx]()
	puts := 0
	for i := range tx.NumMethod() {
		m := tx.Method(i)
		if !strings.HasPrefix(m.Name, "Put") {
			continue
		}
		puts++
		if arg := m.Type.In(m.Type.NumIn() - 1); !have[arg] {
			t.Errorf("%s writes %s, which the tests of the codec do not know", m.Name, arg)
		}
	}
	if puts < 14 {
		t.Errorf("only %d ways to put", puts)
	}
}

var update = flag.Bool("update", false, "write the golden file of the record formats")

// The bytes of each record are those of testdata/format.golden: stores that exist can be read. If this fails, a new
// format is needed, not a new golden file.
func TestFormatIsStable(t *testing.T) {
	var b strings.Builder
	for _, n := range nouns() {
		fmt.Fprintf(&b, "%s %x\n", n.name, n.code(filled(n)))
	}
	if *update {
		if err := os.WriteFile("testdata/format.golden", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/format.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Error(diff)
	}
	for line := range strings.Lines(string(want)) { // and old bytes are read, whatever is written today
		name, code, _ := strings.Cut(strings.TrimSpace(line), " ")
		raw, err := hex.DecodeString(code)
		i := slices.IndexFunc(nouns(), func(n noun) bool { return n.name == name })
		if err != nil || i < 0 {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := nouns()[i].read(raw); err != nil || !reflect.DeepEqual(got, filled(nouns()[i])) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDamagedRecords(t *testing.T) {
	for _, n := range nouns() {
		whole := n.code(filled(n))
		for name, c := range map[string]struct {
			bytes []byte
			want  error
		}{
			"empty": {nil, store.ErrDamaged}, "format only": {whole[:1], store.ErrDamaged}, "cut": {whole[:len(whole)-1], store.ErrDamaged},
			"longer": {append(slices.Clone(whole), 0), store.ErrDamaged}, "newer": {append([]byte{format + 1}, whole[1:]...), store.ErrNewer},
			"format 0": {append([]byte{0}, whole[1:]...), store.ErrDamaged}, "a tag": {[]byte{format, 0xc1, 0x01}, store.ErrDamaged},
			"another shape": {[]byte{format, 0xa1, 0x01, 0x61, 0x62}, store.ErrDamaged}, "endless": {[]byte{format, 0x9f, 0xff}, store.ErrDamaged},
		} {
			_, err := n.read(c.bytes)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), "u 01") {
				t.Errorf("%s %s: %v, want %v naming the key", n.name, name, err, c.want)
			}
		}
	}
}

// Times keep their microsecond, also before 1970; no time stays no time.
func TestInstant(t *testing.T) {
	for _, at := range []time.Time{
		{},
		time.UnixMicro(0).UTC(), time.UnixMicro(-1).UTC(), time.UnixMicro(1).UTC(), morning,
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC),
	} {
		if got := pack(at).time(); got != at {
			t.Errorf("%v became %v", at, got)
		}
	}
	zone := time.FixedZone("", 3600)
	if got := pack(time.Date(2026, 1, 1, 1, 0, 0, 1999, zone)).time(); got != time.Date(2026, 1, 1, 0, 0, 0, 1000, time.UTC) {
		t.Errorf("in UTC and whole microseconds: %v", got)
	}
}

// Text of any bytes comes back: what was written must be readable.
func TestTextOfAnyBytes(t *testing.T) {
	u := ledger.User{ID: 1, Handle: "\xff\x00\xed\xa0\x80"}
	if got, err := users.decode(nil, users.encode(u)); err != nil || got.Handle != u.Handle {
		t.Errorf("%q, %v", got.Handle, err)
	}
}

// The journal hashes what it writes: the same noun always gives the same bytes.
func TestEncodingIsDeterministic(t *testing.T) {
	for _, n := range nouns() {
		v := filled(n)
		for range 20 {
			if !bytes.Equal(n.code(v), n.code(v)) {
				t.Fatalf("%s has two encodings", n.name)
			}
		}
	}
}

// Whatever the bytes are, a decoder answers an error or a noun that it would write and read again.
func FuzzDecode(f *testing.F) {
	all := nouns()
	for i, n := range all {
		f.Add(uint8(i), n.code(filled(n)))
		f.Add(uint8(i), n.code(n.empty()))
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		n := all[int(which)%len(all)]
		v, err := n.read(b)
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNewer) {
				t.Fatalf("%s: %v", n.name, err)
			}
			return
		}
		again, err := n.read(n.code(v))
		if err != nil || !reflect.DeepEqual(again, v) {
			t.Fatalf("%s: %+v became %+v, %v", n.name, v, again, err)
		}
	})
}
