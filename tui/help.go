package tui

import (
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

// helpJSON is one command in JSON; `help --json` prints the table that a role may use.
type helpJSON struct {
	Command string     `json:"command"`
	Usage   string     `json:"usage"`
	Help    string     `json:"help"`
	Long    string     `json:"long"`
	Role    string     `json:"role"`   // least role
	Moves   bool       `json:"moves"`  // needs --yes
	Place   string     `json:"place"`  // screen
	Key     string     `json:"key"`    // key of the screens
	Fields  string     `json:"fields"` // what --json prints
	Flags   []flagJSON `json:"flags"`
}

type flagJSON struct {
	Name     string `json:"name"`
	Value    string `json:"value"` // "": a switch
	Help     string `json:"help"`
	Required bool   `json:"required"`
}

func wireHelp(c Command) helpJSON {
	h := helpJSON{c.Path, c.Usage(), c.Help, c.Long, roleWord(c.Role), c.Moves, c.Place, c.Key, fieldsOf(c.JSON), []flagJSON{}}
	c.flags().VisitAll(func(f *pflag.Flag) {
		value, words := pflag.UnquoteUsage(f)
		_, must := f.Annotations[required]
		h.Flags = append(h.Flags, flagJSON{f.Name, value, words, must})
	})
	return h
}

func runHelp(r *Run) error {
	if len(r.Args) == 0 {
		return r.helpList()
	}
	if c, rest, _ := Find(r.Args); c != nil && len(rest) == 0 && May(r.Me, c.Role) {
		return r.helpOn(c)
	}
	// "help limits s" and "help desk": everything that begins so.
	if kin := r.family(strings.Join(r.Args, " ")); len(kin) > 0 {
		return r.answer(wire(kin, wireHelp), func(s *sheet) { s.drawCommands(kin) })
	}
	return r.unknown(r.Args)
}

// family is the commands whose name begins with the words.
func (r *Run) family(words string) []Command {
	var kin []Command
	for _, c := range CommandsFor(r.Me) {
		if strings.HasPrefix(c.Path, words+" ") {
			kin = append(kin, c)
		}
	}
	return kin
}

// helpList is what the role may do, and nothing else.
func (r *Run) helpList() error {
	house, err := r.Service.House(r.Ctx)
	if err != nil {
		return err
	}
	all := CommandsFor(r.Me)
	return r.answer(wire(all, wireHelp), func(s *sheet) {
		s.line("ssh " + house.Host + " COMMAND; without a command the screens open. Every command takes --json.")
		if house.Simulated {
			s.line("This is a demonstration: no real money moves.")
		}
		for _, g := range groups() {
			var mine []Command
			for _, c := range g.commands {
				if May(r.Me, c.Role) {
					mine = append(mine, c)
				}
			}
			if len(mine) > 0 {
				s.section(g.title)
				s.drawCommands(mine)
			}
		}
		s.gap()
		if r.Me.Role == ledger.RoleNone {
			s.line("This key has no wallet yet. To open one, type: join")
		}
		s.line("More about one: help COMMAND")
		s.text("", "Exit codes: 0 ok, 1 internal error, 2 usage, 3 not allowed, 4 limit, 5 not enough tokens, 6 conflict or duplicate, 7 try later.")
	})
}

func (s *sheet) drawCommands(all []Command) {
	facts := make([]fact, 0, len(all))
	for _, c := range all {
		facts = append(facts, fact{c.Line(), c.Help})
	}
	s.facts("  ", facts...)
}

// helpOn explains one command.
func (r *Run) helpOn(c *Command) error {
	return r.answer(wireHelp(*c), func(s *sheet) {
		s.line(c.Path + ": " + c.Help)
		s.gap()
		s.line("usage: " + c.Usage())
		var flags []fact
		c.flags().VisitAll(func(f *pflag.Flag) {
			value, words := pflag.UnquoteUsage(f)
			if value != "" {
				value = " " + value
			}
			if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" {
				words += " (without it " + f.DefValue + ")"
			}
			flags = append(flags, fact{"--" + f.Name + value, words})
		})
		s.gap()
		s.facts("  ", flags...)
		if c.Long != "" {
			s.gap()
			for _, l := range strings.Split(c.Long, "\n") {
				s.line(l)
			}
		}
		if fields := fieldsOf(c.JSON); fields != "" && c.Path != "help" {
			s.gap()
			s.line("--json prints:")
			s.text("  ", fields)
		}
		if kin := r.family(c.Path); len(kin) > 0 {
			s.section("See also")
			s.drawCommands(kin)
		}
	})
}

// quote makes one word of a text for a shell, as it is if nothing in it is special.
func quote(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
