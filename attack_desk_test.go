package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// deskAttempts are ways in which staff try to get round the second person, the own wallet, the sum of a day and what a
// session may do: who types what, and the words of the refusal. MIA, ANN and SALE are handles and an id, PRP is a
// proposal of mia's that gives ann 25.00 EUR, OWN one of max's that gives mia as much.
var deskAttempts = []struct{ who, line, refused string }{
	{"mia", "desk approve PRP --yes", "another person"},
	{"mia2", "desk approve PRP --yes", "another person"},
	{"mia", "desk approve OWN --yes", "own wallet"},
	{"mia2", "desk approve OWN --yes", "own wallet"},
	{"mia", "desk deny OWN --reason x", "own wallet"},
	{"ann", "desk approve PRP --yes", "Only a representative"},
	{"eve", "desk approve PRP --yes", "Only a representative"},
	{"mia", "desk credit MIA 1.00 EUR --reason mine --yes", "own wallet"},
	{"mia2", "desk credit MIA 1.00 EUR --reason mine --yes", "own wallet"},
	{"mia", "desk credit MIA 30.00 EUR --reason mine --yes", "own wallet"},
	{"mia", "desk credit ANN 0.00 EUR --reason nothing --yes", "AMOUNT is 0"},
	{"mia", "desk credit ANN -5 EUR --reason less --yes", "no amount"},
	{"mia", "desk credit ANN 5.00 EUR --reason ' ' --yes", "reason is missing"},
	{"mia", "desk credit ANN 5.00 XXX --reason x --yes", "XXX"},
	{"max", "desk credit ANN 500.01 EUR --reason much --yes", "staff_day"},
	{"eve", "desk credit ANN 1.00 EUR --reason gift --yes", "Only a representative"},
	{"mia", "desk refund SALE 0.26 EUR --reason duplicate --yes", "are left"},
	{"mia", "desk refund SALE 0.25 USD --reason duplicate --yes", "currency"},
	{"mia", "desk refund SALE --reason because --yes", "it is one of"},
	{"ann", "desk refund SALE --reason duplicate --yes", "Only a representative"},
	{"mia", "freeze MIA --reason mine", "own wallet"},
	{"mia2", "thaw MIA --reason mine", "own wallet"},
	{"mia", "desk wallet ANN", "--reason CODE is missing"},
	{"mia", "desk wallet ANN --reason curiosity", "it is one of"},
	{"eve", "desk wallet ANN --reason call", "Only a representative"},
	{"ann", "desk find MIA", "Only a representative"},
	{"mia", "desk find T-AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-A", "whole claim code"},
	{"mia", "desk audit", "Only the operator"},
	{"mia", "policy set two_persons 1000", "Only the operator"},
	// What weakens a control over staff: asked for once already, by the same operator.
	{"boss", "policy set two_persons 1000", "takes two persons"},
	{"boss", "policy set payout_account_two off", "takes two persons"},
	{"boss", "vendor terms STALL --currency EUR --way csv --to Eve", "takes two persons"},
	{"mia", "staff add SHA256:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx --role operator", "Only the operator"},
	{"mia", "desk write on --reason call", "command line is one act"},
	{"mia", "desk approve prp_00000000000000000000000000 --yes", "no such proposal"},

	// Dispute loops: DONE was paid back at once, as DSP.
	{"ann", "dispute DONE --reason duplicate", "disputed already"},
	{"ann", "dispute appeal DSP --text again", "auto resolved"},
	{"ann", "dispute withdraw DSP --yes", "auto resolved"},
	{"mia2", "dispute SALE --reason duplicate", "nothing with that id"},
	{"mia", "decide DSP --user --reason again --yes", "auto resolved"},

	// Incentive farming.
	{"mia", "incentive give MIA 1.00 EUR --reason mine", "own wallet"},
	{"mia2", "incentive give MIA 1.00 EUR --reason mine", "own wallet"},
	{"mia", "incentive give ANN 5.01 EUR --reason much", "at most 5.00 EUR"},
	{"mia", "incentive give ANN 1.00 EUR --days 999 --reason long", "1 to 732 days"},
	{"ann", "incentive take SPRING26", "Nothing is given under this code"},
	{"mia", "campaign open 1.00 EUR --each 0.50 --code SPRING26 --reason spring", "Only the operator"},
	{"ann", "incentive give ANN 1.00 EUR --reason mine", "Only a representative"},

	// Self-dealing royalties: who gets what is the operator's to write down, and the vendor's.
	{"mia", "vendor plan set STALL mine --lines Mia:owner:100%", "Only the operator"},
	{"ann", "vendor plan set STALL mine --lines Ann:owner:100%", "Only the operator"},
	{"mia", "vendor terms STALL --payee Ann --wallet MIA", "Only the operator"},
	{"mia", "policy set self_dealing flag", "Only the operator"},

	// Transfer laundering: what was given cannot be sent on, nor what others hold.
	{"ann", "transfer 10.00 EUR --yes", "not enough tokens"},
	{"ann", "claim T-AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-A", "claim"},
}

// staffAgainstRules types all of them, and looks what they have gained: nothing. Each refusal leaves the books alone.
func staffAgainstRules(ctx context.Context, s *siege) error {
	people, words, err := s.staffDesk(ctx)
	if err != nil {
		return err
	}
	before, err := s.operator.run(ctx, "report trial --csv")
	if err != nil {
		return err
	}
	held := 0
	for _, a := range deskAttempts {
		out, err := people[a.who].run(ctx, words.Replace(a.line))
		if err != nil && strings.Contains(err.Error(), a.refused) {
			held++
			continue
		}
		fmt.Fprintf(s.t.Output(), "  %s typed %s: %v %s\n", a.who, a.line, err, out)
	}
	s.report.count(fmt.Sprintf("of %d attempts of staff got through", len(deskAttempts)), len(deskAttempts)-held, 0)
	own, err := s.selfDealing(ctx, people["ann"], words)
	if err != nil {
		return err
	}
	s.report.count("sales that paid their own buyer", own, 0)
	after, err := s.operator.run(ctx, "report trial --csv")
	s.report.line("trial balance afterwards", verdictOf(before == after), "as before", verdict(before == after))
	return err
}

