package view_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// noon is the moment of the tests of descriptions.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// hostile are texts that a vendor or a user could try to bring onto the screen of another person.
var hostile = []string{
	"\x1b]0;title\a\x1b[2J", "two\nlines\r\nof text", "\u202egnp.exe", "tab\tand\vmore", "\x9b31mred", "\x00\x7f\u0085",
	"\u2028\u2029\ufeff\u200b", "Amount: 0.00 EUR\nState: paid", "\xff\xfe",
}

// tables has what every description by a table makes of one row whose texts are all the same.
func tables(text string, f view.Format) map[string]view.Table {
	at, eur := view.At(noon), ledger.Amount{Micros: 1_250_000, Currency: "EUR"}
	disputes := []view.Dispute{{
		ID: text, Vendor: text, Title: text, Amount: eur, State: view.State(text), Opened: at, DueBy: at, Handle: text,
	}}
	deposits := []view.Deposit{{
		ID: text, Method: text, Amount: eur, State: view.State(text), Reference: text, Created: at, Handle: text, Waits: text,
	}}
	bills := []view.Bill{{
		ID: text, Number: 2, Amount: eur, Left: eur, State: view.State(text), Issued: at, Due: at, Reference: text,
	}}
	postpaid := []view.Postpaid{{Handle: text, State: view.State(text), Line: eur, Owed: eur, NextBill: at, Bills: bills}}
	redemptions := []view.Redemption{redemptionOf(text, at, eur)}
	all := shopTables(text, f)
	maps.Copy(all, map[string]view.Table{
		"RedemptionTable": view.RedemptionTable(redemptions, f),
		"LibraryTable": view.LibraryTable([]view.LibraryItem{{
			ID: text, Title: text, Vendor: text, At: at, Grant: view.Grant{ViewsTotal: 3, ViewsUsed: 1, Until: at},
		}}, f),
		"RefillTable": view.RefillTable([]view.Refill{refillOf(text, at, eur)}, f),

		"PostpaidTable": view.PostpaidTable(postpaid, f, false), "PostpaidTable desk": view.PostpaidTable(postpaid, f, true),
		"RoyaltyPlanTable": view.RoyaltyPlanTable([]view.RoyaltyPlan{plan(text, eur)}, f),
		"StaffTable": view.StaffTable([]view.Staff{{
			Fingerprint: text, Name: text, Role: ledger.RoleRep, Handle: text, Added: at, Ended: at,
		}}, f),
		"TokenIssueTable": view.TokenIssueTable([]view.TokenIssue{issueOf(text, at, eur)}, f),
		"AgentTable":      view.AgentTable([]view.Agent{agentOf(text, at, eur)}, f),
		"CampaignTable":   view.CampaignTable([]view.Campaign{campaignOf(text, at, eur)}, f),
		"IncentiveTable": view.IncentiveTable([]view.Incentive{{
			ID: text, Amount: eur, Left: eur, Vendor: text, Reason: text, State: view.State(text), Expires: at,
		}}, f),
		"MailingTable": view.MailingTable([]view.Mailing{{Number: 3, Printed: at, SHA256: text, Deleted: at}}, f),
		"LetterTable": view.LetterTable([]view.Letter{{
			Page: 1, Handle: text, Bill: text, Reference: text, Reminder: 1, Amount: eur,
		}}, f),
		"MonthTable": view.MonthTable([]view.Month{{Month: text, Last: 3, Head: text}}, f),
		"UnclaimedTable": view.UnclaimedTable([]view.Unclaimed{{
			Handle: text, State: view.State(text), Amount: eur, Announced: at, Since: at, Remitted: eur,
		}}, f),
		"BillTable": view.BillTable(bills, f),
		"RowTable": view.RowTable([]view.Row{{
			ID: text, At: at, Kind: text, Vendor: text, Title: text, State: view.State(text), Amount: eur,
		}}, f),
		"LineTable":    view.LineTable([]view.Line{{Who: text, Amount: eur}}),
		"DisputeTable": view.DisputeTable(disputes, f, false), "DisputeTable staff": view.DisputeTable(disputes, f, true),
		"ApprovalTable": view.ApprovalTable([]view.Approval{{
			Terms: view.Terms{Code: text, Vendor: text, Title: text, Price: eur}, Expires: at,
		}}, f),
		"DepositTable": view.DepositTable(deposits, f, false), "DepositTable staff": view.DepositTable(deposits, f, true),
		"MethodTable": view.MethodTable([]view.Method{{
			Name: text, Title: text, Simulated: true, Currencies: []view.MethodRange{{Currency: "EUR", Min: &eur}},
		}}),
		"RateTable": view.RateTable([]view.Rate{{Currency: "USD", PerEuro: text, Day: text, Age: text, Stale: true}}, f),
		"TransferTable": view.TransferTable([]view.Transfer{{
			ID: text, Amount: eur, State: view.State(text), Created: at, Expires: at,
		}}, f),
		"Wallets": view.Wallets([]view.Wallet{{
			Currency: "EUR", Available: eur, Held: eur, Uncollected: eur, Simulated: true,
		}}),
		"LimitTable": view.LimitTable([]view.Limit{{
			Period: text, Vendor: text, Currency: "EUR", Max: &eur, Used: eur, ResetsAt: at,
		}}, f),
		"SpendingTable": view.SpendingTable(view.Spending{Most: eur, Days: []view.DaySpent{{Date: text, Spent: eur}}}),
		"BrowserTable":  view.BrowserTable([]view.Browser{{ID: text, Vendor: text, Key: text, Added: at, Until: at}}, f),
		"KeyTable": view.KeyTable([]view.Key{{
			Fingerprint: text, Name: text, Added: at, LastUsed: text, Here: true, NewUntil: at,
		}}, f),
		"LinkTable": view.LinkTable([]view.Link{{
			ID: text, Vendor: text, Site: text, Currency: "EUR", Status: text, Count: 3, Spent: eur,
		}}),
		"BankAccountTable": view.BankAccountTable([]view.BankAccount{{
			ID: text, Account: text, Currency: "EUR", State: view.State(text), Added: at, Removed: at, Mandate: text,
		}}, f),
		"MandateTable": view.MandateTable([]view.Mandate{{
			ID: text, Account: text, Most: eur, State: view.State(text), Agreed: at, Key: text, Text: text, Reason: text,
		}}, f),
		"BankFileTable": view.BankFileTable([]view.BankFile{{
			ID: text, Method: text, Network: text, Created: at, Sent: at, Debits: 2, Asked: 1, Sum: eur, Hash: text,
		}}, f),
		"NewsTable": view.NewsTable([]view.NewsItem{{
			ID: text, Code: text, Amount: &eur, Outcome: text, Handle: text, Person: true,
		}}),
		"UnallocatedTable": view.UnallocatedTable([]view.Unallocated{{
			ID: text, Source: text, Amount: eur, Text: text, State: view.State(text), Created: at, Handle: text,
		}}, f, true),
		"BillerTable": view.BillerTable([]view.Biller{{
			Name: text, Title: text, Kind: text, Cap: eur, Account: text, State: view.State(text),
		}}, f),
		"StaffActTable": view.StaffActTable([]view.StaffAct{{
			At: at, Key: text, Name: text, Role: ledger.RoleRep, Act: text, Handle: text, Note: text, Reason: text, Words: text,
			Entry: 3,
		}}, f),
		"LookTable": view.LookTable([]view.Look{{
			At: at, Who: text, Role: ledger.RoleRep, Act: text, Reason: text, Words: text,
		}}, f),
		"FoundTable": view.FoundTable([]view.Found{{
			Kind: text, ID: text, About: text, Handle: text, Amount: &eur, State: view.State(text), Leads: text,
		}}, f),
		"TaskTable": view.TaskTable([]view.Task{{
			ID: text, Kind: text, About: text, Handle: text, Amount: eur, Promise: at, State: view.State(text),
			CaseNotes: view.CaseNotes{With: text},
		}}, f),
		"InviteTable": view.InviteTable([]view.Invite{{
			ID: text, State: view.State(text), By: text, Created: at, Expires: at, Handle: text,
		}}, f),
		"DeedTable": view.DeedTable([]view.Deed{{
			Act: text, State: view.State(text), Proposal: text, Handle: text, Amount: eur, Reason: text, By: text,
			Created: at, Expires: at,
		}}, f),
		"SettleRunTable": view.SettleRunTable([]view.SettleRun{{
			Run: 3, At: at, Vendor: text, Payouts: []ledger.Amount{eur}, Settled: 3,
		}}, f),
		"SettlementTable": view.SettlementTable([]view.Settlement{{
			ID: text, Vendor: text, Payee: text, State: view.State(text), Amount: eur, Until: at,
		}}, f),
		"PayAccountTable": view.PayAccountTable([]view.PayAccount{
			{Vendor: text, Payee: text, Network: text, Account: text, Next: text, From: at, Used: at},
			{Vendor: text, Account: text, Refused: true},
			{Vendor: text, Next: text, Waits: true},
		}, f),
		"TermsTable":    view.TermsTable([]view.PayTerms{{Vendor: text, Currency: "EUR", Own: true, Words: text}}, f),
		"TrialTable":    view.TrialTable([]view.TrialLine{{Name: text, Kind: text, Debit: eur, Balance: eur}}, f),
		"CoverageTable": view.CoverageTable([]view.CoverageLine{{Assets: eur, Owed: eur, Gap: eur}}, f),
		"LedgerTable":   view.LedgerTable([]view.LedgerLine{{At: at, What: text, Account: text, Debit: eur}}, f),
		"SavedViewTable": view.SavedViewTable([]view.SavedView{{
			Name: text, Place: text, Filter: text, Sort: text, Columns: text,
		}}),
		"SettingTable": view.SettingTable([]view.Setting{{Name: text, Value: text, Help: text}}),
	})
	return all
}

