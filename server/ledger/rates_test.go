package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// ecb is a file as the bank publishes it, with a code of no currency in use.
const ecb = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
	xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>
		<Cube time='2026-11-23'>
			<Cube currency='USD' rate='1.0834'/>
			<Cube currency='JPY' rate='162.90'/>
			<Cube currency='XQZ' rate='7'/>
		</Cube>
	</Cube>
</gesmes:Envelope>`

func ExampleReadRates() {
	r, skipped, err := ReadRates([]byte(ecb))
	fmt.Println(r.Day.Format(time.DateOnly), r.List, skipped, err)
	_, _, err = ReadRates([]byte(strings.Replace(ecb, "1.0834", "-1", 1)))
	fmt.Println(err.(*Refusal).Detail)
	// Output:
	// 2026-11-23 [{JPY 162.9} {USD 1.0834}] [XQZ] <nil>
	// The file of rates cannot be used. The rate of "USD" is "-1": it is no plain decimal number.
}

func ExampleRates_Between() {
	r, _, _ := ReadRates([]byte(ecb))
	for _, c := range [][2]Currency{{"EUR", "USD"}, {"USD", "EUR"}, {"JPY", "USD"}, {"EUR", "GBP"}} {
		fmt.Println(r.Between(c[0], c[1]))
	}
	// Output:
	// 1.0834 <nil>
	// 0.92302012 <nil>
	// 0.006650706 <nil>
	//  There is no rate for GBP. See which there are with: rates.
}

func TestReadRatesRefuses(t *testing.T) {
	with := func(old, next string) string { return strings.Replace(ecb, old, next, 1) }
	usd := `<Cube currency='USD' rate='1.0834'/>`
	for name, c := range map[string]struct{ file, says string }{
		"empty":             {"", "no whole XML"},
		"text":              {"USD 1.0834", "no whole XML"},
		"cut":               {ecb[:len(ecb)-9], "no whole XML"},
		"another root":      {`<html><Cube time="2026-11-23"/></html>`, `"html"`},
		"two documents":     {ecb + ecb[strings.Index(ecb, "<gesmes"):], "not one Envelope"},
		"no day":            {with("time='2026-11-23'", ""), "stands in no day"},
		"a day alone":       {`<Envelope><Cube><Cube time="2026-11-23"/></Cube></Envelope>`, "no rate"},
		"nothing":           {`<Envelope/>`, "names no day"},
		"a wrong day":       {with("2026-11-23", "23.11.2026"), "Its day is"},
		"two days":          {with("</Cube>\n\t</Cube>", "</Cube><Cube time='2026-11-20'/></Cube>"), "several days"},
		"zero":              {with("1.0834", "0.000"), "not above zero"},
		"negative":          {with("1.0834", "-1.0834"), "no plain decimal"},
		"exponent":          {with("1.0834", "1e3"), "no plain decimal"},
		"comma":             {with("1.0834", "1,0834"), "no plain decimal"},
		"two points":        {with("1.0834", "1.0.8"), "no plain decimal"},
		"not a number":      {with("1.0834", "NaN"), "no plain decimal"},
		"no rate":           {with("rate='1.0834'", ""), "no plain decimal"},
		"too long":          {with("1.0834", strings.Repeat("9", 21)), "no plain decimal"},
		"too fine":          {with("1.0834", "1.00000000001"), "more than 10 decimals"},
		"twice":             {with(usd, usd+usd), "two rates"},
		"skipped twice":     {with("JPY", "XQZ"), "two rates"},
		"the euro":          {with("USD", "EUR"), "rate of EUR"},
		"elsewhere":         {with("<gesmes:Sender>", "<gesmes:Sender>"+usd), "stands in no day"},
		"document type":     {"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + ecb[39:], "document type"},
		"external entity":   {with("1.0834", "&e;"), "no whole XML"},
		"another alphabet":  {with("UTF-8", "UTF-16"), "no whole XML"},
		"more than allowed": {ecb + strings.Repeat(" ", MaxRatesFile), "more than 1000000 bytes"},
		"too many rates": {with(usd, func() (all string) {
			for i := range maxRates {
				all += fmt.Sprintf("<Cube currency='X%d' rate='1'/>", i)
			}
			return all
		}()), "more than 200 rates"},
	} {
		r, _, err := ReadRates([]byte(c.file))
		if no := refused(t, err, ErrInvalid); !strings.Contains(no.Detail, c.says) || r.List != nil {
			t.Errorf("%s: %q, %v; want %q", name, no.Detail, r.List, c.says)
		}
	}
}

// The prefixes and the names of the namespaces do not matter, nor does what else the file tells.
func TestReadRatesOfAnyNamespace(t *testing.T) {
	want, _, err := ReadRates([]byte(ecb))
	must(t, err)
	plain := strings.NewReplacer("gesmes:", "", `xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"`, "",
		"http://www.ecb.int", "https://other.example").Replace(ecb)
	for _, file := range []string{plain, "\ufeff" + ecb, strings.ReplaceAll(ecb, "gesmes", "g")} {
		got, skipped, err := ReadRates([]byte(file))
		must(t, err)
		if !got.Day.Equal(want.Day) || !slices.Equal(got.List, want.List) || len(skipped) != 1 {
			t.Errorf("%+v, %v of %.60q", got, skipped, file)
		}
	}
}

