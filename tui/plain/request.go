package plain

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// answer asks for the answer to a request: that with the code, or the one that waits.
func (t *talk) answer(code string) error {
	if code != "" {
		a, err := t.svc.Approval(t.ctx, t.who, view.CheckoutCode(code))
		if err != nil {
			return t.failed(err)
		}
		return t.request(a, "Request "+command.Spell(a.Code))
	}
	all, err := t.svc.Pending(t.ctx, t.who)
	if err != nil {
		return t.failed(err)
	}
	if len(all) == 1 {
		return t.request(all[0], "Request 1 of 1")
	}
	which := "Nothing waits. The code that the vendor shows? Enter alone goes back."
	for n, a := range all {
		t.say(fmt.Sprintf("%d: %s, %s, %s.", n+1, view.Clean(a.Vendor), view.Clean(a.Subject()), a.Wanted()))
		which = fmt.Sprintf("Which? 1 to %d, or the code that the vendor shows. Enter alone goes back.", len(all))
	}
	line, err := t.ask(which, false)
	if err != nil {
		return err
	}
	if n, ok := number(line, len(all)); ok {
		return t.request(all[n], fmt.Sprintf("Request %d of %d", n+1, len(all)))
	}
	return t.answer(strings.ReplaceAll(line, " ", ""))
}

// request reads a request out, and asks for the answer.
func (t *talk) request(a view.Approval, head string) error {
	t.own += " " + a.Code
	t.describe(a, head)
	if !a.Open() {
		t.say("It is " + strings.ToLower(a.Status.Words()) + ". Nothing is charged by looking.")
		return nil
	}
	match, err := t.ownPage(a)
	if err != nil {
		return err
	}
	yes := view.Answer{Code: a.Code, Yes: true, Expect: &a.Price, Match: match}
	question, answers := "Pay "+a.Price.String()+" to "+view.Clean(a.Vendor)+"?",
		[]string{"no", "pay", "pay and stop asking", "refuse and block"}
	if a.Mode == ledger.ModeLink {
		question = "Let " + view.Clean(a.Vendor) + " charge without asking, inside bounds that you hear next?"
		answers = []string{"no", "yes", "refuse and block"}
	}
	n, err := t.decide(question, answers...)
	switch {
	case err != nil:
		return err
	case n == 1:
		return t.send(a, view.Answer{Code: a.Code})
	case answers[n-1] == "refuse and block":
		return t.block(a)
	case answers[n-1] == "pay":
		return t.send(a, yes)
	}
	return t.bounds(a, yes)
}

// describe says who wants what, and what it would do.
func (t *talk) describe(a view.Approval, head string) {
	vendor := view.Clean(a.Vendor)
	f := view.Format{Zone: command.ZoneOf(t.me.Zone)}
	if a.Mode == ledger.ModeLink {
		t.say(head + ". " + vendor + " asks to charge without asking you each time.")
	} else {
		t.say(head + ". " + vendor + " asks for " + a.Price.String() + ".")
		gives := ""
		if words := a.Bounds.Words(f); words != "" {
			gives = " Gives: " + words + "."
		}
		t.say("For: " + view.Clean(a.Subject()) + "." + gives)
	}
	if a.What != "" {
		t.say("About: " + sentence(view.Clean(a.What)))
	}
	who := "a vendor without a proved site"
	if a.Site != "" {
		who = strings.TrimPrefix(view.Clean(a.Site), "https://") + ", proved"
	}
	bought := "You have bought nothing there yet."
	if a.Purchases > 0 {
		bought = "You bought " + view.Plural(a.Purchases, "thing") + " there."
	}
	t.say("Who: " + who + ". " + bought)
	if a.Mode != ledger.ModeLink {
		t.say("Account: " + a.Before.String() + " now, " + a.After.String() + " after. " + today(a))
	}
	if a.Open() {
		t.say("Time left: " + left(a.Expires.Sub(t.o.Now())) + ".")
	}
	if a.Refused != "" {
		t.say("A yes would fail: " + sentence(view.Clean(a.Refused)))
	}
}

// today is what the day has cost, before and after.
func today(a view.Approval) string {
	after := ledger.Amount{Micros: a.DaySpent.Micros + a.Price.Micros, Currency: a.Price.Currency}
	day := "Today: " + a.DaySpent.String() + " now, " + after.String() + " after"
	if a.DayMax != nil {
		day += ", of " + a.DayMax.String()
	}
	return day + "."
}

// left is a time to the second.
func left(d time.Duration) string {
	if d < time.Second {
		return "none"
	}
	minutes, seconds := uint64(d/time.Minute), uint64(d%time.Minute/time.Second)
	switch {
	case minutes == 0:
		return view.Plural(seconds, "second")
	case seconds == 0:
		return view.Plural(minutes, "minute")
	}
	return view.Plural(minutes, "minute") + " " + view.Plural(seconds, "second")
}

