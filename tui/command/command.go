package command

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Command is one thing that a person can ask for. The same value is an exec command (`ssh host limits set day 5 EUR`),
// an entry of the palette, a line of the help and, where it has a key, a key of the screens.
type Command struct {
	Path   string   // words that name it: "limits set"
	Inputs []Input  // arguments in their order, then flags; --json, --help and for money that leaves --yes come beside
	OneOf  []string // switches of which exactly one is given
	Help   string   // one line, without a full stop
	Long   string   // more lines for `help COMMAND`; may be empty
	// Role is the least that a key must have. For other keys the command is left out of every list and refused by name.
	Role ledger.Role
	// Moves says that money leaves for good, or that somebody is shut out: without --yes the command only says what would
	// happen.
	Moves bool
	// Asks says that it may have to be confirmed: then too it only says what would happen without --yes.
	Asks bool
	// Acts says that staff do something with it: it takes a reason for the staff log, --why and --words.
	Acts bool
	// Place is the screen that it opens, "" if none.
	Place string
	// Key has the keys of the screens that do the same, separated by blanks: "f" works on every screen, "vendors:u" on
	// that screen or sheet only.
	Key string
	// KeyHelp is what the keys for every screen do, where that is less than the command does; "" if Help says it.
	KeyHelp string
	// JSON is the zero value of what --json prints: the help lists its fields. They are a contract and are only added to.
	JSON any
	// Run does it. It leaves the answer in the Run; the error is a refusal of the rules, a usageError, or internal.
	Run func(*Run) error
}

// confirmed tells whether the command has --yes.
func (c *Command) confirmed() bool { return c.Moves || c.Asks }

// alternative tells whether the flag is one of OneOf.
func (c *Command) alternative(name string) bool { return slices.Contains(c.OneOf, name) }

// Run is one call of a command. Like a request of HTTP it carries its context, and it is not kept after the answer.
type Run struct {
	Ctx     context.Context
	Service Service
	// Who is the key that is connected, Me what the service said of it at the beginning of this call.
	Who     view.Caller
	Me      view.Identity
	Args    []string // as many as Command.Inputs allows
	Flags   *pflag.FlagSet
	Yes     bool      // --yes
	In      io.Reader // what is piped in; never asked for answers
	Options Options

	// saved is the view that --view names.
	saved view.SavedView

	// What the steps of one call leave for the next ones: reading the words, running the command, printing.
	words   []string // the command line
	command *Command
	failed  error             // of a help text
	exit    int               // of an answer that tells of a failure
	result  any               // what --json prints
	draw    func(*textWriter) // what is printed otherwise
	file    *file             // printed as it is, where that can be
	next    view.Cursor       // of a page
	closed  *view.Closing     // the wallet, by this call
	live    io.Writer         // where rows go as they come; nil: the caller keeps the answer
}

// group is a heading of the help with its commands. Headings follow what a person wants to do, not the rooms of the
// program.
type group struct {
	title    string
	commands []Command
}

// groups are the commands in the order of the help: what a new key needs comes first, what the operator needs last. The
// list is made anew for each caller, so nothing of one call can change the table for another.
func groups() []group {
	return []group{
		{"Start", memberCommands()},
		{"Wallet", walletCommands()},
		{"Funds", slices.Concat(fundingCommands(), bankCommands(), orderCommands(), billerCommands(),
			redeemCommands(), refillCommands())},
		{"History", historyCommands()},
		{"Library", libraryCommands()},
		{"Limits", limitCommands()},
		{"Vendors", linkCommands()},
		{"Approvals", approvalCommands()},
		{"Disputes", disputeCommands()},
		{"Transfers", transferCommands()},
		{"Exchange", exchangeCommands()},
		{"Credit", slices.Concat(
			creditCommands(), incentiveCommands(),
			addressCommands(),
		)},
		{"Keys", slices.Concat(keyCommands(), agentCommands(), lookCommands(), closeCommands())},
		{"Voice", voiceCommands()},
		{"Shop", slices.Concat(shopCommands(), shopOfferCommands(), shopActCommands(), shopMoneyCommands(),
			shopListenCommands(), shopKeyCommands(),
			teamCommands())},
		{"Desk", slices.Concat(
			deskCommands(), caseCommands(), receiptCommands(), freezeCommands(), deedCommands(), proposalCommands(),
			deskCreditCommands(), giveCommands(), campaignCommands(), issueCommands(), orderDeskCommands(),
			callerCommands(),
			mailCommands(),
		)},
		{"Operator", slices.Concat(
			operatorCommands(), []Command{vendorTeamCommand()}, bankFileCommands(), billerDeskCommands(),
			methodCommands(),
		)},
		{"Settlement", slices.Concat(settleCommands(), redemptionDeskCommands(), planCommands(), referralCommands())},
		{"Books", slices.Concat(
			reportCommands(),
			[]Command{closeCommand(), monthCommand()}, unclaimedCommands(),
		)},
		{"Policy", policyCommands()},
	}
}

// table is made once: a key that is pressed anywhere looks into it.
var table struct {
	made sync.Once
	all  []Command
}

// Commands is the table, in the order of the help. It is one for all sessions: whoever changes it takes a copy.
func Commands() []Command {
	table.made.Do(func() {
		for _, g := range groups() {
			for _, c := range g.commands {
				table.all = append(table.all, c.withWhy())
			}
		}
	})
	return table.all
}

// withWhy returns the command with the flags for the staff log, if it is an act of staff.
func (c Command) withWhy() Command {
	if c.Acts {
		c.Inputs = append(slices.Clone(c.Inputs), reasonWhy("why"), whyWords())
	}
	return c
}

// CommandsFor is the part of the table that a key may use.
func CommandsFor(me view.Identity) []Command {
	return slices.DeleteFunc(slices.Clone(Commands()), func(c Command) bool { return !May(me, c.Role) })
}

// May tells whether a key may do what asks for a least role. A key of staff may use a wallet only if it has one, and
// what is a vendor's needs a place in its team, whatever else the key is. The service decides again in each call.
func May(me view.Identity, least ledger.Role) bool {
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
	case ledger.RoleVendor:
		return me.Shop != ""
	default:
		return false
	}
}

// Find looks up the command that the first words name; the longest name wins, so "transfer list" is not a transfer of
// "list". found is nil if there is none.
func Find(words []string) (found *Command, rest []string) {
	longest := 0
	for _, c := range Commands() {
		path := strings.Fields(c.Path)
		if n := len(path); n > longest && n <= len(words) && slices.Equal(path, words[:n]) {
			found, rest, longest = &c, words[n:], n
		}
	}
	return found, rest
}
