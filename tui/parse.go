package tui

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

// required is the annotation of a flag that a command cannot do without.
const required = "required"

// need marks a flag as required.
func need(fs *pflag.FlagSet, name string) {
	if err := fs.SetAnnotation(name, required, nil); err != nil {
		panic("tui: " + err.Error()) // a flag that the same function did not define
	}
}

// flags is the full set of a command's flags.
func (c *Command) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet(c.Path, pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.SortFlags = false
	if c.Flags != nil {
		c.Flags(fs)
	}
	if c.Moves {
		fs.Bool("yes", false, "really do it")
	}
	fs.Bool("json", false, "print JSON")
	fs.BoolP("help", "h", false, "print this help")
	return fs
}

// Usage is the line that tells how to type the command.
func (c *Command) Usage() string {
	parts := []string{c.Path}
	if c.Args != "" {
		parts = append(parts, c.Args)
	}
	c.flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || strings.Contains(c.Args, "--"+f.Name) {
			return
		}
		part := "--" + f.Name
		if value, _ := pflag.UnquoteUsage(f); value != "" {
			part += " " + value
		}
		_, must := f.Annotations[required]
		if !must && (f.Name != "yes" || !c.Moves) {
			part = "[" + part + "]"
		}
		parts = append(parts, part)
	})
	return strings.Join(parts, " ")
}

// Line is the command as a list names it: with its arguments and what it cannot do without.
func (c *Command) Line() string {
	line := strings.TrimSpace(c.Path + " " + c.Args)
	c.flags().VisitAll(func(f *pflag.Flag) {
		if _, must := f.Annotations[required]; must {
			value, _ := pflag.UnquoteUsage(f)
			line += " --" + f.Name + " " + value
		}
	})
	return line
}

// wants are the arguments of a command: the names of those it needs, of those it takes beside, and whether the last
// repeats.
func (c *Command) wants() (must, may []string, repeats bool) {
	for _, a := range strings.Fields(c.Args) {
		if strings.HasPrefix(a, "--") {
			continue
		}
		name := strings.Trim(a, "[…]")
		repeats = repeats || strings.Contains(a, "…")
		if strings.HasPrefix(a, "[") {
			may = append(may, name)
		} else {
			must = append(must, name)
		}
	}
	return must, may, repeats
}

// parse reads flags and arguments of the command that was found.
func (r *Run) parse(rest []string) (help bool, err error) {
	c := r.command
	r.Flags = c.flags()
	if err := r.Flags.Parse(rest); err != nil {
		for _, a := range rest { // -5 is no flag: somebody means an amount
			if len(a) > 1 && a[0] == '-' && strings.Contains("0123456789.", a[1:2]) {
				_, err := ledger.ParseMicros(a)
				return false, c.misuse("%s is no amount here: %s", a, err)
			}
		}
		return false, c.misuse("%s", c.flagFault(err))
	}
	if r.on("help") {
		return true, nil
	}
	r.Args = r.Flags.Args()
	must, may, repeats := c.wants()
	if missing := len(must) - len(r.Args); missing > 0 {
		verb := "is"
		if missing > 1 {
			verb = "are"
		}
		return false, c.misuse("%s %s missing.", strings.Join(must[len(r.Args):], " and "), verb)
	}
	if most := len(must) + len(may); len(r.Args) > most && !repeats {
		return false, c.misuse("%q is more than %s takes. Words that belong together stand in quotes, and over ssh those in quotes again.",
			strings.Join(r.Args[most:], " "), c.Path)
	}
	r.Flags.VisitAll(func(f *pflag.Flag) {
		if _, must := f.Annotations[required]; must && !f.Changed && err == nil {
			value, words := pflag.UnquoteUsage(f)
			err = c.misuse("--%s %s is missing: %s.", f.Name, value, words)
		}
	})
	r.Yes = c.Moves && r.on("yes")
	return false, err
}

