package ledger

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func ExampleDecidePolicy() {
	operator := Actor{Role: RoleOperator}
	out, err := DecidePolicy("commission", "2.5 %", operator, SecondFacts{No: 9, Began: start}, DefaultPolicy(), start)
	fmt.Println(out.Policy.Commission, out.Entry.Change.Old, "->", out.Entry.Change.New, err)
	_, err = DecidePolicy("window", "soon", operator, SecondFacts{No: 10, Began: start}, out.Policy, start)
	fmt.Println(err)
	// Output:
	// 250 5 % -> 2.5 % <nil>
	// This setting takes 1m to 1d. Write days, hours or minutes, for example 7d, 12h or 30m.
}

func TestDefaultPolicy(t *testing.T) {
	p := DefaultPolicy()
	is(t, "commission", p.Commission, 500)
	is(t, "limits", p.Limits, Limits{Unit, 5 * Unit, 20 * Unit, 50 * Unit})
	is(t, "window", p.Window, 30*time.Minute)
	is(t, "settle amount", p.SettleAmount, 20*Unit)
	is(t, "settle after", p.SettleAfter, 168*time.Hour)
	is(t, "currencies", fmt.Sprint(p.Currencies), "[EUR USD]")
}

// What is shown can be typed back and changes nothing; nonsense is refused and names the setting.
func TestPolicyLinesCanBeTypedBack(t *testing.T) {
	p := DefaultPolicy()
	p.Limits.PerDay, p.Commission, p.Window = NoLimit, 1234, 90*time.Minute
	for _, l := range p.Lines() {
		if l.Help == "" || l.Value == "" {
			t.Errorf("%+v", l)
		}
		got, err := p.with(&Change{Name: l.Name}, l.Value)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%s = %s: %+v, %v", l.Name, l.Value, got, err)
		}
		for _, bad := range []string{"", "\x00 nonsense", "-1", "1e9", "999999d", "99999999999", "NaN"} {
			_, err := p.with(&Change{Name: l.Name}, bad)
			is(t, l.Name+" = "+bad, refused(t, err, ErrInvalid).Param, l.Name)
		}
	}
}

func TestPolicySetRefuses(t *testing.T) {
	p := DefaultPolicy()
	for _, c := range [][2]string{
		{"nothing", "1"},
		{"currencies", "EUR"},
		{"currencies", "EUR, USD, EUR"},
		{"currencies", "EUR,USD,X1X"},
		{"commission", "50.01"},
		{"commission", "5.001 %"},
		{"window", "25h"},
		{"window", "59s"},
		{"settle_after", "30m"},
		{"deposit_min", "201"},
		{"deposit_max", "0.50"},
		{"disputes_per_month", "1001"},
		{"checkout_life", "61m"},
		{"currencies", "EUR,USD,AAA,AAB,AAC,AAD,AAE,AAF,AAG,AAH,AAI,AAJ,AAK,AAL,AAM,AAN,AAO,AAP,AAQ,AAR,AAS"},
	} {
		_, err := p.with(&Change{Name: c[0]}, c[1])
		refused(t, err, ErrInvalid)
	}
	got, err := p.with(&Change{Name: "currencies"}, "EUR, USD, GBP")
	if err != nil || len(got.Currencies) != 3 || len(p.Currencies) != 2 {
		t.Errorf("%v, %v, %v", got.Currencies, p.Currencies, err)
	}
	if got, err = p.with(&Change{Name: "limit_day"}, "none"); err != nil || got.Limits.PerDay != NoLimit {
		t.Errorf("%+v, %v", got.Limits, err)
	}
}

func TestDecidePolicy(t *testing.T) {
	out, err := DecidePolicy("commission", "10", Actor{Role: RoleOperator}, alone(9), DefaultPolicy(), start)
	must(t, err)
	is(t, "commission", out.Policy.Commission, 1000)
	is(t, "change", *out.Entry.Change, Change{Name: "commission", Old: "5 %", New: "10 %"})
	is(t, "number", out.Entry.No, 9)
	_, err = DecidePolicy("commission", "x", Actor{Role: RoleOperator}, alone(9), DefaultPolicy(), start)
	refused(t, err, ErrInvalid)
	for _, r := range []Role{RoleNone, RoleUser, RoleRep, RoleVendor, RoleSystem} {
		_, err := DecidePolicy("commission", "10", Actor{Role: r}, SecondFacts{No: 9, Began: start}, DefaultPolicy(), start)
		refused(t, err, ErrNotAllowed)
	}
}

func FuzzPolicySet(f *testing.F) {
	f.Add("window", "30m")
	f.Add("commission", "5 %")
	f.Add("currencies", "EUR, USD")
	f.Fuzz(func(t *testing.T, name, value string) {
		p, err := DefaultPolicy().with(&Change{Name: name}, value)
		if err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		for _, l := range p.Lines() {
			if again, err := p.with(&Change{Name: l.Name}, l.Value); err != nil || !reflect.DeepEqual(again, p) {
				t.Fatalf("%s = %q: then %s = %q is %v", name, value, l.Name, l.Value, err)
			}
		}
	})
}

// A time span is read back as it was written, and what is read is never negative by a trick of spelling.
func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{
		"7d", "12h", "30m", "90s", "1h30m", "-1h", "9999999d", "1.5d", "d", "", "0d", "1e3d", " 1d",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDuration(s)
		if err != nil {
			return
		}
		again, err := parseDuration(duration(d))
		if d%day == 0 && d/day >= 1<<12 { // more days than a setting can have: written, not read
			return
		}
		if err != nil || again != d {
			t.Fatalf("%q is %v, written %q, read as %v, %v", s, d, duration(d), again, err)
		}
		if strings.HasSuffix(s, "d") && d < 0 {
			t.Fatalf("%q is %v", s, d)
		}
	})
}

func TestPercent(t *testing.T) {
	for bp, want := range map[uint32]string{
		0: "0 %", 500: "5 %", 250: "2.5 %", 1: "0.01 %", 10_000: "100 %", 1005: "10.05 %",
	} {
		is(t, "percent", percent(bp), want)
		p := DefaultPolicy()
		if bp <= 5000 {
			must(t, shareSetting("commission", "", &p.Commission, 50).set(want))
			is(t, "read back", p.Commission, bp)
			is(t, "for people", p.CommissionText(), want)
		}
	}
}

// What a change gives is what the old policy had and the new one has, and the old one stays as it was.
func TestChangesOfAPolicyAreWrittenDown(t *testing.T) {
	before := DefaultPolicy()
	for _, c := range []Change{
		{Name: "currencies", Old: "EUR, USD", New: "EUR, USD, GBP"},
		{Name: "commission", Old: "5 %", New: "2.5 %"},
		{Name: "limit_day", Old: "5.00", New: "none"},
		{Name: "window", Old: "30m", New: "1h"},
		{Name: "deposit_max", Old: "200.00", New: "250.00"},
		{Name: "disputes_per_month", Old: "3", New: "0"},
	} {
		out, err := DecidePolicy(c.Name, c.New, Actor{Role: RoleOperator}, SecondFacts{No: 9, Began: start}, before, start)
		must(t, err)
		is(t, c.Name, *out.Entry.Change, c)
		if d := gocmp.Diff(DefaultPolicy(), before); d != "" {
			t.Fatalf("%s changed the policy that it was given:\n%s", c.Name, d)
		}
		if gocmp.Equal(before, out.Policy) {
			t.Errorf("%s changed nothing", c.Name)
		}
	}
}