// formats are those of plain text and of a screen.
var formats = map[string]view.Format{
	"plain text": {},
	"screen":     {Now: noon, Zone: time.FixedZone("CET", 3600)},
}

// A description that is not in the lists above is not tested by what follows.
func TestEveryDescriptionIsTested(t *testing.T) {
	facts, lists := factLists("text", view.Format{}), tables("text", view.Format{})
	for name, result := range descriptions(t) {
		_, inFacts := facts[name]
		_, inTables := lists[name]
		if result == "[]Fact" && !inFacts || result == "Table" && !inTables {
			t.Errorf("%s returns %s and is not described here", name, result)
		}
	}
}

// descriptions reads the sources: what returns facts or a table, by its name.
func descriptions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			fn, is := d.(*ast.FuncDecl)
			if !is || !fn.Name.IsExported() || fn.Type.Results == nil ||
				fn.Name.Name == "Without" || fn.Name.Name == "ForeignLast" || fn.Name.Name == "Only" {
				continue
			}
			switch r := fn.Type.Results.List[0].Type.(type) {
			case *ast.ArrayType:
				if elem, is := r.Elt.(*ast.Ident); is && elem.Name == "Fact" {
					all[fn.Recv.List[0].Type.(*ast.Ident).Name+"."+fn.Name.Name] = "[]Fact"
				}
			case *ast.Ident:
				if r.Name == "Table" {
					all[fn.Name.Name] = "Table"
				}
			}
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d descriptions found", len(all))
	}
	return all
}

