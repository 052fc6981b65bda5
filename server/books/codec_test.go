package books

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

// noun is a kind of stored noun, with its way through the codec.
type noun struct {
	name  string
	empty func() any // pointer to a zero noun
	code  func(any) []byte
	old   func(any) []byte // as version 1 wrote it
	then  func(any) any    // what version 1 knew of it
	read  func([]byte) (any, error)
	row   reflect.Type
	once  bool
}

func nounOf[T, R any](c codec[T, R]) noun {
	return noun{
		name: fmt.Sprintf("%T", *new(T)), row: reflect.TypeFor[R](), once: c.writtenOnce,
		empty: func() any { return new(T) },
		code:  func(v any) []byte { return c.encode(*v.(*T)) },
		old:   func(v any) []byte { return writeVersion1(c, *v.(*T)) },
		then:  func(v any) any { return asVersion1Knew(c, *v.(*T)) },
		read: func(b []byte) (any, error) {
			v, err := c.decode([]byte("u\x01"), b)
			return &v, err
		},
	}
}

func nouns() []noun {
	return []noun{
		nounOf(users), nounOf(staffs), nounOf(wallets), nounOf(links), nounOf(vendors), nounOf(tills), nounOf(offers),
		nounOf(checkouts), nounOf(purchases), nounOf(deposits), nounOf(disputes), nounOf(transfers), nounOf(policies),
		nounOf(entries), nounOf(idempotencyRecords), nounOf(deliveries), nounOf(heads), nounOf(amounts), nounOf(counts),
		nounOf(blobs), nounOf(payees), nounOf(generations), nounOf(healths), nounOf(staffActs),
		nounOf(bills), nounOf(postpaids), nounOf(incentives), nounOf(campaigns), nounOf(issues), nounOf(plans),
		nounOf(cases), nounOf(proposals),
		nounOf(milestones), nounOf(daysOver), nounOf(receipts), nounOf(rates), nounOf(vaultRecords),
		nounOf(mandates), nounOf(bankFiles), nounOf(bankItems),
		nounOf(settlements), nounOf(runs), nounOf(payoutJobs),
		nounOf(redemptions), nounOf(refills),
		nounOf(billers), nounOf(billerAccounts), nounOf(frozenFiles), nounOf(phoneCodes),
		nounOf(invites), nounOf(teamMembers), nounOf(agents),
		nounOf(mailings), nounOf(closes), nounOf(unclaimed), nounOf(copies),
	}
}