func verdictOf(same bool) string {
	if same {
		return "as before"
	}
	return "another"
}

// selfDealing sells to a payee what pays herself, by an offer with royalties and by one with a plan.
func (s *siege) selfDealing(ctx context.Context, ann *person, words *strings.Replacer) (sold int, err error) {
	const offer = `{"title":"Mine","kind":"goods","price":{"amount":"0.10","currency":"EUR"},`
	share := `[{"payee":"Ann","role":"author","percent_bp":10000}]`
	var plan struct{ ID string }
	_, err = s.api(ctx, s.stall, ann.from, "/royalty_plans", `{"name":"mine","lines":`+share+`}`, &plan)
	if err != nil {
		return 0, err
	}
	if _, err := s.operator.run(ctx, words.Replace("vendor terms STALL --payee Ann --wallet ANN")); err != nil {
		return 0, err
	}
	for _, by := range []string{`"royalties":` + share, `"royalty_plan":"` + plan.ID + `"`} {
		var mine struct{ ID string }
		if _, err := s.api(ctx, s.stall, ann.from, "/offers", offer+by+"}", &mine); err != nil {
			return 0, err
		}
		own := &stall{Name: s.stall.Name, Key: s.stall.Key, Offer: mine.ID}
		_, err := s.api(ctx, s.stall, ann.from, "/charges", own.charge(words.Replace("LINK")), nil)
		if err == nil {
			sold++
		} else if !strings.Contains(err.Error(), "paid a royalty") {
			return sold, err
		}
	}
	return sold, nil
}

var disputeID = regexp.MustCompile(`dsp_[0-9a-z]+`)

var proposalID = regexp.MustCompile(`prp_[0-9a-z]+`)

// weakened has a second operator, and the first one ask for weaker controls.
func (s *siege) weakened(ctx context.Context, people map[string]*person) error {
	second := s.person("127.0.12.9")
	people["boss"] = s.operator
	_, err := s.operator.run(ctx, "staff add "+gossh.FingerprintSHA256(second.key.PublicKey())+" --role operator",
		"policy set payout_account_two on", "policy set payout_account_two off", "policy set two_persons 1000",
		"vendor terms "+s.stall.Name+" --currency EUR --way csv --to Eve")
	return err
}

// staffDesk has three keys of two representatives, a user, a stranger, a sale and two proposals.
func (s *siege) staffDesk(ctx context.Context) (map[string]*person, *strings.Replacer, error) {
	people := map[string]*person{}
	for i, name := range []string{"mia", "mia2", "max", "ann", "eve"} {
		people[name] = s.person(fmt.Sprintf("127.0.12.%d", i+1))
	}
	handle := func(who *person, lines ...string) (string, error) {
		out, err := who.run(ctx, append(append([]string{"join --accept"}, lines...), "whoami --json")...)
		var me struct{ Handle string }
		if err == nil {
			err = json.Unmarshal([]byte(out), &me)
		}
		return me.Handle, err
	}
	mia, err := handle(people["mia2"]) // her own wallet is opened by her other key
	if err != nil {
		return nil, nil, err
	}
	ann, err := handle(people["ann"], "fund 10.00 EUR --method card")
	if err != nil {
		return nil, nil, err
	}
	for _, name := range []string{"mia", "mia2", "max"} {
		line := "staff add " + gossh.FingerprintSHA256(people[name].key.PublicKey()) + " --role rep"
		if name != "max" {
			line += " --wallet " + mia
		}
		if _, err := s.operator.run(ctx, line); err != nil {
			return nil, nil, err
		}
	}
	if err := s.weakened(ctx, people); err != nil {
		return nil, nil, err
	}
	link, err := people["ann"].allow(ctx, s.stall)
	if err != nil {
		return nil, nil, err
	}
	var sold struct{ ID string }
	if _, err := s.api(ctx, s.stall, people["ann"].from, "/charges", s.stall.charge(link), &sold); err != nil {
		return nil, nil, err
	}
	var done struct{ ID string }
	if _, err := s.api(ctx, s.stall, people["ann"].from, "/charges", s.stall.charge(link), &done); err != nil {
		return nil, nil, err
	}
	disputed, err := people["ann"].run(ctx, "dispute "+done.ID+" --reason duplicate")
	dsp := disputeID.FindString(disputed)
	if err != nil {
		return nil, nil, err
	}
	if _, err := people["mia"].run(ctx, "incentive give "+ann+" 1.00 EUR --reason welcome"); err != nil {
		return nil, nil, err
	}
	prp, err := people["mia"].run(ctx, "desk credit "+ann+" 25.00 EUR --reason x --yes")
	if err != nil {
		return nil, nil, err
	}
	own, err := people["max"].run(ctx, "desk credit "+mia+" 25.00 EUR --reason x --yes")
	return people, strings.NewReplacer(
		"MIA", mia, "ANN", ann, "SALE", sold.ID, "PRP", proposalID.FindString(prp), "OWN", proposalID.FindString(own),
		"DONE", done.ID, "DSP", dsp, "STALL", s.stall.Name, "LINK", link,
	), err
}