// A fact has a name of our own, whatever it is about, and what is copied is never cut.
func TestFactsAreNamedByUs(t *testing.T) {
	for where, f := range formats {
		plain := factLists("text", f)
		for _, text := range slices.Concat(hostile, []string{""}) {
			for name, facts := range factLists(text, f) {
				if len(facts) != len(plain[name]) {
					t.Fatalf("%s, %s: %d facts of %q, %d of a plain text", where, name, len(facts), text, len(plain[name]))
				}
				for i, fact := range facts {
					if fact.Label == "" || fact.Label != plain[name][i].Label {
						t.Errorf("%s, %s: %q is called %q, want %q", where, name, fact.Value, fact.Label, plain[name][i].Label)
					}
					if fact.Whole && fact.Lines > 0 {
						t.Errorf("%s, %s: %s is copied and may be cut", where, name, fact.Label)
					}
				}
			}
		}
	}
}

// A column has a title of our own. One without is the last and holds nothing but a note of ours.
func TestColumnsAreTitledByUs(t *testing.T) {
	for where, f := range formats {
		plain := tables("text", f)
		for _, text := range hostile {
			for name, table := range tables(text, f) {
				if !slices.Equal(table.Columns, plain[name].Columns) {
					t.Errorf("%s, %s: %q changes the columns", where, name, text)
				}
				for i, c := range table.Columns {
					note := i == len(table.Columns)-1 && table.Rows[0][i].Text == "simulated"
					if c.Title == "" && !note {
						t.Errorf("%s, %s: column %d has no title over %q", where, name, i, table.Rows[0][i].Text)
					}
				}
			}
		}
	}
}

