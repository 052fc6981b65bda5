package command

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// check looks whether the command line has what the command needs, and no more arguments than it takes. Cobra can check
// this too, but its faults are sentences for the developer and name no remedy.
func (c *Command) check(flags *pflag.FlagSet, args []string) error {
	all := c.args()
	var missing []string
	repeats := false
	for n, i := range all {
		if !i.Optional && n >= len(args) {
			missing = append(missing, i.Name())
		}
		repeats = repeats || i.Repeats
	}
	switch {
	case len(missing) == 1:
		return c.misuse("%s is missing.", missing[0])
	case len(missing) > 1:
		last := len(missing) - 1
		return c.misuse("%s and %s are missing.", strings.Join(missing[:last], ", "), missing[last])
	case len(args) > len(all) && !repeats && flags.Lookup(args[len(all)]) != nil:
		return c.misuse("%s takes no word %q; it has a flag --%s.", c.Path, typed(args[len(all)]), args[len(all)])
	case len(args) > len(all) && !repeats:
		return c.misuse("%q is more than %s takes. Words that belong together stand in quotes, and over ssh those in "+
			"quotes again.", typed(strings.Join(args[len(all):], " ")), c.Path)
	}
	for _, i := range c.flags() {
		if !i.Optional && !flags.Changed(i.Flag) {
			return c.misuse("%s %s is missing: %s.", i.Name(), i.Kind.Word(), i.Help)
		}
	}
	// None and both are the same mistake: a decision without a side must not have a default one.
	given := slices.DeleteFunc(slices.Clone(c.OneOf), func(name string) bool { return !flags.Changed(name) })
	if len(c.OneOf) > 0 && len(given) != 1 {
		return c.misuse("Give either --%s.", strings.Join(c.OneOf, " or --"))
	}
	if c.lists() && flags.Changed("csv") && flags.Changed("json") {
		return c.misuse("Give either --csv or --json.")
	}
	return c.spell(flags, args)
}

// spell puts each value of which there are only a few into the spelling of the table, and refuses any other, so that
// the usage line stands beside the fault.
func (c *Command) spell(flags *pflag.FlagSet, args []string) error {
	fault := func(i Input, word string) error {
		return c.misuse("%s is %q; it is one of %s.", i.Name(), typed(word), strings.Join(i.Kind.Values(), ", "))
	}
	for n, i := range c.args() {
		if n >= len(args) {
			break
		}
		value, ok := i.Kind.read(args[n])
		if !ok {
			return fault(i, args[n])
		}
		args[n] = value
	}
	for _, i := range c.flags() {
		given := flags.Lookup(i.Flag).Value
		if !flags.Changed(i.Flag) {
			continue
		}
		value, ok := i.Kind.read(given.String())
		if !ok {
			return fault(i, given.String())
		}
		must(given.Set(value))
	}
	return nil
}

// flagFault says in our words what is wrong with a flag.
func (r *Run) flagFault(node *cobra.Command, err error) error {
	c, _ := Find(strings.Fields(commandPath(node)))
	if c == nil {
		return r.unknown(node, r.words)
	}
	r.command = c
	// An amount below zero looks like a flag. Who types one is told about amounts.
	for _, word := range r.words {
		if len(word) > 1 && word[0] == '-' && strings.Contains("0123456789.", word[1:2]) {
			_, err := ledger.ReadAmount(word, "")
			return c.misuse("%s is no amount here: %s", typed(word), err)
		}
	}
	if e, is := errors.AsType[*pflag.NotExistError](err); is {
		name := "--" + e.GetSpecifiedName()
		if e.GetSpecifiedShortnames() != "" {
			name = "-" + e.GetSpecifiedName()
		}
		fault := fmt.Sprintf("%s has no flag %s.", c.Path, typed(name))
		if near := nearestFlag(e.GetSpecifiedName(), node.Flags()); near != "" {
			fault += " Did you mean --" + near + "?"
		}
		return c.misuse("%s", fault)
	}
	if e, is := errors.AsType[*pflag.ValueRequiredError](err); is {
		return c.misuse("--%s needs a value: %s.", e.GetFlag().Name, c.wordOf(e.GetFlag().Name))
	}
	if e, is := errors.AsType[*pflag.InvalidValueError](err); is {
		name := e.GetFlag().Name
		if word := c.wordOf(name); word != "" {
			// No other kind is read by pflag.
			return c.misuse("--%s is %q; it is %s.", name, typed(e.GetValue()), KindCount.Help())
		}
		return c.misuse("--%s is on by itself; it takes no %q.", name, typed(e.GetValue()))
	}
	return c.misuse("The flags cannot be read: %s.", err)
}

// wordOf is what the value of a flag is called, "" for a switch.
func (c *Command) wordOf(flag string) string {
	for _, i := range c.flags() {
		if i.Flag == flag {
			return i.Kind.Word()
		}
	}
	return ""
}

