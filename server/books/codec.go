package books

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"tuppence/store"
)

// The codec writes the nouns of package ledger as they are, field after field, without names: a record has its format
// in the first byte, a struct the number of its fields up to the last one that is not zero. So a field that a later
// version appends costs old records nothing and reads as zero; fields are never reordered or removed
// (testdata/format.golden notices). It is deterministic, because the journal hashes what it writes, and exact: times
// are whole microseconds in UTC.
//
// encoding/json and CBOR were left aside: the first is five times as long, the second needs either tags and blank
// fields on every noun or a second set of types to convert from and to.

// format is the first byte of every record.
const format = 1

var errCut = errors.New("record is cut off")

// encode makes a record of a noun.
func encode(v any) []byte {
	rv := reflect.ValueOf(v)
	return coderOf(rv.Type()).put(append(make([]byte, 0, 160), format), rv)
}

// decode reads a record into the noun that out points to.
func decode(key, b []byte, out any) error {
	if len(b) == 0 {
		return damaged(key, errCut)
	}
	if b[0] > format {
		return fmt.Errorf("%w: record %x has format %d, this program knows %d", store.ErrNewer, key, b[0], format)
	}
	if b[0] != format {
		return damaged(key, fmt.Errorf("unknown format %d", b[0]))
	}
	rv := reflect.ValueOf(out).Elem()
	rest, err := coderOf(rv.Type()).get(b[1:], rv)
	if err != nil {
		return damaged(key, err)
	}
	if len(rest) != 0 {
		return damaged(key, fmt.Errorf("%d bytes too many", len(rest)))
	}
	return nil
}

func damaged(key []byte, err error) error {
	return fmt.Errorf("%w: record %x: %w", store.ErrDamaged, key, err)
}

// coder writes and reads one type.
type coder struct {
	put func([]byte, reflect.Value) []byte
	get func([]byte, reflect.Value) ([]byte, error)
}

var coders sync.Map // reflect.Type → coder

func coderOf(t reflect.Type) coder {
	if c, ok := coders.Load(t); ok {
		return c.(coder)
	}
	c := makeCoder(t)
	coders.Store(t, c)
	return c
}

var timeType = reflect.TypeFor[time.Time]()

func makeCoder(t reflect.Type) coder {
	if t == timeType {
		return coder{putTime, getTime}
	}
	switch t.Kind() {
	case reflect.Bool:
		return coder{
			func(b []byte, v reflect.Value) []byte {
				if v.Bool() {
					return append(b, 1)
				}
				return append(b, 0)
			},
			func(b []byte, v reflect.Value) ([]byte, error) {
				if len(b) == 0 || b[0] > 1 {
					return nil, errCut
				}
				v.SetBool(b[0] == 1)
				return b[1:], nil
			},
		}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return coder{
			func(b []byte, v reflect.Value) []byte { return binary.AppendVarint(b, v.Int()) },
			func(b []byte, v reflect.Value) ([]byte, error) {
				n, size := binary.Varint(b)
				if size <= 0 || v.OverflowInt(n) {
					return nil, errCut
				}
				v.SetInt(n)
				return b[size:], nil
			},
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		return coder{
			func(b []byte, v reflect.Value) []byte { return binary.AppendUvarint(b, v.Uint()) },
			func(b []byte, v reflect.Value) ([]byte, error) {
				n, size := binary.Uvarint(b)
				if size <= 0 || v.OverflowUint(n) {
					return nil, errCut
				}
				v.SetUint(n)
				return b[size:], nil
			},
		}
	case reflect.String:
		return coder{
			func(b []byte, v reflect.Value) []byte {
				return append(binary.AppendUvarint(b, uint64(v.Len())), v.String()...)
			},
			func(b []byte, v reflect.Value) ([]byte, error) {
				n, b, err := length(b)
				if err != nil {
					return nil, err
				}
				v.SetString(string(b[:n]))
				return b[n:], nil
			},
		}
	case reflect.Array:
		return arrayCoder(t)
	case reflect.Slice:
		return sliceCoder(t)
	case reflect.Map:
		return mapCoder(t)
	case reflect.Pointer:
		return pointerCoder(t)
	case reflect.Struct:
		return structCoder(t)
	}
	panic("books: no codec for " + t.String()) // a noun with such a field cannot be stored: caught by the tests
}

// length reads a length that the rest of the record can hold.
func length(b []byte) (int, []byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return 0, nil, errCut
	}
	return int(n), b[size:], nil
}

func putTime(b []byte, v reflect.Value) []byte {
	at := v.Interface().(time.Time)
	if at.IsZero() {
		return append(b, 0)
	}
	us := at.UnixMicro()
	if us >= 0 {
		us++ // 0 is the zero time
	}
	return binary.AppendVarint(b, us)
}

