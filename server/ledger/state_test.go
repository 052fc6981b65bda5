package ledger

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "draw the states in DESIGN.md anew")

// life is one machine as its test sees it: words only.
type life struct {
	name   string
	starts []string
	table  machine[string]
}

func lives() []life {
	return []life{
		{"Deposit online", []string{"created"}, inWords(depositStates[DepositOnline], depositWord)},
		{"Deposit on paper", []string{"awaiting_instrument"}, inWords(depositStates[DepositPaper], depositWord)},
		{"Deposit by debit", []string{"created"}, inWords(depositStates[DepositDebit], depositWord)},
		{"Mandate", []string{"pending", "active"}, inWords(mandateStates, func(s MandateState) string { return string(s) })},
		{"Deposit by a purchase order", []string{"submitted"}, inWords(depositStates[DepositOnOrder], depositWord)},
		{"Deposit on a bill", []string{"submitted"}, inWords(depositStates[DepositOnBill], depositWord)},
		{"Account at a biller", []string{"asked"}, inWords(billerAccountStates, func(s BillerAccountState) string {
			return string(s)
		})},
		{"Receipt", []string{"unallocated"}, inWords(receiptStates, func(s ReceiptState) string { return string(s) })},
		{"Purchase", []string{"held", "captured"}, inWords(purchaseStates, StateWord)},
		{"Dispute", []string{"opened"}, inWords(disputeStates, func(s DisputeState) string { return string(s) })},
		{"Transfer", []string{"sent"}, transferStates},
		{"Settlement", []string{"due", "approved"}, inWords(settlementStates, func(s SettlementState) string {
			return string(s)
		})},
		{"Redemption", []string{"opened", "approved"}, inWords(redemptionStates, func(s RedemptionState) string {
			return string(s)
		})},
		{"Weekly budget", []string{"active"}, inWords(refillStates, func(s RefillState) string { return string(s) })},
		{"Link", []string{"known"}, inWords(linkStates, LinkWord)},
		{
			"Campaign",
			[]string{"proposed", "open"},
			inWords(campaignStates, func(s CampaignState) string { return string(s) }),
		},
		{
			"Token issue",
			[]string{"proposed", "open"},
			inWords(issueStates, func(s IssueState) string { return string(s) }),
		},
		{"Proposal", []string{"proposed"}, inWords(proposalStates, func(s ProposalState) string { return string(s) })},
	}
}

func depositWord(s DepositState) string { return string(s) }

func inWords[S comparable](m machine[S], word func(S) string) machine[string] {
	all := make(machine[string], len(m))
	for i, t := range m {
		all[i] = transition[string]{word(t.from), t.event, word(t.to)}
	}
	return all
}

// drawing writes one line for each state that something follows: what follows it, and by which event if that is another
// word.
func (l life) drawing() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**, from %s\n\n", l.name, strings.Join(l.starts, " or "))
	var done []string
	for _, t := range l.table {
		if slices.Contains(done, t.from) {
			continue
		}
		done = append(done, t.from)
		var all []string
		for _, n := range l.table {
			switch {
			case n.from != t.from:
			case n.event == n.to:
				all = append(all, n.to)
			default:
				all = append(all, n.to+" ("+n.event+")")
			}
		}
		line := fmt.Sprintf("    %-19s -> %s", t.from, all[0])
		for _, next := range all[1:] {
			if line += " |"; len(line)+len(next) > 118 {
				b.WriteString(line + "\n")
				line = fmt.Sprintf("    %-19s   ", "")
			}
			line += " " + next
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

const (
	drawn    = "<!-- drawn from the tables by: go test ./server/ledger -run TestDesignDrawsTheStates -update -->\n"
	drawnEnd = "<!-- end of what is drawn -->\n"
)

func TestDesignDrawsTheStates(t *testing.T) {
	all, err := os.ReadFile("DESIGN.md")
	must(t, err)
	before, rest, begins := strings.Cut(string(all), drawn)
	got, after, ends := strings.Cut(rest, drawnEnd)
	if !begins || !ends {
		t.Fatal("DESIGN.md has no place for the states")
	}
	var want strings.Builder
	for _, l := range lives() {
		want.WriteString("\n" + l.drawing())
	}
	want.WriteString("\n")
	if *update {
		must(t, os.WriteFile("DESIGN.md", []byte(before+drawn+want.String()+drawnEnd+after), 0o644))
		return
	}
	if d := cmp.Diff(want.String(), got); d != "" {
		t.Errorf("DESIGN.md is not what the tables say; run with -update (-tables +design):\n%s", d)
	}
}

// Every state can be reached from where its life begins, no event leads to two states, and each life comes to an end.
func TestLivesAreSound(t *testing.T) {
	for _, l := range lives() {
		t.Run(l.name, func(t *testing.T) {
			seen := slices.Clone(l.starts)
			for i := 0; i < len(seen); i++ {
				for _, s := range l.table.after(seen[i]) {
					if !slices.Contains(seen, s) {
						seen = append(seen, s)
					}
				}
			}
			leads := map[[2]string]string{}
			for _, x := range l.table {
				for _, s := range []string{x.from, x.to} {
					if !slices.Contains(seen, s) || s == "unknown" || s == "none" {
						t.Errorf("%s cannot be reached", s)
					}
				}
				if to := leads[[2]string{x.from, x.event}]; to != "" {
					t.Errorf("in %s, %s leads to %s and to %s", x.from, x.event, to, x.to)
				}
				leads[[2]string{x.from, x.event}] = x.to
			}
			ends := slices.DeleteFunc(slices.Clone(seen), func(s string) bool { return !l.table.ends(s) })
			if len(ends) == 0 && l.name != "Link" { // a link can always be given again
				t.Error("this life never ends")
			}
		})
	}
}

func TestMachine(t *testing.T) {
	m := machine[string]{{"a", "go", "b"}, {"a", "jump", "c"}, {"a", "run", "b"}, {"b", "go", "c"}}
	for _, c := range []struct {
		from, event, to string
		can             bool
	}{
		{"a", "go", "b", true},
		{"a", "run", "b", true},
		{"b", "go", "c", true},
		{"b", "jump", "b", false},
		{"c", "go", "c", false},
		{"x", "go", "x", false},
	} {
		to, can := m.next(c.from, c.event)
		is(t, c.from+" "+c.event, to, c.to)
		is(t, c.from+" "+c.event+" can happen", can, c.can)
	}
	is(t, "after a", fmt.Sprint(m.after("a")), "[b c]")
	is(t, "a ends", m.ends("a"), false)
	is(t, "c ends", m.ends("c"), true)
}

// Each state of a deposit or a dispute is open or one of the last ones, as the screens ask.
func TestOpenDisputes(t *testing.T) {
	for s, want := range map[DisputeState]bool{
		DisputeOpened: true, DisputeNeedsResponse: true, DisputeUnderReview: true, DisputeAutoResolved: false,
		DisputeWon:  false,
		DisputeLost: false, DisputeWithdrawn: false, "nonsense": false,
	} {
		is(t, string(s), s.Open(), want)
	}
}
