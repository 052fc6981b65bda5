package command

import (
	"cmp"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// runApprove says yes to what the person has seen: the price that --expect names, or a permission with --yes, and the
// number of the page with --match wherever a browser has opened one. A code alone is no yes, since whoever sent it may
// know more of it than the one who types it. Where nothing is open any more, it asks nothing.
func runApprove(r *Run) error {
	answer, err := r.approving()
	if err != nil {
		return err
	}
	if answer.Expect == nil || answer.Match == "" {
		a, err := r.Service.Approval(r.Ctx, r.Who, answer.Code)
		if err != nil {
			return err
		}
		unseen := answer.Expect == nil && (a.Mode == ledger.ModeCharge || !r.on("yes"))
		if a.Open() && (unseen || answer.Match == "" && a.Match != "") {
			return r.wouldApprove(a)
		}
		if a.Open() { // a browser that opens the page now was not seen
			answer.Match = cmp.Or(answer.Match, view.NoMatch)
		}
	}
	// Who says yes is here: the purchase window opens, as by a key press in the terminal.
	if err := r.Service.Touch(r.Ctx, r.Who); err != nil {
		return err
	}
	return r.answered(answer)
}

// approving reads the answer from the command line.
func (r *Run) approving() (answer view.Answer, err error) {
	answer = view.Answer{Code: view.CheckoutCode(r.Args[0]), Yes: true, Match: r.flag("match")}
	if m := answer.Match; m != "" && m != view.NoMatch && !isNumber(m) {
		return answer, r.misuse("--match is the number that your page shows, such as 47.")
	}
	if r.flag("expect") != "" {
		price, err := r.price("expect")
		if err != nil {
			return answer, err
		}
		answer.Expect = &price
	}
	switch budget := r.flag("link"); {
	case budget == "proposed":
		answer.Link = true
	case budget != "":
		limits, err := r.linkLimits("--link", budget, "") // the service knows the currency by the code
		if err != nil {
			return answer, err
		}
		answer.Link, answer.Limits = true, &limits
	case r.flag("per-charge") != "" || r.Flags.Changed("period"):
		return answer, r.misuse("--per-charge and --period belong to --link BUDGET.")
	}
	return answer, nil
}

// isNumber tells whether a text is a number as pages show it. Anything else is no guess, and is not counted as one.
func isNumber(text string) bool {
	return len(text) == 2 && strings.Trim(text, "0123456789") == ""
}

// price reads an amount of an option as it is shown, with its currency or without.
func (r *Run) price(option string) (p ledger.Amount, err error) {
	text := r.flag(option)
	number := strings.TrimRight(text, " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
	var c ledger.Currency
	if code := strings.TrimSpace(text[len(number):]); code != "" {
		if c, err = r.currency(code); err != nil {
			return p, err
		}
	}
	if p, err = ledger.ReadAmount(number, c); err != nil {
		return p, r.misread("--"+option, err)
	}
	return p, nil
}

// wouldApprove says what a yes would do, with the line that says it: what the person has typed, and what is to be
// confirmed. The number of the page is not in it.
func (r *Run) wouldApprove(a view.Approval) error {
	again, would := "approve "+a.Code+" --expect "+a.Price.Number(), "pay "+a.Price.String()+" to "+a.Vendor
	if a.Mode == ledger.ModeLink {
		again, would = "approve "+a.Code+" --yes", "allow "+a.Vendor+" "+a.Subject()
	}
	r.Flags.Visit(func(f *pflag.Flag) {
		if f.Name == "link" || f.Name == "per-charge" || f.Name == "period" {
			again += " --" + f.Name + " " + quote(f.Value.String())
		}
	})
	return confirm(again, "", "This would %s.", would).about(a)
}