func getTime(b []byte, v reflect.Value) ([]byte, error) {
	us, size := binary.Varint(b)
	if size <= 0 {
		return nil, errCut
	}
	at := time.Time{}
	if us > 0 {
		at = time.UnixMicro(us - 1).UTC()
	} else if us < 0 {
		at = time.UnixMicro(us).UTC()
	}
	v.Set(reflect.ValueOf(at))
	return b[size:], nil
}

// arrayCoder writes the bytes of a hash.
func arrayCoder(t reflect.Type) coder {
	if t.Elem().Kind() != reflect.Uint8 {
		panic("books: no codec for " + t.String())
	}
	n := t.Len()
	return coder{
		func(b []byte, v reflect.Value) []byte {
			for i := range n {
				b = append(b, byte(v.Index(i).Uint()))
			}
			return b
		},
		func(b []byte, v reflect.Value) ([]byte, error) {
			if len(b) < n {
				return nil, errCut
			}
			reflect.Copy(v, reflect.ValueOf(b[:n]))
			return b[n:], nil
		},
	}
}

func sliceCoder(t reflect.Type) coder {
	if t.Elem().Kind() == reflect.Uint8 {
		return coder{
			func(b []byte, v reflect.Value) []byte {
				return append(binary.AppendUvarint(b, uint64(v.Len())), v.Bytes()...)
			},
			func(b []byte, v reflect.Value) ([]byte, error) {
				n, b, err := length(b)
				if err != nil {
					return nil, err
				}
				if n > 0 {
					v.SetBytes(slices.Clone(b[:n]))
				}
				return b[n:], nil
			},
		}
	}
	return coder{
		func(b []byte, v reflect.Value) []byte {
			elem := coderOf(t.Elem())
			b = binary.AppendUvarint(b, uint64(v.Len()))
			for i := range v.Len() {
				b = elem.put(b, v.Index(i))
			}
			return b
		},
		func(b []byte, v reflect.Value) ([]byte, error) {
			n, b, err := length(b)
			if err != nil || n == 0 {
				return b, err
			}
			elem := coderOf(t.Elem())
			list := reflect.MakeSlice(t, n, n)
			for i := range n {
				if b, err = elem.get(b, list.Index(i)); err != nil {
					return nil, err
				}
			}
			v.Set(list)
			return b, nil
		},
	}
}

// mapCoder writes the pairs in the order of their keys.
func mapCoder(t reflect.Type) coder {
	if t != reflect.TypeFor[map[string]string]() {
		panic("books: no codec for " + t.String())
	}
	text := coderOf(reflect.TypeFor[string]())
	return coder{
		func(b []byte, v reflect.Value) []byte {
			m := v.Interface().(map[string]string)
			b = binary.AppendUvarint(b, uint64(len(m)))
			keys := make([]string, 0, len(m))
			for k := range m {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
				b = append(binary.AppendUvarint(b, uint64(len(m[k]))), m[k]...)
			}
			return b
		},
		func(b []byte, v reflect.Value) ([]byte, error) {
			n, b, err := length(b)
			if err != nil || n == 0 {
				return b, err
			}
			m := make(map[string]string, n)
			for range n {
				var k, val string
				if b, err = text.get(b, reflect.ValueOf(&k).Elem()); err != nil {
					return nil, err
				}
				if b, err = text.get(b, reflect.ValueOf(&val).Elem()); err != nil {
					return nil, err
				}
				m[k] = val
			}
			v.Set(reflect.ValueOf(m))
			return b, nil
		},
	}
}

func pointerCoder(t reflect.Type) coder {
	return coder{
		func(b []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return append(b, 0)
			}
			return coderOf(t.Elem()).put(append(b, 1), v.Elem())
		},
		func(b []byte, v reflect.Value) ([]byte, error) {
			if len(b) == 0 || b[0] > 1 {
				return nil, errCut
			}
			if b[0] == 0 {
				return b[1:], nil
			}
			p := reflect.New(t.Elem())
			v.Set(p)
			return coderOf(t.Elem()).get(b[1:], p.Elem())
		},
	}
}

func structCoder(t reflect.Type) coder {
	fields := make([]coder, t.NumField())
	for i := range fields {
		fields[i] = coderOf(t.Field(i).Type)
	}
	return coder{
		func(b []byte, v reflect.Value) []byte {
			n := len(fields)
			for n > 0 && v.Field(n-1).IsZero() {
				n--
			}
			b = binary.AppendUvarint(b, uint64(n))
			for i := range n {
				b = fields[i].put(b, v.Field(i))
			}
			return b
		},
		func(b []byte, v reflect.Value) ([]byte, error) {
			n, size := binary.Uvarint(b)
			if size <= 0 || n > uint64(len(fields)) {
				return nil, errCut
			}
			b = b[size:]
			var err error
			for i := range int(n) {
				if b, err = fields[i].get(b, v.Field(i)); err != nil {
					return nil, err
				}
			}
			return b, nil
		},
	}
}