// What both writers put on a screen is one line without anything that a terminal obeys. And they take nothing away from
// our own words: no separator or unit of a description is lost.
func TestValuesAreHarmlessOneLine(t *testing.T) {
	for where, f := range formats {
		for _, text := range hostile {
			eachValue(text, f, func(name, value string) {
				drawn := view.Clean(value)
				if i := strings.IndexFunc(drawn, obeyed); i >= 0 {
					t.Errorf("%s, %s: %q is drawn as %q", where, name, value, drawn)
				}
			})
		}
		eachValue("plain text", f, func(name, value string) {
			if drawn := view.Clean(value); drawn != value {
				t.Errorf("%s, %s: %q is drawn as %q", where, name, value, drawn)
			}
		})
	}
}

// eachValue calls do with every value of every description.
func eachValue(text string, f view.Format, do func(name, value string)) {
	for name, facts := range factLists(text, f) {
		for _, fact := range facts {
			do(name+" "+fact.Label, fact.Value)
		}
	}
	for name, table := range tables(text, f) {
		for _, row := range table.Rows {
			for i, cell := range row {
				do(name+" "+table.Columns[i].Title, cell.Text)
			}
		}
	}
}

// obeyed tells whether a terminal could take a character for an order: controls, ends of lines, changes of direction.
func obeyed(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x061c || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r == 0xfffd
}

// What is not known is left out: a thing without values shows no year 1, no currency without an amount and no fault of
// the formatting.
func TestNothingIsMadeUp(t *testing.T) {
	empty := map[string][]view.Fact{
		"detail": view.Detail{}.Facts(view.Format{}), "proof": view.Detail{}.Proof(),
		"receipt": view.Receipt{}.Facts(view.Format{}),
	}
	for name, facts := range empty {
		for _, fact := range facts {
			if fact.Value != "" {
				t.Errorf("%s: %s is %q of nothing", name, fact.Label, fact.Value)
			}
		}
	}
	for _, f := range formats {
		eachValue("", f, func(name, value string) {
			if strings.Contains(value, "0001-") || strings.Contains(value, "%!") || strings.HasSuffix(value, " ") {
				t.Errorf("%s is %q", name, value)
			}
		})
	}
}

// A screen takes facts out by their labels, and leaves the list of the caller as it is.
func TestWithoutLeavesTheRest(t *testing.T) {
	all := view.Detail{Row: view.Row{Title: "Rivers", Vendor: "news"}}.Facts(view.Format{})
	had := slices.Clone(all)
	rest := view.Without(all, "Title", "Amount", "No such fact")
	for _, fact := range rest {
		if fact.Label == "Title" || fact.Label == "Amount" {
			t.Errorf("%s is still there", fact.Label)
		}
	}
	if len(rest) != len(all)-2 || !slices.Equal(all, had) {
		t.Errorf("%d of %d facts are left; the caller has %v", len(rest), len(all), all)
	}
}

// In plain text nothing of ours stands behind the words of a stranger: the columns with such words are marked, and the
// marked ones come last.
func TestWordsOfStrangersStandLast(t *testing.T) {
	const words = "a stranger's words"
	said := map[string]view.Table{
		"RowTable":      view.RowTable([]view.Row{{Title: words}}, view.Format{}),
		"LineTable":     view.LineTable([]view.Line{{Who: words}}),
		"DisputeTable":  view.DisputeTable([]view.Dispute{{Title: words}}, view.Format{}, false),
		"… of the desk": view.DisputeTable([]view.Dispute{{Title: words}}, view.Format{}, true),
		"ApprovalTable": view.ApprovalTable([]view.Approval{{Terms: view.Terms{Title: words}}}, view.Format{}),
		"LinkTable":     view.LinkTable([]view.Link{{Site: words}}),
	}
	for name, table := range said {
		for i, c := range table.Columns {
			if got := table.Rows[0][i].Text == words; got != c.Foreign {
				t.Errorf("%s, column %s: foreign is %v, its words are a stranger's: %v", name, c.Title, c.Foreign, got)
			}
		}
	}
	for name, table := range tables("text", view.Format{}) {
		last := table.ForeignLast()
		if len(last.Columns) != len(table.Columns) || len(last.Rows) != len(table.Rows) {
			t.Fatalf("%s: %d columns and %d rows are left", name, len(last.Columns), len(last.Rows))
		}
		for i := range last.Columns[1:] {
			if last.Columns[i].Foreign && !last.Columns[i+1].Foreign {
				t.Errorf("%s: %s stands behind %s", name, last.Columns[i+1].Title, last.Columns[i].Title)
			}
		}
	}
}
