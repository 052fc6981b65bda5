package ledger

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func ExamplePolicy_Set() {
	p, err := DefaultPolicy().Set("commission", "2.5 %")
	fmt.Println(p.Commission, err)
	_, err = p.Set("window", "soon")
	fmt.Println(err)
	// Output:
	// 250 <nil>
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
		got, err := p.Set(l.Name, l.Value)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%s = %s: %+v, %v", l.Name, l.Value, got, err)
		}
		for _, bad := range []string{"", "\x00 nonsense", "-1", "1e9", "999999d", "99999999999", "NaN"} {
			_, err := p.Set(l.Name, bad)
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
		{"deposit_min", "201"},
		{"deposit_max", "0.50"},
		{"disputes_per_month", "1001"},
		{"checkout_life", "61m"},
		{"currencies", "EUR,USD,AAA,AAB,AAC,AAD,AAE,AAF,AAG,AAH,AAI,AAJ,AAK,AAL,AAM,AAN,AAO,AAP,AAQ,AAR,AAS"},
	} {
		_, err := p.Set(c[0], c[1])
		refused(t, err, ErrInvalid)
	}
	got, err := p.Set("currencies", "EUR, USD, GBP")
	if err != nil || len(got.Currencies) != 3 || len(p.Currencies) != 2 {
		t.Errorf("%v, %v, %v", got.Currencies, p.Currencies, err)
	}
	if got, err = p.Set("limit_day", "none"); err != nil || got.Limits.PerDay != NoLimit {
		t.Errorf("%+v, %v", got.Limits, err)
	}
}

func TestDecidePolicy(t *testing.T) {
	out, err := DecidePolicy("commission", "10", Actor{Role: RoleOperator}, 9, DefaultPolicy(), start)
	must(t, err)
	is(t, "commission", out.Policy.Commission, 1000)
	is(t, "change", *out.Entry.Change, Change{Name: "commission", Old: "5 %", New: "10 %"})
	is(t, "number", out.Entry.No, 9)
	_, err = DecidePolicy("commission", "x", Actor{Role: RoleOperator}, 9, DefaultPolicy(), start)
	refused(t, err, ErrInvalid)
	for _, r := range []Role{RoleNone, RoleUser, RoleRep, RoleVendor, RoleSystem} {
		_, err := DecidePolicy("commission", "10", Actor{Role: r}, 9, DefaultPolicy(), start)
		refused(t, err, ErrNotAllowed)
	}
}

func FuzzPolicySet(f *testing.F) {
	f.Add("window", "30m")
	f.Add("commission", "5 %")
	f.Add("currencies", "EUR, USD")
	f.Fuzz(func(t *testing.T, name, value string) {
		p, err := DefaultPolicy().Set(name, value)
		if err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		for _, l := range p.Lines() {
			if again, err := p.Set(l.Name, l.Value); err != nil || !reflect.DeepEqual(again, p) {
				t.Fatalf("%s = %q: then %s = %q is %v", name, value, l.Name, l.Value, err)
			}
		}
	})
}
