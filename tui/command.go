package tui

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

// Command is one thing that a person can ask for. The same value is an exec command (`ssh host limits set day 5 EUR`),
// an entry of the palette, a line of the help and, where it has a key, a key of the screens.
type Command struct {
	Path string // words that name it: "limits set"
	// Args are the arguments as the usage line shows them: "PERIOD AMOUNT [CURRENCY]"; brackets are optional, … repeats.
	// Flags of which one is needed stand here too: "ID --user|--vendor".
	Args string
	// Flags adds the command's own flags; --json, --help and for money that leaves --yes are added for every command.
	// A name in back quotes in the text of a flag is what its value is called.
	Flags func(*pflag.FlagSet)
	Help  string // one line, without a full stop
	Long  string // more lines for `help COMMAND`; may be empty
	Role  ledger.Role
	Moves bool   // money leaves: without --yes it only says what would happen
	Place string // screen that it opens, "" if none
	Key   string // key of the screens, "" if none
	JSON  any    // zero value of what --json prints, for the list of fields in the help
	Run   func(*Run) error
}

// Run is one call of a command. Like a request of HTTP it carries its context, and nobody keeps it after the answer.
type Run struct {
	Ctx     context.Context
	Service Service
	Who     ledger.Caller
	Me      ledger.Identity
	Args    []string // checked against Command.Args: as many as there may be
	Flags   *pflag.FlagSet
	Yes     bool      // --yes
	In      io.Reader // what is piped in; never asked for answers
	Options Options

	command *Command
	result  any          // what --json prints
	draw    func(*sheet) // what is printed otherwise
}

// group is a heading of the help with its commands.
type group struct {
	title    string
	commands []Command
}

// groups are the commands in the order of the help.
func groups() []group {
	return []group{
		{"Start", memberCommands()},
		{"Wallet", walletCommands()},
		{"Funds", fundingCommands()},
		{"History", historyCommands()},
		{"Limits", limitCommands()},
		{"Vendors", linkCommands()},
		{"Approvals", approvalCommands()},
		{"Disputes", disputeCommands()},
		{"Transfers", transferCommands()},
		{"Desk", deskCommands()},
		{"House", houseCommands()},
		{"Policy", policyCommands()},
	}
}

// Commands is the table, in the order of the help.
func Commands() []Command {
	var all []Command
	for _, g := range groups() {
		all = append(all, g.commands...)
	}
	return all
}

// CommandsFor is the part of the table that a key may use.
func CommandsFor(me ledger.Identity) []Command {
	return slices.DeleteFunc(Commands(), func(c Command) bool { return !May(me, c.Role) })
}

// May tells whether a key may do what asks for a least role. A key of staff may use a wallet only if it has one; a
// vendor's key has no business in the terminal and may what everybody may. The service decides again in each call.
func May(me ledger.Identity, least ledger.Role) bool {
	staff := me.Role == ledger.RoleRep || me.Role == ledger.RoleOperator
	switch least {
	case ledger.RoleNone:
		return true
	case ledger.RoleUser:
		return me.Role == ledger.RoleUser || staff && me.Handle != ""
	case ledger.RoleRep:
		return staff
	case ledger.RoleOperator:
		return me.Role == ledger.RoleOperator
	default:
		return false
	}
}

// Find looks up the command that the first words name; the longest name wins, so "transfer list" is not a transfer of
// "list". Without one it answers the nearest names, best first.
func Find(args []string) (found *Command, rest []string, suggestions []string) {
	words := 0
	all := Commands()
	for i := range all {
		path := strings.Fields(all[i].Path)
		if len(path) > words && len(path) <= len(args) && slices.Equal(path, args[:len(path)]) {
			found, words = &all[i], len(path)
		}
	}
	if found != nil {
		return found, args[words:], nil
	}
	return nil, args, suggest(all, args)
}

// answer keeps both forms of the result; one of them is printed when the command is over.
func (r *Run) answer(result any, draw func(*sheet)) error {
	r.result, r.draw = result, draw
	return nil
}