// fill sets every field that there is to a value that follows from its path, so hardly two have the same. A field that
// is added changes no other one.
func fill(v reflect.Value, path string) {
	hash := fnv.New64a()
	hash.Write([]byte(path))
	n := hash.Sum64()
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.UnixMicro(1_700_000_000_000_000 + int64(n%1e12)).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(path)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(-int64(n%1e12) - 1)
	case reflect.Uint8, reflect.Uint16:
		v.SetUint(n%255 + 1)
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(n%1e9 + 1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), fmt.Sprint(path, ".", i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range 3 {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(k, fmt.Sprint(path, ".key", i))
			fill(e, fmt.Sprint(path, ".", i))
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		for f, field := range v.Fields() {
			if f.Name != "_" {
				fill(field, strings.TrimPrefix(path+"."+f.Name, "."))
			}
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

// filled is a noun with all its fields set.
func filled(n noun) any {
	v := n.empty()
	fill(reflect.ValueOf(v).Elem(), "")
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
func TestEveryPutHasACodec(t *testing.T) {
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

// The bytes of each record are those of testdata/version2.golden: stores that exist can be read. If this fails because
// a field was added, look at the change and run the test with -update; for any other reason a new version is needed.
func TestFormatIsStable(t *testing.T) {
	var b strings.Builder
	for _, n := range nouns() {
		fmt.Fprintf(&b, "%s %x\n", n.name, n.code(filled(n)))
	}
	sameAsGolden(t, "version2.golden", b.String())
}

// sameAsGolden compares with a file of testdata, or writes it.
func sameAsGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-was +is):\n%s", name, diff)
	}
}

// Every number that a field ever had is in testdata/numbers.golden: one line each, and a line that is there stays. A
// field that goes keeps its name and number, with the type gone.
func TestNumbersAreForEver(t *testing.T) {
	have := fieldNumbers()
	golden, err := os.ReadFile("testdata/numbers.golden")
	if err != nil && !*update {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(golden)) {
		was := strings.Fields(line)
		i := slices.IndexFunc(
			have, func(s string) bool { is := strings.Fields(s); return is[0] == was[0] && is[1] == was[1] },
		)
		switch {
		case i < 0:
			t.Errorf("%s had the number %s for %s: leave it there as a field of type gone", was[0], was[1], was[2])
		case have[i] != strings.TrimSpace(line) && !strings.HasSuffix(have[i], " "+was[2]+" books.gone"):
			t.Errorf("%s, but it is %s now: a number has one meaning for ever", strings.TrimSpace(line), have[i])
		}
	}
	seen := map[string]bool{}
	for _, line := range have {
		f := strings.Fields(line)
		if id := f[0] + " " + f[1]; seen[id] || f[1] == "" {
			t.Errorf("%s: the number is missing or has two fields", line)
		} else {
			seen[id] = true
		}
	}
	if !t.Failed() {
		sameAsGolden(t, "numbers.golden", strings.Join(have, "\n")+"\n")
	}
}

// All types that are stored as a map are in the list of rowTypes.
func TestEveryRowIsListed(t *testing.T) {
	listed := map[reflect.Type]bool{}
	for _, r := range rowTypes() {
		listed[r] = true
	}
	var look func(r reflect.Type)
	look = func(r reflect.Type) {
		switch r.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			look(r.Elem())
		case reflect.Struct:
			if isRow(r) && !listed[r] {
				t.Errorf("%s is stored and not listed", r)
			}
			for f := range r.Fields() {
				look(f.Type)
			}
		}
	}
	for _, n := range nouns() {
		look(n.row)
	}
}

// A field that only a newer program knows: what is written once keeps it, everything else is refused in words.
func TestUnknownFields(t *testing.T) {
	for _, n := range nouns() {
		if !isRow(n.row) {
			continue
		}
		record := n.code(filled(n))
		if record[1] < 0xa0 || record[1] > 0xb6 { // a map of up to 22 pairs: one more fits its head
			continue
		}
		record[1]++
		record = append(record, 0x18, 0xff, 0x01) // 255: 1
		got, err := n.read(record)
		switch {
		case n.once && (err != nil || !reflect.DeepEqual(got, filled(n))):
			t.Errorf("%s is written once, so a field more does not matter: %v", n.name, err)
		case !n.once && (!errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "does not know")):
			t.Errorf("%s would lose a field when it is written again: %v", n.name, err)
		}
	}
}

func TestKnownFormat(t *testing.T) {
	numbers := len(fieldNumbers())
	for name, want := range map[string]struct{ current, refused bool }{
		Format:                               {true, false},
		"books 1":                            {false, false},
		fmt.Sprintf("books 2.%d", numbers-1): {false, false},
		fmt.Sprintf("books 2.%d", numbers+1): {false, true},
		"books 3":                            {false, true},
		"books 3.1":                          {false, true},
		"":                                   {false, true},
		"books":                              {false, true},
		"books x":                            {false, true},
		"books 0":                            {false, true},
		"books 2.-1":                         {false, true},
	} {
		_, current, err := knownFormat(name)
		if current != want.current || (err != nil) != want.refused {
			t.Errorf("%q: current %v, %v", name, current, err)
		}
		if err != nil && (!errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "newer")) {
			t.Errorf("%q is refused without a remedy: %v", name, err)
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
			"empty": {nil, store.ErrDamaged}, "version only": {whole[:1], store.ErrDamaged},
			"cut":           {whole[:len(whole)-1], store.ErrDamaged},
			"longer":        {append(slices.Clone(whole), 0), store.ErrDamaged},
			"newer":         {append([]byte{version + 1}, whole[1:]...), store.ErrNewer},
			"version 0":     {append([]byte{0}, whole[1:]...), store.ErrDamaged},
			"a tag":         {[]byte{version, 0xc1, 0x01}, store.ErrDamaged},
			"another shape": {[]byte{version, 0x62, 0x61, 0x62}, store.ErrDamaged},
			"endless":       {[]byte{version, 0x9f, 0xff}, store.ErrDamaged},
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
	if got := pack(time.Date(2026, 1, 1, 1, 0, 0, 1999, zone)).time(); got != time.Date(
		2026, 1, 1, 0, 0, 0, 1000, time.UTC,
	) {
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

// Whatever the bytes are, a decoder returns an error or a noun that it would write and read again.
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

// A field that has gone does not hide the records that have it, of any version, and is not written again.
func TestFieldThatHasGone(t *testing.T) {
	type row struct {
		A uint64 `cbor:"1,keyasint,omitempty"`
		B gone   `cbor:"2,keyasint,omitzero"`
		C uint64 `cbor:"3,keyasint,omitempty"`
	}
	c := identity[row]()
	want := row{A: 5, C: 7}
	for _, record := range [][]byte{
		{1, 0x83, 5, 0x61, 'x', 7}, {version, 0xa3, 1, 5, 2, 0x61, 'x', 3, 7}, {version, 0xa2, 1, 5, 3, 7},
	} {
		got, err := c.decode([]byte("u"), record)
		if err != nil || got != want {
			t.Errorf("%x: %+v, %v, want %+v", record, got, err, want)
		}
		if again := c.encode(got); !bytes.Equal(again, []byte{version, 0xa2, 1, 5, 3, 7}) {
			t.Errorf("written again: %x", again)
		}
	}
}

// before refuses them then.
func TestMoreNumbersConvertNothing(t *testing.T) {
	w := newWorld(t)
	w.do(func(tx Tx) error { return tx.PutMeta(FormatName, []byte("books 2.1")) })
	before := w.dump()
	if err := Upgrade(t.Context(), w.kv, UpgradeOptions{}); err != nil {
		t.Fatal(err)
	}
	before[string(key(tMeta, FormatName))] = string(blobs.encode([]byte(Format)))
	if diff := cmp.Diff(before, w.dump()); diff != "" {
		t.Errorf("rows have changed (-was +is):\n%s", diff)
	}
	w.see(func(r Reader) error {
		had, _, err := r.Meta(FormatName)
		if string(had) != Format {
			t.Errorf("the books are %q, want %q", had, Format)
		}
		return err
	})
	w.clean()
}
