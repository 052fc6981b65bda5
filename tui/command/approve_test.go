package command

import (
	"encoding/json"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A code alone pays nothing, nor does a code with --yes: the price has to be named, and the number of the page where
// one is open, and both have to be those of the request. What a dry run says is to be typed does it.
func TestApproveWantsWhatWasSeen(t *testing.T) {
	for line, want := range map[string]struct {
		exit int
		paid bool
		says string
	}{
		"":                                  {ExitUsage, false, "type: approve WDJB-MJHT --expect 0.25 --match NN"},
		"--yes":                             {ExitUsage, false, "Which number does your page show?"},
		"--match 47":                        {ExitUsage, false, "Which number does your page show?"},
		"--expect 0.25 --match 47":          {ExitOK, true, "0.25 EUR"},
		"--expect 0.25 --yes --match 47":    {ExitOK, true, "0.25 EUR"},
		"--expect 0.250 --match 47":         {ExitOK, true, "0.25 EUR"},
		"--expect 0.25EUR --match 47":       {ExitOK, true, "0.25 EUR"},
		"--expect '0.25 eur' --match 47":    {ExitOK, true, "0.25 EUR"},
		"--expect 0.25 --match 48":          {ExitConflict, false, "The page shows another number"},
		"--expect 0.25 --match NN":          {ExitUsage, false, "such as 47"},
		"--expect 0.25 --match 4":           {ExitUsage, false, "such as 47"},
		"--expect 0.25 --match none":        {ExitConflict, false, "open in another browser"},
		"--expect 0.25USD --match 47":       {ExitConflict, false, "The price is 0.25 EUR"},
		"--expect 0.24 --match 47":          {ExitConflict, false, "The price is 0.25 EUR"},
		"--expect 0 --match 47":             {ExitConflict, false, "The price is 0.25 EUR"},
		"--expect ''":                       {ExitUsage, false, "Nothing has happened yet"},
		"--expect EUR":                      {ExitUsage, false, "--expect: "},
		"--expect -0.25":                    {ExitUsage, false, ""},
		"--expect 0.25EURO":                 {ExitUsage, false, "CURRENCY"},
		"--expect 0.25":                     {ExitUsage, false, "type: approve WDJB-MJHT --expect 0.25 --match NN"},
		"--expect 0.25 --yes":               {ExitUsage, false, "Which number does your page show?"},
		"--expect 0.24":                     {ExitUsage, false, "would pay 0.25 EUR"},
		"--link 5 --expect 0.25":            {ExitUsage, false, "--expect 0.25 --link 5 --match NN"},
		"--link 5 --period day":             {ExitUsage, false, "--expect 0.25 --link 5 --period day --match NN"},
		"--link 5 --expect 0.25 --match 47": {ExitOK, true, "lnk_"},
		"--expect 0.25 --per-charge 0.25":   {ExitUsage, false, "belong to --link"},
	} {
		f := commandtest.New()
		got := run(f, ada, strings.TrimSpace("approve WDJB-MJHT "+line), "")
		if got.exit != want.exit || (f.Calls("Answer") > 0 && got.exit == ExitUsage) ||
			(len(f.Data.Receipts) > 0) != want.paid || !strings.Contains(got.out+got.errs, want.says) {
			t.Errorf("approve WDJB-MJHT %s: got %+v, want %+v", line, got, want)
		}
	}
}

// A permission has no price: it is confirmed with --yes, and the line that is printed does it.
func TestApprovePermission(t *testing.T) {
	f := commandtest.New()
	dry := run(f, ada, "approve KXPR-9QTC --link proposed", "")
	if dry.exit != ExitUsage || f.Calls("Answer") != 0 {
		t.Fatalf("got %+v", dry)
	}
	_, again, _ := strings.Cut(strings.TrimSpace(dry.errs), "type: ")
	if again != "approve KXPR-9QTC --yes --link proposed" {
		t.Errorf("to be typed: %q", again)
	}
	if wet := run(f, ada, again, ""); wet.exit != ExitOK || !f.Data.Got.(view.Answer).Link {
		t.Errorf("%s: got %+v", again, wet)
	}
}

// Where no browser has opened a page there is no number to name. If one opens it in between, the service refuses: what
// was seen is said with the yes.
func TestApproveWithoutAPage(t *testing.T) {
	f := commandtest.New()
	for i := range f.Data.Approvals {
		f.Data.Approvals[i].Match = ""
	}
	if got := run(f, ada, "approve WDJB-MJHT --expect 0.25", ""); got.exit != ExitOK {
		t.Errorf("got %+v", got)
	}
	if a := f.Data.Got.(view.Answer); a.Match != view.NoMatch {
		t.Errorf("the yes says that %q was seen, want %q", a.Match, view.NoMatch)
	}
	for i := range f.Data.Approvals {
		f.Data.Approvals[i].Match = "47"
	}
	if got := run(f, ada, "approve KXPR-9QTC --yes", ""); got.exit != ExitUsage ||
		!strings.Contains(got.errs, "approve KXPR-9QTC --yes --match NN") {
		t.Errorf("a permission without the number of its page: %+v", got)
	}
}

// The number of the page is nowhere but on the page: who is told it, or copies it, agrees without a look.
func TestNumberOfThePageIsNotPrinted(t *testing.T) {
	f := commandtest.New()
	for i := range f.Data.Approvals {
		f.Data.Approvals[i].Match = "83"
	}
	for _, line := range []string{
		"approve WDJB-MJHT", "approve KXPR-9QTC", "approve WDJB-MJHT --expect 0.25 --link 5", "pending", "pending WDJB-MJHT",
		"balance",
	} {
		for _, form := range []string{"", " --json", " --csv"} {
			if got := run(f, ada, line+form, ""); strings.Contains(got.out+got.errs, "83") {
				t.Errorf("%s%s prints the number: %+v", line, form, got)
			}
		}
	}
	if r := Try(t.Context(), f, ada, []string{"approve", "WDJB-MJHT"}, nil, Options{}); strings.Contains(r.Again, "NN") ||
		r.Request == nil || r.Request.Match != "83" {
		t.Errorf("whoever asks for the number has %q and %+v", r.Again, r.Request)
	}
}

// A program reads from one object what would be bought, and the line that buys it with the number of the page.
func TestApproveAsksInJSON(t *testing.T) {
	f := commandtest.New()
	dry := run(f, ada, "approve WDJB-MJHT --json", "")
	var p Problem
	if err := json.Unmarshal([]byte(dry.out), &p); err != nil {
		t.Fatal(err)
	}
	if p.Code != ledger.ErrConfirm.Error() || p.Exit != ExitUsage || dry.exit != ExitUsage || p.Request == nil {
		t.Fatalf("got %+v", p)
	}
	if p.Request.Price != commandtest.EUR(250_000) || p.Request.Vendor != "acme-news" {
		t.Errorf("the request is %+v", p.Request)
	}
	if wet := run(f, ada, strings.ReplaceAll(p.Again, "NN", "47")+" --json", ""); wet.exit != ExitOK {
		t.Errorf("%s: got %+v", p.Again, wet)
	}
	// What is paid is not asked again: the receipt is the same.
	if again := run(f, ada, "approve WDJB-MJHT", ""); again.exit != ExitOK || !strings.Contains(again.out, "before") {
		t.Errorf("a second time: %+v", again)
	}
}