// flagFault says in our words what is wrong with a flag.
func (c *Command) flagFault(err error) string {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := "--" + e.GetSpecifiedName()
		if e.GetSpecifiedShortnames() != "" {
			name = "-" + e.GetSpecifiedName()
		}
		fault := fmt.Sprintf("%s has no flag %s.", c.Path, name)
		if near := nearest(e.GetSpecifiedName(), c.flagNames()); near != "" {
			fault += " Did you mean --" + near + "?"
		}
		return fault
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		value, _ := pflag.UnquoteUsage(e.GetFlag())
		return fmt.Sprintf("--%s needs a value: %s.", e.GetFlag().Name, value)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		value, _ := pflag.UnquoteUsage(e.GetFlag())
		return fmt.Sprintf("%q is no good value for --%s %s.", e.GetValue(), e.GetFlag().Name, value)
	}
	return "The flags cannot be read: " + err.Error() + "."
}

func (c *Command) flagNames() []string {
	var names []string
	c.flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// misuse is a wrong command line of a known command: what is wrong, and the usage line.
func (c *Command) misuse(format string, args ...any) error {
	return &usageError{detail: fmt.Sprintf(format, args...), remedy: "More: help " + c.Path, usage: c.Usage()}
}

// misuse of the command that runs.
func (r *Run) misuse(format string, args ...any) error { return r.command.misuse(format, args...) }

// on tells whether a flag without a value was given. A name that the command does not have is a bug of ours.
func (r *Run) on(name string) bool {
	on, err := r.Flags.GetBool(name)
	if err != nil {
		panic("tui: " + err.Error())
	}
	return on
}

// flag is the text of a flag, "" if it was not given.
func (r *Run) flag(name string) string {
	text, err := r.Flags.GetString(name)
	if err != nil {
		panic("tui: " + err.Error())
	}
	return text
}

// key is the idempotency key of the call: what --key says, or a new one.
func (r *Run) key() string {
	if key := r.flag("key"); key != "" {
		return key
	}
	return r.Options.NewID()
}

// wantsJSON looks for --json before anything else is understood, so that even a wrong line is answered in JSON.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// micros reads an amount.
func (r *Run) micros(name, text string) (int64, error) {
	micros, err := ledger.ParseMicros(text)
	if err != nil {
		return 0, r.misuse("%s: %s", name, err)
	}
	return micros, nil
}

// allowance reads a bound of a permission, which is above 0.
func (r *Run) allowance(name, text string) (int64, error) {
	micros, err := r.micros(name, text)
	if err == nil && micros == 0 {
		return 0, r.misuse("%s: %s", name, errNoAllowance)
	}
	return micros, err
}

// bound reads an amount, or "none" for no bound.
func (r *Run) bound(name, text string) (int64, error) {
	if strings.EqualFold(text, "none") {
		return ledger.NoLimit, nil
	}
	return r.micros(name, text)
}

// currency reads a currency code, in capitals or not.
func (r *Run) currency(text string) (ledger.Currency, error) {
	c, err := ledger.ParseCurrency(text)
	if err != nil {
		return "", r.misuse("CURRENCY is %q, which is not a code of three letters such as EUR.", text)
	}
	return c, nil
}

// currencyOr is the currency that was named, or the only one that the wallet has.
func (r *Run) currencyOr(text string) (ledger.Currency, error) {
	if text != "" {
		return r.currency(text)
	}
	o, err := r.Service.Overview(r.Ctx, r.Who)
	if err != nil {
		return "", err
	}
	switch len(o.Wallets) {
	case 1:
		return o.Wallets[0].Currency, nil
	case 0:
		house, err := r.Service.House(r.Ctx)
		if err != nil {
			return "", err
		}
		if len(house.Currencies) == 1 {
			return house.Currencies[0], nil
		}
	}
	codes := make([]string, len(o.Wallets))
	for i, w := range o.Wallets {
		codes[i] = string(w.Currency)
	}
	return "", r.misuse("CURRENCY is missing, and there is more than one: %s.", strings.Join(codes, ", "))
}