// ownPage asks which number the person's browser shows, and returns it: the service compares and counts. A request that
// no browser has opened has none. Whoever sees none of them would pay for what a stranger gets, so that ends it.
func (t *talk) ownPage(a view.Approval) (match string, err error) {
	if a.Match == "" {
		return view.NoMatch, nil
	}
	numbers := a.Numbers()
	n, err := t.decide("Which number does your browser show?", append(numbers, "none of these")...)
	if err != nil {
		return "", err
	}
	if n <= len(numbers) {
		return numbers[n-1], nil
	}
	t.say("Then a stranger would get what you pay for. Nothing was paid.")
	n, err = t.choose("Refuse it?", "refuse", "refuse and block", "leave it")
	switch {
	case err != nil:
		return "", err
	case n == 1:
		err = t.send(a, view.Answer{Code: a.Code})
	case n == 2:
		err = t.block(a)
	}
	return "", cmp.Or(err, errBack)
}

// block refuses a request and all later ones of its vendor.
func (t *talk) block(a view.Approval) error {
	if err := t.sure(command.BlockMeans(view.Clean(a.Vendor))+" Block it?", "refuse and block"); err != nil {
		return err
	}
	return t.send(a, view.Answer{Code: a.Code, Block: true})
}

// bounds asks inside which bounds the vendor may charge, reads them back, and sends the yes.
func (t *talk) bounds(a view.Approval, yes view.Answer) error {
	l := t.house.Limits.Rules() // a new wallet begins with these, so they have been seen before
	if a.Ask != nil && a.Ask.Rules() != (ledger.Limits{}) {
		l = a.Ask.Rules()
	}
	for {
		t.say(view.Clean(a.Vendor) + " may charge without asking: " + boundWords(l, a.From) + ".")
		n, err := t.decide("Is that right?", "no", "yes", "other bounds")
		switch {
		case err != nil:
			return err
		case n == 1:
			t.say("Nothing was done.")
			return errBack
		case n == 2:
			yes.Link, yes.Limits = true, &l
			if a.Ask != nil && l == a.Ask.Rules() {
				yes.Limits = nil
			}
			return t.send(a, yes)
		}
		if err := t.askBounds(&l, a.From); err != nil {
			return err
		}
	}
}

// boundWords are the bounds, each with its currency.
func boundWords(l ledger.Limits, c ledger.Currency) string {
	word := func(micros int64, per string) string {
		if micros < 0 {
			return "any amount " + per
		}
		return "at most " + ledger.Amount{Micros: micros, Currency: c}.String() + " " + per
	}
	return strings.Join([]string{
		word(l.PerPurchase, "per purchase"), word(l.PerDay, "a day"), word(l.PerWeek, "a week"), word(l.PerMonth, "a month"),
	}, ", ")
}

// askBounds asks for the four bounds. Enter alone leaves one as it is.
func (t *talk) askBounds(l *ledger.Limits, c ledger.Currency) error {
	for _, b := range []struct {
		per   string
		bound *int64
	}{{"per purchase", &l.PerPurchase}, {"a day", &l.PerDay}, {"a week", &l.PerWeek}, {"a month", &l.PerMonth}} {
		for {
			text, err := t.askOr("At most how much "+b.per+", in "+string(c)+"? An amount, none, or Enter for no change.", false)
			if err != nil {
				return err
			}
			if text == "" {
				break
			}
			micros, err := view.ParseAllowance(text, c)
			if err == nil {
				*b.bound = micros
				break
			}
			t.fault(err)
		}
	}
	return nil
}

// send answers a request and says what came of it. The code makes it safe to repeat: it is answered once.
func (t *talk) send(a view.Approval, answer view.Answer) error {
	if answer.Yes { // a person who pays is here, also one who had locked before
		t.locked = false
		t.touch()
	}
	r, err := t.svc.Answer(t.ctx, t.who, answer)
	if err != nil {
		return t.failed(err)
	}
	if r.Again {
		t.say("This request had been answered before; nothing new happened.")
	}
	t.own += " " + command.Spell(r.ID) + " " + command.Spell(r.Link)
	switch {
	case r.Status == view.State(ledger.CheckoutDenied):
		t.say("Refused. Nothing was charged.")
	case r.Amount.Micros != 0:
		t.say("Paid " + r.Amount.String() + ". Account: " + r.After.String() + ". Charge " + command.Spell(r.ID) + ".")
	default:
		t.say("Allowed.")
	}
	if answer.Block && !r.Again {
		vendor := view.Clean(a.Vendor)
		t.say(vendor + " is blocked. To take that back, type: unblock " + vendor)
	}
	if r.Link != "" {
		t.say("Link " + command.Spell(r.Link) + ".")
	}
	if r.Grant != nil && r.Grant.URL != "" {
		t.say("It opens at " + view.Clean(r.Grant.URL))
	}
	return nil
}
