package command

import (
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// helpJSON is one command in JSON, for programs that offer the commands in a form of their own; `help --json` prints
// the table that a role may use.
type helpJSON struct {
	Command string      `json:"command"`
	Usage   string      `json:"usage"`
	Help    string      `json:"help"`
	Long    string      `json:"long"`
	Role    string      `json:"role"`   // least role
	Moves   bool        `json:"moves"`  // needs --yes
	Asks    bool        `json:"asks"`   // may need --yes
	Place   string      `json:"place"`  // screen
	Key     string      `json:"key"`    // keys of the screens
	Fields  string      `json:"fields"` // what --json prints
	Args    []inputJSON `json:"args"`
	Flags   []inputJSON `json:"flags"`
}

// inputJSON is one argument or flag. Required says whether the command is refused without it.
type inputJSON struct {
	Name     string   `json:"name"`
	Value    string   `json:"value"` // "": a switch
	Help     string   `json:"help"`
	Required bool     `json:"required"`
	Values   []string `json:"values,omitempty"` // all that may stand there
}

// describeCommand is a command as programs read it: all that a form or a client needs to call it.
func describeCommand(c Command) helpJSON {
	describe := func(i Input) inputJSON {
		return inputJSON{strings.TrimPrefix(i.Name(), "--"), i.Kind.Word(), i.Help, !i.Optional, i.Kind.Values()}
	}
	return helpJSON{
		c.Path, c.Usage(), c.Help, c.Long, c.Role.String(), c.Moves, c.Asks, c.Place, c.Key, fieldsOf(c.JSON),
		view.Map(c.args(), describe), view.Map(c.allFlags(), describe),
	}
}

// allFlags are the flags of the command with those that come beside.
func (c *Command) allFlags() []Input {
	all := c.flags()
	if c.confirmed() {
		all = append(all, on("yes", "really do it"))
	}
	if c.lists() {
		all = append(all, csvFlag())
	}
	return append(all, on("json", "print JSON"), on("help", "print this help"))
}

// runHelp explains a command, lists those that begin with the words, or lists all.
func runHelp(r *Run) error {
	if len(r.Args) == 0 {
		return r.helpList()
	}
	if c, rest := Find(r.Args); c != nil && len(rest) == 0 && May(r.Me, c.Role) {
		return r.helpOn(c)
	}
	// "help desk": everything that begins so.
	if kin := r.family(strings.Join(r.Args, " ")); len(kin) > 0 {
		return r.helpFamily(kin)
	}
	root := r.tree(programName)
	node, _, err := root.Find(r.Args)
	if err != nil {
		return err
	}
	return r.unknown(node, r.Args)
}

// family is the commands whose name begins with the words.
func (r *Run) family(words string) []Command {
	return slices.DeleteFunc(CommandsFor(r.Me), func(c Command) bool { return !strings.HasPrefix(c.Path, words+" ") })
}

// helpFamily is one line for each of some commands.
func (r *Run) helpFamily(kin []Command) error {
	return r.answer(view.All(view.Map(kin, describeCommand)), func(s *textWriter) { s.drawCommands(kin) })
}

// helpList is what the role may do, and nothing else.
func (r *Run) helpList() error {
	house, err := r.Service.House(r.Ctx)
	return r.answerOf(view.All(view.Map(CommandsFor(r.Me), describeCommand)), err, func(s *textWriter) {
		s.fold("ssh " + house.Host + " COMMAND; without a command the screens open. Every command takes --json.")
		if house.Simulated {
			s.fold("This is a demonstration: no real money moves.")
		}
		for _, g := range groups() {
			mine := slices.DeleteFunc(g.commands, func(c Command) bool { return !May(r.Me, c.Role) })
			if len(mine) > 0 {
				s.section(g.title)
				s.drawCommands(mine)
			}
		}
		s.gap()
		if r.Me.Role == ledger.RoleNone {
			s.line("This key has no wallet yet. If another key of yours has one: " + ledger.OtherKey(house.Host))
			s.line("To open one, type: join")
		}
		s.fold("More about one: ssh " + house.Host + " help COMMAND, or ssh " + house.Host + " COMMAND --help")
		s.fold("Right after the host ssh takes --help for itself: type help there, or -- --help")
		s.text("", "Exit codes: "+exitWords)
	})
}

// exitWords are the exit codes in a line, for people; scripts read them from exit.go's contract. A test compares both.
const exitWords = "0 ok, 1 internal error, 2 usage, 3 not allowed, 4 limit, 5 not enough tokens, " +
	"6 conflict or duplicate, 7 try later, 8 not found."

// drawCommands is one line for each command.
func (s *textWriter) drawCommands(all []Command) {
	s.explain("  ", view.Map(all, func(c Command) view.Fact { return fact(c.Line(), c.Help) })...)
}

// helpOn explains one command.
func (r *Run) helpOn(c *Command) error {
	return r.answer(describeCommand(*c), func(s *textWriter) {
		s.fold(c.Path + ": " + c.Help)
		s.gap()
		s.usage(c.Usage())
		s.gap()
		s.explain("  ", view.Map(slices.Concat(c.args(), c.allFlags()), inputFact)...)
		if c.Long != "" {
			s.gap()
			for _, l := range strings.Split(c.Long, "\n") {
				if strings.HasPrefix(l, " ") { // an example: it is copied
					s.line(l)
				} else {
					s.text("", l)
				}
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

// inputFact is one input with what it means.
func inputFact(i Input) view.Fact {
	name := i.Name()
	if i.Flag != "" && i.Kind != KindSwitch {
		name += " " + i.Kind.Word()
	}
	if i.Default != "" {
		return fact(name, i.Help+" (without it "+i.Default+")")
	}
	return fact(name, i.Help)
}

// quote makes one word of a text for a POSIX shell, as it is if nothing in it is special. What is printed to be typed
// again must mean the same when it is pasted, whatever a title or a reason holds.
func quote(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
