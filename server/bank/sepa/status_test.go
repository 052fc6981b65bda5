package sepa

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tuppence/server/bank/banktest"

	"github.com/google/go-cmp/cmp"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadStatus(t *testing.T) {
	got, err := ReadStatus(fixture(t, "pain002.xml"))
	if err != nil {
		t.Fatal(err)
	}
	want := Report{"R-1", "tup-20261127-1", "PART", nil, []BlockStatus{
		{"tup-20261127-1-1", "PART", nil, []OrderStatus{
			{"DEP00000000000000000000000001", Rejected, []string{"AC01"}},
			{"DEP00000000000000000000000002", Accepted, nil},
			{"DEP00000000000000000000000003", Rejected, []string{"AM04", "own code"}},
		}},
		{"tup-20261127-1-2", Rejected, []string{"DT01"}, nil},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct{ block, order, want string }{
		{"tup-20261127-1-1", "dep00000000000000000000000001", "RJCT [AC01]"},
		{"tup-20261127-1-1", "DEP00000000000000000000000002", "ACCP []"},
		{"tup-20261127-1-1", "DEP9", "PART []"},
		{"tup-20261127-1-2", "DEP9", "RJCT [DT01]"},
		{"tup-20261127-1-3", "DEP9", "PART []"},
	} {
		status, why := got.Of(tt.block, tt.order)
		if said := fmt.Sprintf("%s %v", status, why); said != tt.want {
			t.Errorf("%s in %s: %s, want %s", tt.order, tt.block, said, tt.want)
		}
	}
}

// The fixture is what a bank may send.
func TestStatusIsValid(t *testing.T) {
	banktest.Validate(t, "pain.002.001.11", fixture(t, "pain002.xml"))
}

// A file that is rejected as a whole names no order.
func TestReadStatusOfFile(t *testing.T) {
	got, err := ReadStatus([]byte(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
		<GrpHdr><MsgId>R-2</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>tup-1</OrgnlMsgId><GrpSts>RJCT</GrpSts>
		<StsRsnInf><Rsn><Cd>AM05</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>`))
	if err != nil {
		t.Fatal(err)
	}
	if status, why := got.Of("tup-1-1", "DEP1"); status != Rejected || len(why) != 1 || why[0] != "AM05" {
		t.Error(status, why)
	}
}

func TestReadStatusRefuses(t *testing.T) {
	good := string(fixture(t, "pain002.xml"))
	for name, file := range map[string]string{
		"empty":          "",
		"no XML":         "SECRET",
		"cut":            good[:len(good)/2],
		"statement":      `<Document><BkToCstmrStmt/></Document>`,
		"another root":   strings.ReplaceAll(good, "Document", "Dokument"),
		"another report": strings.ReplaceAll(good, "CstmrPmtStsRpt", "CstmrPmtStsRptV99"),
		"no file id":     strings.ReplaceAll(good, "OrgnlMsgId", "Other"),
		"entity":         `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + good,
		"its own entity": strings.Replace(good, "R-1", "&SECRET;", 1),
		"two documents":  good + good,
		"17 MiB":         strings.Repeat(" ", 17<<20),
	} {
		_, err := ReadStatus([]byte(file))
		if param(err) != "file" || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleMeaningOf() {
	for _, code := range []string{"AM04", "AC04", "MD06", "MD01", "AM05", "FF99"} {
		m := MeaningOf(code)
		fmt.Printf("%s %s; mandate %s; account %s; retries %d\n", code, m.Fate, m.Mandate, m.Account, m.Retries)
	}
	// Output:
	// AM04 returned; mandate stays; account no advance; retries 1
	// AC04 returned; mandate suspended; account untouched; retries 0
	// MD06 returned; mandate suspended; account frozen; retries 0
	// MD01 returned; mandate ended; account frozen; retries 0
	// AM05 returned; mandate stays; account person; retries 0
	// FF99 returned; mandate suspended; account person; retries 0
}

func FuzzReadStatus(f *testing.F) {
	f.Add(fixture(f, "pain002.xml"))
	f.Add([]byte(`<?xml version="1.0" encoding="iso-8859-15"?><Document><CstmrPmtStsRpt/></Document>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := ReadStatus(file)
		if err != nil && param(err) != "file" {
			t.Error(err)
		}
		if err == nil && (r.File == "" || r.ID == "") {
			t.Errorf("%+v", r)
		}
		r.Of("", "")
	})
}
