package books

import (
	"reflect"
	"time"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

// source draws values of any type that is stored, by reflection: a noun that gains a field is drawn with it.
type source struct {
	// few draws from two or three values of each kind, so that nouns meet under the same names and numbers. Otherwise
	// values come from the whole range of their type.
	few bool
}

var billerStates = reflect.TypeFor[ledger.BillerAccountState]()

// words are values of types whose text has a meaning to the books.
var words = map[reflect.Type][]string{
	reflect.TypeFor[ledger.CheckoutStatus]():  {"open", "approved", "denied", "redeemed", "expired"},
	reflect.TypeFor[ledger.DepositState]():    {"created", "processing", "succeeded", "settled", "uncollected", "cleared"},
	billerStates:                              {"asked", "confirmed", "ended"},
	reflect.TypeFor[ledger.DisputeState]():    {"needs_response", "under_review", "won", "lost", "withdrawn"},
	reflect.TypeFor[ledger.SettlementState](): {"due", "approved", "submitted", "paid"},
	reflect.TypeFor[ledger.Currency]():        {"EUR", "USD"},
	reflect.TypeFor[string]():                 {"", "a", "b", ledger.TransferSent},
}

// anyOf draws a value of a type.
func anyOf[T any](t *rapid.T, s source) (v T) {
	s.draw(t, reflect.ValueOf(&v).Elem())
	return v
}

// draw sets a value and all that it refers to.
func (s source) draw(t *rapid.T, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(s.time(t)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.String:
		v.SetString(s.text(t, v.Type()))
	case reflect.Int64:
		v.SetInt(s.number(t))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(s.number(t)))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "some") {
			v.Set(reflect.New(v.Type().Elem()))
			s.draw(t, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(t, "length"); n > 0 { // an empty list comes back as none
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			s.each(t, v)
		}
	case reflect.Array:
		s.array(t, v)
	case reflect.Map:
		s.pairs(t, v)
	case reflect.Struct:
		for i := range v.NumField() {
			s.draw(t, v.Field(i))
		}
	default:
		panic("nothing to draw for " + v.Type().String())
	}
}

func (s source) each(t *rapid.T, v reflect.Value) {
	for i := range v.Len() {
		s.draw(t, v.Index(i))
	}
}

// array draws a hash as one value: most are to differ, and some to be none.
func (s source) array(t *rapid.T, v reflect.Value) {
	if v.Type().Elem().Kind() != reflect.Uint8 {
		s.each(t, v)
		return
	}
	if s.few {
		v.Index(0).SetUint(uint64(rapid.IntRange(0, 2).Draw(t, "hash")))
		return
	}
	if rapid.Bool().Draw(t, "some") {
		reflect.Copy(v, reflect.ValueOf(rapid.SliceOfN(rapid.Byte(), v.Len(), v.Len()).Draw(t, "hash")))
	}
}

func (s source) pairs(t *rapid.T, v reflect.Value) {
	n := rapid.IntRange(0, 3).Draw(t, "pairs")
	if n == 0 {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n {
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		s.draw(t, k)
		s.draw(t, e)
		v.SetMapIndex(k, e)
	}
}

// number is cut to the size of its type by SetUint; half of them fit any type.
func (s source) number(t *rapid.T) int64 {
	switch {
	case s.few:
		return rapid.Int64Range(0, 2).Draw(t, "number")
	case rapid.Bool().Draw(t, "small"):
		return rapid.Int64Range(-300, 300).Draw(t, "number")
	default:
		return rapid.Int64().Draw(t, "number")
	}
}

func (s source) text(t *rapid.T, typ reflect.Type) string {
	if known, ok := words[typ]; ok && (s.few || typ != reflect.TypeFor[string]()) {
		return rapid.SampledFrom(known).Draw(t, "word")
	}
	if rapid.Bool().Draw(t, "bytes") {
		return string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "text"))
	}
	return rapid.StringN(0, 20, -1).Draw(t, "text")
}

// time is a whole microsecond in UTC of the years 1 to 9999, or no time.
func (s source) time(t *rapid.T) time.Time {
	if rapid.IntRange(0, 3).Draw(t, "no time") == 0 {
		return time.Time{}
	}
	if s.few {
		return morning.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "hour")) * time.Hour)
	}
	least, most := time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	return time.UnixMicro(rapid.Int64Range(least.UnixMicro(), most.UnixMicro()).Draw(t, "time")).UTC()
}
