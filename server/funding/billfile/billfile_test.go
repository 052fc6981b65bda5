package billfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tuppence/server/ledger"
)

var day = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)

func eur(cents int64) ledger.Amount { return ledger.Amount{Micros: cents * 10_000, Currency: "EUR"} }

func ExampleWrite() {
	raw, err := Write([]Charge{
		{Reference: "RF93 0005 5434", Account: "ISP-00731", Amount: eur(2000), Day: day, Text: "Tokens"},
		{Reference: "RF54 1583 0082", Account: "=1+1", Amount: eur(500), Day: day, Text: `a "quoted", text`},
	})
	fmt.Print(strings.ReplaceAll(string(raw), "\r", ""), err)
	// Output:
	// profile,line,kind,reference,biller_account,amount,currency,date,text
	// tuppence-biller-1,1,charge,RF9300055434,ISP-00731,20.00,EUR,2026-11-27,Tokens
	// tuppence-biller-1,2,charge,RF5415830082,'=1+1,5.00,EUR,2026-11-27,"a ""quoted"", text"
	// <nil>
}

// drawn is a file of a biller and what it says.
func drawn(t *rapid.T) (all []Answer, file []byte) {
	for i := range rapid.IntRange(0, 6).Draw(t, "lines") {
		all = append(all, Answer{
			Kind:      rapid.SampledFrom([]Kind{Accepted, Rejected, Remitted, Reversed}).Draw(t, "kind"),
			Reference: fmt.Sprintf("RF%010d", i), Amount: eur(rapid.Int64Range(1, 1e8).Draw(t, "cents")), Day: day,
			Reason: ledger.CleanLine(rapid.StringN(0, 20, 100).Draw(t, "reason"), 40),
		})
	}
	file, err := WriteAnswers(all, "EUR", day)
	if err != nil {
		t.Fatal(err)
	}
	return all, file
}

// What is written is read; a file that is cut, or of which one byte is another, says the same or is refused.
func TestFilesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, file := drawn(t)
		got, err := Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got { // a sign against formulas is taken off with the blanks of the text
			all[i].Reason = ledger.CleanLine(strings.TrimPrefix(all[i].Reason, "'"), maxField)
			got[i].Reason = ledger.CleanLine(strings.TrimPrefix(got[i].Reason, "'"), maxField)
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Fatalf("-written +read:\n%s", diff)
		}
		cut := file[:rapid.IntRange(0, len(file)-1).Draw(t, "cut")]
		if _, err := Read(cut); !errors.Is(err, ledger.ErrInvalid) {
			t.Fatalf("cut at %d: %v", len(cut), err)
		}
	})
}

func TestReadRefuses(t *testing.T) {
	const head = "profile,line,kind,reference,amount,currency,date,reason\r\n"
	const one = "tuppence-biller-1,1,remitted,RF9300055434,20.00,EUR,2026-12-20,\r\n"
	const two = "tuppence-biller-1,2,reversed,RF5415830082,5.00,EUR,2026-12-20,customer disputes\r\n"
	end := func(n int, sum string) string {
		return fmt.Sprintf("tuppence-biller-1,%d,trailer,%d,%s,EUR,2026-12-20,\r\n", n+1, n, sum)
	}
	if all, err := Read([]byte(head + one + two + end(2, "25.00"))); err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	replace := func(old, by string) string { return head + strings.Replace(one, old, by, 1) + end(1, "20.00") }
	for name, file := range map[string]string{
		"nothing":             "",
		"another head":        "a,b\r\n",
		"no trailer":          head + one + two,
		"wrong count":         head + one + two + end(1, "25.00"),
		"wrong sum":           head + one + two + end(2, "25.01"),
		"behind the trailer":  head + one + end(1, "20.00") + two,
		"the same twice":      head + one + strings.Replace(one, ",1,", ",2,", 1) + end(2, "40.00"),
		"a line number":       replace(",1,", ",2,"),
		"another profile":     replace("biller-1", "biller-2"),
		"kind":                replace("remitted", "eaten"),
		"exponent":            replace("20.00", "2e1"),
		"one decimal":         replace("20.00", "20.0"),
		"comma":               replace("20.00", `"20,00"`),
		"three decimals":      replace("20.00", "20.001"),
		"nothing remitted":    replace("20.00", "0.00"),
		"negative":            replace("20.00", "-20.00"),
		"huge":                replace("20.00", "9999999999.00"),
		"currency":            replace("EUR", "eur"),
		"day":                 replace("2026-12-20", "20.12.2026"),
		"a field more":        replace(",\r", ",,\r"),
		"no carriage return":  strings.ReplaceAll(head+one+end(1, "20.00"), "\r", ""),
		"byte order mark":     "\xef\xbb\xbf" + head + end(0, "0.00"),
		"not UTF-8":           replace(",\r", ",\xff\r"),
		"long field":          replace(",\r", ","+strings.Repeat("x", maxField+1)+"\r"),
		"two currencies":      head + one + strings.Replace(two, "EUR", "USD", 1) + end(2, "25.00"),
		"larger than allowed": head + strings.Repeat("x", MaxFile),
	} {
		t.Run(name, func(t *testing.T) {
			all, err := Read([]byte(file))
			var no *ledger.Refusal
			if !errors.As(err, &no) || no.Remedy == "" || all != nil {
				t.Errorf("got %v, %v", all, err)
			}
		})
	}
}

// Whatever the bytes are, they are read to what writes the same again, or refused.
func FuzzRead(f *testing.F) {
	file, err := WriteAnswers([]Answer{{Accepted, "RF9300055434", eur(2000), day, "x, y"}}, "EUR", day)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("profile,line,kind,reference,amount,currency,date,reason\r\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		all, err := Read(file)
		if err != nil {
			if !errors.Is(err, ledger.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		var sum int64
		for _, a := range all {
			if sum += a.Amount.Micros; a.Amount.Micros <= 0 || !a.Amount.Whole() {
				t.Fatalf("%v", a)
			}
		}
	})
}

// The simulated biller writes what the reader takes, and its two files say what its table says.
func TestSimulatedBiller(t *testing.T) {
	var charges []Charge
	for i, cents := range []int64{500, 513, 516, 517, 518} {
		charges = append(charges, Charge{
			Reference: ledger.Reference(uint64(100 + i)), Account: "A1234", Amount: eur(cents), Day: day,
		})
	}
	raw, err := Write(charges)
	if err != nil {
		t.Fatal(err)
	}
	first, second, err := Simulate(raw, "EUR", day)
	if err != nil {
		t.Fatal(err)
	}
	kinds := func(file []byte) (s string) {
		all, err := Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			s += string(a.Kind) + " " + a.Amount.Number() + " "
			same := a.Reference == compact(ledger.Reference(104))
			if a.Amount == eur(518) && a.Kind == Remitted && same {
				t.Error("the reference has no wrong digit")
			}
		}
		return s
	}
	if got := kinds(first); got != "accepted 5.00 rejected 5.13 accepted 5.16 accepted 5.17 accepted 5.18 " {
		t.Error(got)
	}
	if got := kinds(second); got != "remitted 5.00 reversed 5.16 remitted 4.67 remitted 5.18 " {
		t.Error(got)
	}
	if again, _, err := Simulate(raw, "EUR", day); err != nil || !bytes.Equal(again, first) {
		t.Error("other bytes", err)
	}
}
