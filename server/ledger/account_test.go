package ledger

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func ExampleAccount_String() {
	fmt.Println(Account{Paid, "EUR", 17}, Account{Commission, "EUR", 0})
	// Output: EUR/2000/17 EUR/4000
}

func ExampleAccount_Sub() {
	fmt.Println(Account{Paid, "EUR", 17}.Sub(), Account{VendorPending, "EUR", 3}.Sub(), Account{Held, "EUR", 12}.Sub())
	// Output: U17 V3 E12
}

func ExampleClass_Name() {
	fmt.Println(Paid, Paid.Name(), Paid.Kind())
	// Output: 2000 paid tokens liability
}

func ExampleClass_Allows() {
	fmt.Println(
		Paid.Allows(-250_000),
		Paid.Allows(1),
	) // tokens are owed to the user, never the other way
	fmt.Println(VendorAvailable.Allows(-1), VendorAvailable.Allows(1))         // a vendor may owe after a refund
	fmt.Println(UncollectedItem.Allows(5_000_000), UncollectedItem.Allows(-1)) // a check that has come is an asset
	// Output:
	// true false
	// true true
	// true false
}

// design returns the lines of DESIGN.md between two headings.
func design(t *testing.T, heading string) []string {
	t.Helper()
	all, err := os.ReadFile("DESIGN.md")
	must(t, err)
	_, rest, found := strings.Cut(string(all), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("DESIGN.md has no part %q", heading)
	}
	part, _, _ := strings.Cut(rest, "\n## ")
	return strings.Split(part, "\n")
}

var classNumber = regexp.MustCompile(`\b[1-5]\d{3}\b`)

// The chart is ordered, no number or name is there twice, and DESIGN.md shows exactly its classes.
func TestChartIsTheOneOfTheDesign(t *testing.T) {
	var drawn []int
	for _, l := range design(t, "Accounts and signs") {
		for _, kind := range []string{"| assets |", "| liabilities |", "| equity |", "| income |", "| expense |"} {
			if strings.HasPrefix(l, kind) {
				for _, n := range classNumber.FindAllString(l, -1) {
					c, _ := strconv.Atoi(n)
					drawn = append(drawn, c)
				}
			}
		}
	}
	var want []int
	names := map[string]bool{}
	for _, l := range chart {
		want = append(want, int(l.class))
		if l.name == "" || names[l.name] {
			t.Errorf("class %d has no name of its own: %q", l.class, l.name)
		}
		names[l.name] = true
	}
	if !slices.IsSorted(want) {
		t.Errorf("the chart is not ordered: %v", want)
	}
	slices.Sort(drawn)
	if d := gocmp.Diff(want, drawn); d != "" {
		t.Errorf("the chart and DESIGN.md (-chart +design):\n%s", d)
	}
}

// The kind of each class, and whose its sub-accounts are, is what DESIGN.md says.
func TestKindsAndOwnersAreThoseOfTheDesign(t *testing.T) {
	letters := map[string]string{
		"user": "U", "payee": "P", "vendor": "V", "deposit": "E", "entry": "E", "dispute": "E",
		"receipt": "E", "settlement": "E",
		"redemption": "E",
	}
	owner := regexp.MustCompile(`\b([1-5]\d{3}) [^·(|]*\((\w+)\)`)
	kinds := map[string]string{
		"assets": "asset", "liabilities": "liability", "equity": "equity", "income": "income", "expense": "expense",
	}
	drawn := 0
	for _, l := range design(t, "Accounts and signs") {
		cells := strings.Split(l, "|")
		if len(cells) < 3 || kinds[strings.TrimSpace(cells[1])] == "" {
			continue
		}
		for _, n := range classNumber.FindAllString(cells[2], -1) {
			c, _ := strconv.Atoi(n)
			is(t, n+" is of the kind", Class(c).Kind(), kinds[strings.TrimSpace(cells[1])])
			drawn++
		}
		for _, m := range owner.FindAllStringSubmatch(cells[2], -1) {
			c, _ := strconv.Atoi(m[1])
			is(t, m[1]+" has the sub-account", Account{Class: Class(c), Owner: 1}.Sub(), letters[m[2]]+"1")
		}
	}
	is(t, "classes", drawn, len(Classes()))
}

// The sign rules are those of DESIGN.md: a liability is never on the debit side, an asset never on the credit side.
func TestSignsAreThoseOfTheDesign(t *testing.T) {
	signs := map[Class]string{}
	for _, l := range design(t, "Accounts and signs") {
		cells := strings.Split(l, "|")
		if len(cells) < 3 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "never on the") {
			continue
		}
		for _, n := range classNumber.FindAllString(cells[2], -1) {
			c, _ := strconv.Atoi(n)
			signs[Class(c)] = strings.TrimSpace(cells[1])
		}
	}
	for _, l := range chart {
		debit, credit := l.class.Allows(1), l.class.Allows(-1)
		is(t, fmt.Sprint(l.class, " on the debit side"), debit, signs[l.class] != "never on the debit side")
		is(t, fmt.Sprint(l.class, " on the credit side"), credit, signs[l.class] != "never on the credit side")
		is(t, fmt.Sprint(l.class, " at zero"), l.class.Allows(0), true)
	}
	is(t, "classes with a rule", len(signs), 19)
}

// What is not on the chart has no line, whatever its number.
func TestLinesOfTheChart(t *testing.T) {
	known := 0
	for c := range Class(10_000) {
		l, ok := c.line()
		if !ok {
			continue
		}
		known++
		is(t, "line", l.class, c)
	}
	is(t, "classes", known, len(chart))
	is(
		t,
		"first",
		chart[0].class,
		slices.MinFunc(chart[:], func(a, b chartLine) int { return cmp.Compare(a.class, b.class) }).class,
	)
}