// typed is what was typed, as a fault repeats it: clean and short, on one line.
func typed(text string) string {
	const cells = 40
	return view.Cut(view.Clean(text), cells, "…")
}

// misuse is a wrong command line of a known command: what is wrong, and the usage line. Nothing was asked of the
// service that changes, so the line can be mended and typed again.
func (c *Command) misuse(format string, args ...any) error {
	return &usageError{detail: fmt.Sprintf(format, args...), remedy: "More: help " + c.Path, usage: c.Usage()}
}

// misuse is [Command.misuse] of the command that runs, for faults that only the values show.
func (r *Run) misuse(format string, args ...any) error { return r.command.misuse(format, args...) }

// on tells whether a switch was given. A name that the command does not have is a bug of ours.
func (r *Run) on(name string) bool {
	on, err := r.Flags.GetBool(name)
	must(err)
	return on
}

// flag is the text of a flag, "" if it was not given.
func (r *Run) flag(name string) string {
	text, err := r.Flags.GetString(name)
	must(err)
	return text
}

// key is the idempotency key of the call: what --key says, or a new one. It is made before the call and printed with
// the answer, so that a person can repeat a call whose answer was lost.
func (r *Run) key() string {
	if key := r.flag("key"); key != "" {
		return key
	}
	return r.Options.NewID()
}

// wantsJSON looks for --json before anything else is understood, so that even a wrong line is refused in JSON.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// atoi is the number of a preset of the table, 0 for none.
func atoi(preset string) int {
	n, err := strconv.Atoi(preset)
	if preset != "" {
		must(err)
	}
	return n
}

// amount reads AMOUNT, in whole units with at most six decimals, and CURRENCY. It must be more than nothing.
func (r *Run) amount(text, code string) (ledger.Amount, error) {
	currency, err := r.currency(code)
	if err != nil {
		return ledger.Amount{}, err
	}
	a, err := ledger.ReadAmount(text, currency)
	if err != nil {
		return ledger.Amount{}, r.misread("AMOUNT", err)
	}
	if a.Micros == 0 {
		return ledger.Amount{}, r.misuse("AMOUNT is 0.")
	}
	return a, nil
}

// misread says which input cannot be read, and why.
func (r *Run) misread(name string, err error) error { return r.misuse("%s: %s", name, err) }

// allowance reads a bound of a permission, which is above 0.
func (r *Run) allowance(name, text string, c ledger.Currency) (int64, error) {
	micros, err := view.ParseAllowance(text, c)
	if err != nil {
		return 0, r.misread(name, err)
	}
	return micros, nil
}

// heldCurrencies refuses a currency that the service does not hold, before anything is done: what follows would be a
// refusal in other words for each command, or an answer about nothing.
func (r *Run) heldCurrencies() error {
	var given []string
	all, more := r.command.args(), 0
	for n, i := range all {
		if (i.Kind == KindCurrency || i.Kind == KindOther) && n+more < len(r.Args) {
			given = append(given, r.Args[n+more])
		}
		if i.Repeats { // it has all words but those of the others
			more = max(0, len(r.Args)-len(all))
		}
	}
	for _, i := range r.command.flags() {
		if i.Kind == KindCurrency && r.flag(i.Flag) != "" {
			given = append(given, r.flag(i.Flag))
		}
	}
	if len(given) == 0 {
		return nil
	}
	house, err := r.Service.House(r.Ctx)
	if err != nil {
		return err
	}
	for _, text := range given {
		c, err := r.currency(text)
		if err == nil {
			_, err = ledger.ParseCurrency(string(c), house.Currencies...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// currency reads a currency code (ISO 4217, or a token of the service), in capitals or not.
func (r *Run) currency(text string) (ledger.Currency, error) {
	c, err := ledger.ParseCurrency(text)
	if err != nil {
		return "", r.misuse("CURRENCY is %q, which is not a code of three letters such as EUR.", typed(text))
	}
	return c, nil
}

// currencyOr is the currency that was named, or the only one that the wallet has. It is never guessed among several:
// the same line would mean another account after the second deposit.
func (r *Run) currencyOr(text string) (ledger.Currency, error) {
	if text != "" {
		return r.currency(text)
	}
	o, err := r.Service.Overview(r.Ctx, r.Who)
	if err != nil {
		return "", err
	}
	all := view.Map(o.Wallets, func(w view.Wallet) ledger.Currency { return w.Currency })
	if len(all) == 0 { // no account yet: what the service knows
		house, err := r.Service.House(r.Ctx)
		if err != nil {
			return "", err
		}
		all = house.Currencies
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return "", r.misuse("CURRENCY is missing, and there is more than one: %s.", codes(all))
}