func TestDecideRates(t *testing.T) {
	operator, now := Actor{Role: RoleOperator}, start
	file, _, err := ReadRates([]byte(ecb))
	must(t, err)
	out, err := DecideRates(file, Rates{}, operator, 9, now)
	must(t, err)
	is(t, "number", out.Rates.No, 9)
	is(t, "change", *out.Entry.Change, Change{Name: "rates", Old: "none", New: "2026-11-23, 2 rates"})
	again, err := DecideRates(file, out.Rates, operator, 10, now)
	must(t, err)
	if !again.Again || again.Rates.No != 9 {
		t.Errorf("loaded again: %+v", again)
	}
	file.List = file.List[:1] // the bank corrects itself
	other, err := DecideRates(file, out.Rates, operator, 10, now)
	must(t, err)
	is(t, "corrected", other.Rates.No, 10)

	for _, r := range []Role{RoleNone, RoleUser, RoleRep, RoleVendor, RoleSystem} {
		_, err := DecideRates(file, Rates{}, Actor{Role: r}, 9, now)
		refused(t, err, ErrNotAllowed)
	}
	_, err = DecideRates(file, Rates{}, operator, 9, file.Day.Add(-time.Second))
	refused(t, err, ErrInvalid) // a day that has not come
	_, err = DecideRates(file, Rates{Day: file.Day.Add(day)}, operator, 9, now)
	refused(t, err, ErrInvalid) // older than what is there
}

// Whatever stands in a file, it is refused in words or gives rates of one day that an exchange can use.
func FuzzReadRates(f *testing.F) {
	for _, s := range []string{
		ecb, "", "<Envelope>",
		"<Envelope><Cube><Cube time='2026-11-23'><Cube currency='USD' rate='.'/></Cube></Cube></Envelope>",
		"<Envelope><Cube><Cube time='0001-01-01'><Cube currency='KWD' rate='.0000000001'/></Cube></Cube></Envelope>",
		"<a:Envelope><b:Cube/></a:Envelope>", "<!DOCTYPE x>", "<?xml version='1.1'?><Envelope/>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, _, err := ReadRates(file)
		if err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		if r.Day.IsZero() || len(r.List) == 0 || len(r.List) > maxRates {
			t.Fatalf("%+v", r)
		}
		for i, one := range r.List {
			n, err := one.number()
			if err != nil || !n.IsPositive() || n.String() != one.PerEuro || i > 0 && r.List[i-1].Currency >= one.Currency {
				t.Fatalf("%+v: %v", one, err)
			}
		}
	})
}
