package books

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/store"

	"github.com/fxamacker/cbor/v2"
)

// writeVersion1 returns the record that a program of version 1 wrote of a noun: an array with an element for each field
// that there was.
func writeVersion1[T, R any](c codec[T, R], v T) []byte {
	row := c.pack(v)
	return append([]byte{1}, arrayOf(reflect.ValueOf(&row).Elem())...)
}

func arrayOf(v reflect.Value) []byte {
	var parts []cbor.RawMessage
	switch t := v.Type(); {
	case isRow(t):
		for i := range v.NumField() {
			if t.Field(i).Tag.Get("since") == "" {
				parts = append(parts, arrayOf(v.Field(i)))
			}
		}
	case t.Kind() == reflect.Pointer && isRow(t.Elem()):
		if v.IsNil() {
			return []byte{cborNull}
		}
		return arrayOf(v.Elem())
	case t.Kind() == reflect.Slice && isRow(t.Elem()):
		if v.IsNil() {
			return []byte{cborNull}
		}
		for i := range v.Len() {
			parts = append(parts, arrayOf(v.Index(i)))
		}
	default:
		return must(encoder.Marshal(v.Interface()))
	}
	return must(encoder.Marshal(parts))
}

// asVersion1Knew returns a noun without the fields that came after version 1.
func asVersion1Knew[T, R any](c codec[T, R], v T) any {
	row := c.pack(v)
	forgetNewer(reflect.ValueOf(&row).Elem())
	out := c.unpack(row)
	return &out
}

func forgetNewer(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			forgetNewer(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			forgetNewer(v.Index(i))
		}
	case reflect.Struct:
		for f, field := range v.Fields() {
			switch {
			case f.Tag.Get("since") != "":
				field.SetZero()
			case f.IsExported():
				forgetNewer(field)
			}
		}
	}
}

// version1Records are the records of testdata/version1.golden, by the names of their nouns: a program of version 1
// wrote them.
func version1Records(t *testing.T) map[string][]byte {
	t.Helper()
	golden, err := os.ReadFile("testdata/version1.golden")
	if err != nil {
		t.Fatal(err)
	}
	old := map[string][]byte{}
	for line := range strings.Lines(string(golden)) {
		name, record, _ := strings.Cut(strings.TrimSpace(line), " ")
		if old[name], err = hex.DecodeString(record); err != nil {
			t.Fatal(err)
		}
	}
	return old
}

// fields lists all fields of a noun that are not empty, a line each: their path and what they hold.
func fields(v reflect.Value, path string) (all []string) {
	switch at, isTime := v.Interface().(time.Time); {
	case v.IsZero():
	case isTime:
		all = append(all, path+" "+at.Format(time.RFC3339Nano))
	case v.Kind() == reflect.Pointer:
		return fields(v.Elem(), path)
	case v.Kind() == reflect.Struct:
		for f, field := range v.Fields() {
			all = append(all, fields(field, path+"."+f.Name)...)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			all = append(all, fields(v.Index(i), fmt.Sprint(path, ".", i))...)
		}
	case v.CanUint(): // a word for it may be that of another number
		all = append(all, fmt.Sprint(path, " ", v.Uint()))
	default: // maps are printed in the order of their keys
		all = append(all, fmt.Sprintf("%s %v", path, v))
	}
	return all
}

// ofVersion1 are the nouns that programs of version 1 stored, too.
func ofVersion1() []noun {
	return slices.DeleteFunc(nouns(), func(n noun) bool {
		return slices.Contains([]string{
			"ledger.Generation", "ledger.Days", "books.Health", "books.StaffAct", "books.milestone", "ledger.Receipt",
			"ledger.Rates",
			"ledger.Bill", "ledger.Postpaid", "ledger.Incentive", "ledger.Campaign", "ledger.TokenIssue", "ledger.RoyaltyPlan",
			"ledger.Case", "ledger.Proposal",
			"ledger.VaultRecord", "ledger.Mandate", "books.BankFile", "books.BankItem",
			"ledger.Settlement", "ledger.SettleRun", "books.PayoutJob",
			"ledger.Redemption", "ledger.Refill",
			"ledger.Biller", "books.SealedAccount", "books.FrozenFile", "books.PhoneCode",
			"ledger.Invite", "ledger.TeamMember", "ledger.Agent",
			"books.FrozenMailing", "ledger.Close", "ledger.Unclaimed", "ledger.Copy",
		}, n.name)
	})
}

// Records that a program of version 1 wrote are read as the nouns that it had: testdata/version1.fields has them field
// by field. A field that came later is empty, and so is not in that list.
func TestVersion1IsRead(t *testing.T) {
	old := version1Records(t)
	var all []string
	for _, n := range ofVersion1() {
		got, err := n.read(old[n.name])
		if err != nil {
			t.Errorf("%s: %v", n.name, err)
			continue
		}
		all = append(all, fields(reflect.ValueOf(got).Elem(), n.name)...)
		if again := n.old(got); !bytes.Equal(again, old[n.name]) {
			t.Errorf("%s: the writer of version 1 in these tests writes %x, that program wrote %x", n.name, again, old[n.name])
		}
	}
	sameAsGolden(t, "version1.fields", strings.Join(all, "\n")+"\n")
}

// A record of version 1 with its last bytes missing is damaged, wherever it ends.
func TestCutRecordsOfVersion1(t *testing.T) {
	old := version1Records(t)
	for _, n := range ofVersion1() {
		for cut := range old[n.name] {
			if _, err := n.read(old[n.name][:cut]); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("%s: the first %d bytes: %v, want %v", n.name, cut, err, store.ErrDamaged)
			}
		}
	}
}
