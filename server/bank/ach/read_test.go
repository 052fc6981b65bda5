package ach

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tuppence/server/bank"
	"tuppence/server/ledger"

	"github.com/google/go-cmp/cmp"
	nacha "github.com/moov-io/ach"
)

func param(err error) string {
	var r *ledger.Refusal
	if !errors.As(err, &r) {
		return ""
	}
	return r.Param
}

// comesBack returns the file of a bank that returns or changes a debit of 25.00, once with each code.
func comesBack(t testing.TB, codes ...string) []byte {
	t.Helper()
	f := newFile(origin, 'B', created)
	for i, code := range codes {
		e := debit(uint64(100 + i)).record()
		e.TransactionCode, e.AddendaRecordIndicator = nacha.CheckingReturnNOCDebit, 1
		h := nacha.NewBatchHeader()
		h.ServiceClassCode, h.StandardEntryClassCode, h.CompanyEntryDescription = nacha.DebitsOnly, "WEB", "TOKENS"
		h.CompanyName, h.CompanyIdentification, h.ODFIIdentification = "TUPPENCE", "1234567890", origin.ODFI
		if code, data, change := strings.Cut(code, "="); change {
			h.StandardEntryClassCode, e.Amount, e.Category = "COR", 0, nacha.CategoryNOC
			e.Addenda98 = nacha.NewAddenda98()
			e.Addenda98.ChangeCode, e.Addenda98.CorrectedData, e.Addenda98.TraceNumber = code, data, e.TraceNumber
			e.Addenda98.OriginalTrace, e.Addenda98.OriginalDFI = origin.Trace(uint64(i+1)), origin.ODFI
		} else {
			e.Category, e.Addenda99 = nacha.CategoryReturn, nacha.NewAddenda99()
			e.Addenda99.ReturnCode, e.Addenda99.TraceNumber = code, e.TraceNumber
			e.Addenda99.OriginalTrace, e.Addenda99.OriginalDFI = origin.Trace(uint64(i+1)), origin.ODFI
		}
		b, err := nacha.NewBatch(h)
		if err != nil {
			t.Fatal(err)
		}
		b.AddEntry(e)
		if err := b.Create(); err != nil {
			t.Fatal(err)
		}
		f.AddBatch(b)
	}
	if err := f.Create(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := nacha.NewWriter(&out).Write(f); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A code that the library does not know makes it refuse the whole file; here it is one item, for a person.
func TestReadKeepsTheOthers(t *testing.T) {
	file := comesBack(t, "R01", "R02", "R10", "C01=1918171614", "C02=121042882")
	file = bytes.Replace(file, []byte("R02"), []byte("R97"), 1)
	if _, err := nacha.NewReader(bytes.NewReader(file)).Read(); err == nil {
		t.Error("the library reads R97 now: records can be read by it alone")
	}
	got, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	back := func(n uint64, code string) Return {
		return Return{
			origin.Trace(n), code, origin.Trace(99 + n), fmt.Sprintf("D%09d", 99+n), false,
			ledger.Amount{Micros: 25_000_000, Currency: "USD"},
		}
	}
	want := News{
		Returns: []Return{back(1, "R01"), back(2, "R97"), back(3, "R10")},
		Changes: []Change{
			{origin.Trace(4), "C01", origin.Trace(103), "D000000103", Corrected{Account: "1918171614"}},
			{origin.Trace(5), "C02", origin.Trace(104), "D000000104", Corrected{Routing: "121042882"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := MeaningOf("R97"); m.Fate != bank.Returned || m.Account != bank.Looked {
		t.Errorf("an unknown code: %+v", m)
	}
}

func TestReadLeavesToAPerson(t *testing.T) {
	file := comesBack(t, "R01", "C01=1918171614", "C02=121042883", "C03=no account", "R03")
	for _, change := range [][2]string{{"798C01", "798C15"}, {"799R03", "799X03"}} {
		file = bytes.Replace(file, []byte(change[0]), []byte(change[1]), 1)
	}
	got, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, u := range got.Unread {
		said = append(said, fmt.Sprintf("%d %s %s: %s", u.Line, u.Original, u.Code, u.Why))
	}
	want := []string{
		"7 121042880000002 C15: the change has a fault in the field ChangeCode",
		"11 121042880000003 C02: the corrected number has a fault",
		"15 121042880000004 C03: the corrected number has a fault",
		"19 121042880000005 X03: this is no code of a return",
	}
	if diff := cmp.Diff(want, said); diff != "" || len(got.Returns) != 1 {
		t.Error(diff, got.Returns)
	}
	own, err := Write(origin, 'A', created, []Entry{debit(1)})
	if err != nil {
		t.Fatal(err)
	}
	got, err = Read(own)
	if err != nil || len(got.Unread) != 1 || got.Unread[0].Why != "it is neither a return nor a change" {
		t.Errorf("our own file: %+v, %v", got, err)
	}
}

func TestReadRefusesWholeFiles(t *testing.T) {
	good := comesBack(t, "R01", "R02")
	if _, err := Read(good); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(good, []byte("\n"))
	without := func(i int) []byte { return bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil) }
	for name, file := range map[string][]byte{
		"empty":             nil,
		"17 MiB":            bytes.Repeat([]byte{'9'}, 17<<20),
		"no text":           {0, 1, 2},
		"cut":               good[:300],
		"cut before 9":      bytes.Join(lines[:9], nil),
		"no header":         without(0),
		"no entry":          without(2),
		"no addenda":        without(3),
		"no batch":          bytes.Join(append(append([][]byte{}, lines[:5]...), lines[9:]...), nil),
		"entry twice":       bytes.Join(append(append([][]byte{}, lines[:4]...), lines[2:]...), nil),
		"another amount":    bytes.Replace(good, []byte("0000002500D"), []byte("0000002501D"), 1),
		"another bank":      bytes.Replace(good, []byte("626231380104"), []byte("626231380204"), 1),
		"amount of letters": bytes.Replace(good, []byte("0000002500D"), []byte("00000O2500D"), 1),
		"credit for debit":  bytes.Replace(good, []byte("626231380104"), []byte("621231380104"), 1),
		"another company":   bytes.Replace(good, []byte("1234567890WEB"), []byte("2234567890WEB"), 1),
		"long line":         bytes.Replace(good, []byte("\n5225"), []byte(" x\n5225"), 1),
		"second file":       append(append([]byte{}, good...), good...),
	} {
		if got, err := Read(file); param(err) != "file" {
			t.Errorf("%s: %d items, %v", name, len(got.Returns), err)
		}
	}
}

func TestReadTakesEveryShape(t *testing.T) {
	good := comesBack(t, "R01", "R02", "C01=1918171614")
	want, err := Read(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"CRLF":      bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
		"CR":        bytes.ReplaceAll(good, []byte("\n"), []byte("\r")),
		"one line":  bytes.ReplaceAll(good, []byte("\n"), nil),
		"trimmed":   bytes.ReplaceAll(good, []byte(" \n"), []byte("\n")),
		"no nines":  bytes.ReplaceAll(good, []byte(strings.Repeat("9", 94)+"\n"), nil),
		"UTF-8":     bytes.ReplaceAll(good, []byte("Jane Doe"), []byte("Zoë Dœ..")),
		"Latin-1":   bytes.ReplaceAll(good, []byte("Jane Doe"), []byte("Zo\xeb Doe.")),
		"long tail": append(append([]byte{}, good...), "\n\n  \n"...),
	} {
		got, err := Read(file)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
}

func TestReadDropsRepeats(t *testing.T) {
	good := comesBack(t, "R01", "R01")
	twice := bytes.Replace(good, []byte("R01"+origin.Trace(2)), []byte("R01"+origin.Trace(1)), 1)
	twice = bytes.ReplaceAll(twice, []byte(origin.Trace(101)), []byte(origin.Trace(100)))
	got, err := Read(twice)
	if err != nil || len(got.Returns) != 1 || got.Repeated != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// fixtures returns the folder of the library's files, which others have written.
func fixtures(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-json", "github.com/moov-io/ach").Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(module.Dir, "test", "testdata")
}

// Files that others have written: what the library reads and finds valid is read here, too, with the same returns and
// changes; none brings the reader down.
func TestReadForeignFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures(t), "*.ach"))
	if err != nil || len(files) < 30 {
		t.Fatal(len(files), err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		theirs, fault := nacha.NewReader(bytes.NewReader(file)).Read()
		if fault == nil {
			fault = theirs.Validate()
		}
		ours, err := Read(file)
		if fault == nil && err != nil && !theirs.IsADV() {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
		back := 0
		for _, b := range theirs.ReturnEntries {
			back += len(b.GetEntries())
		}
		if fault == nil && (len(ours.Returns) != back || len(ours.Changes) != len(theirs.NotificationOfChange)) {
			t.Errorf("%s: %d and %d, want %d and %d", filepath.Base(name), len(ours.Returns), len(ours.Changes),
				back, len(theirs.NotificationOfChange))
		}
	}
}

func TestReadReturnOfWEB(t *testing.T) {
	file, err := os.ReadFile(filepath.Join(fixtures(t), "return-WEB.ach"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(file)
	want := News{Returns: []Return{
		{"091400600000001", "R01", "091000017611242", "MjMxNDAwMjAtOGQ", false, dollars(12354)},
		{"091400600000003", "R03", "021000029461242", "NmRjZTJmMzItMGN", true, dollars(4565)},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if file, err = os.ReadFile(filepath.Join(fixtures(t), "cor-example.ach")); err != nil {
		t.Fatal(err)
	}
	got, err = Read(file)
	want = News{Changes: []Change{
		{"121042880000001", "C01", "091012980000088", "location #23", Corrected{Account: "1918171614"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if said := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(said, "1918171614") {
		t.Errorf("the account is in %s", said)
	}
}

func FuzzRead(f *testing.F) {
	good := comesBack(f, "R01", "R10", "C01=1918171614", "C03=121042882   1918171614")
	f.Add(good)
	f.Add(good[:400])
	f.Add(bytes.ReplaceAll(good, []byte("\n"), nil))
	f.Add(bytes.ReplaceAll(good, []byte("Jane"), []byte("Ja\xffe")))
	f.Fuzz(func(t *testing.T, file []byte) {
		news, err := Read(file)
		if err != nil && param(err) != "file" {
			t.Error(err)
		}
		for _, r := range news.Returns {
			if len(r.Original) != 15 || r.Amount.Micros < 0 || MeaningOf(r.Code).Fate == "" {
				t.Errorf("%+v", r)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	codes := make([]string, 1000)
	for i := range codes {
		codes[i] = "R01"
	}
	file := comesBack(b, codes...)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Read(file); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "items/s")
}

func ExampleMeaningOf() {
	for _, code := range []string{"R01", "R02", "R07", "R11", "C01", "C05", "R72", "R97"} {
		m := MeaningOf(code)
		fmt.Printf("%s %s; mandate %s; account %s; retries %d\n", code, m.Fate, m.Mandate, m.Account, m.Retries)
	}
	fmt.Printf("%q %q %q\n", Name("R01"), Name("C02"), Name("R97"))
	// Output:
	// R01 returned; mandate stays; account no advance; retries 2
	// R02 returned; mandate suspended; account untouched; retries 0
	// R07 returned; mandate ended; account frozen; retries 0
	// R11 returned; mandate stays; account person; retries 0
	// C01 kept; mandate replaced; account untouched; retries 0
	// C05 kept; mandate stays; account person; retries 0
	// R72 person; mandate stays; account person; retries 0
	// R97 returned; mandate suspended; account person; retries 0
	// "Insufficient Funds" "Incorrect transit/routing number" ""
}
