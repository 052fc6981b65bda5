package command

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tuppence/server/ledger"
)

// programName is what the commands are called where the name of a program is needed: in manual pages and in the scripts
// of a shell.
const programName = "tuppence"

// tree is the table as cobra knows it, for one call: cobra finds the command, reads its flags, suggests names and
// completes. It prints nothing, and its faults are told in our words. What the caller's role may not do is hidden.
func (r *Run) tree(name string) *cobra.Command {
	root := &cobra.Command{
		Use: name + " COMMAND", Short: "pay small amounts from a terminal", Args: cobra.ArbitraryArgs,
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true, DisableAutoGenTag: true,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
		SuggestionsMinimumDistance: 2,
	}
	// A command returns its result by Run.answer; what cobra would print of its own is not for the caller.
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	root.SetHelpFunc(r.showHelp)
	root.SetFlagErrorFunc(r.flagFault)
	// Flags of all commands: so they may also stand before the verb.
	root.PersistentFlags().Bool("json", false, "print JSON")
	root.PersistentFlags().BoolP("help", "h", false, "print this help")
	for _, c := range Commands() {
		path := strings.Fields(c.Path)
		parent := root
		for _, word := range path[:len(path)-1] {
			parent = branch(parent, word)
		}
		// "recall" alone leads to "transfer recall".
		parent.SuggestFor = append(parent.SuggestFor, path[len(path)-1])
		node := r.node(&c, path[len(path)-1])
		parent.AddCommand(node)
		if c.Path == "help" {
			root.SetHelpCommand(node) // else cobra adds its own
		}
	}
	return root
}

// branch is the child of that name. Words such as "desk" are no commands by themselves; they get a child without a run.
func branch(parent *cobra.Command, word string) *cobra.Command {
	for _, child := range parent.Commands() {
		if child.Name() == word {
			return child
		}
	}
	child := &cobra.Command{Use: word, Short: "commands that begin with " + word, SuggestionsMinimumDistance: 2}
	parent.AddCommand(child)
	return child
}

// node is one command of the table. One that the role may not use is refused before its flags are read.
func (r *Run) node(c *Command, word string) *cobra.Command {
	node := &cobra.Command{
		Use: strings.TrimPrefix(c.Usage(), strings.TrimSuffix(c.Path, word)), Short: c.Help, Long: c.Long,
		DisableFlagsInUseLine: true, SuggestionsMinimumDistance: 2,
	}
	if !May(r.Me, c.Role) {
		// Hidden: no help, no suggestion and no completion names it. Its flags are not read, because a fault in them would
		// tell how it is used.
		node.Hidden, node.DisableFlagParsing = true, true
		node.RunE = func(*cobra.Command, []string) error {
			r.command = c
			return Forbidden(*c)
		}
		return node
	}
	flags := node.Flags()
	flags.SortFlags = false // the order of the table, also in manual pages
	c.define(flags)
	for _, i := range c.flags() {
		if !i.Optional {
			must(node.MarkFlagRequired(i.Flag)) // for completion: check refuses it before cobra, in our words
		}
	}
	if len(c.OneOf) > 0 {
		node.MarkFlagsOneRequired(c.OneOf...)
		node.MarkFlagsMutuallyExclusive(c.OneOf...)
	}
	node.Args = func(_ *cobra.Command, args []string) error {
		r.command = c
		return c.check(flags, args)
	}
	node.ValidArgsFunction = r.completeArg(c)
	node.RunE = func(_ *cobra.Command, args []string) error {
		r.Args, r.Flags = args, flags
		r.Yes = c.confirmed() && r.on("yes")
		if err := r.heldCurrencies(); err != nil {
			return err
		}
		var err error
		if r.saved, err = r.savedView(); err != nil {
			return err
		}
		if c.Acts {
			r.Who.Why = r.why("why")
		}
		if c.Role == ledger.RoleRep && flags.Lookup("key") != nil {
			r.Who.Once = r.flag("key")
		}
		return r.againWhy(c, c.Run(r))
	}
	return node
}

// must stops on a flag that the same function did not define.
func must(err error) {
	if err != nil {
		panic("command: " + err.Error())
	}
}

// execute finds and runs the command that the words name. Cobra returns the fault of the first step that fails: the
// words, the flags, the arguments, then what the command itself says. A help text has its fault in failed, because
// cobra's function for help returns none.
func (r *Run) execute(words []string) error {
	r.words = words
	root := r.tree(programName)
	root.SetArgs(words)
	_, err := root.ExecuteContextC(r.Ctx)
	if err == nil {
		err = r.failed
	}
	return err
}

// showHelp is what cobra calls for --help, and for words that are no command by themselves. Only a help that was asked
// for succeeds: a script that types "desk" for "desk disputes" has to learn of it by the exit code.
func (r *Run) showHelp(node *cobra.Command, _ []string) {
	path := commandPath(node)
	asked, _ := node.Flags().GetBool("help")
	c, _ := Find(strings.Fields(path))
	switch kin := r.family(path); {
	case c != nil:
		r.command = c
		r.failed = r.helpOn(c)
	case !node.HasParent() && node.Flags().NArg() == 0:
		r.failed = r.helpList()
	case asked && len(kin) > 0 && node.Flags().NArg() == 0:
		r.failed = r.helpFamily(kin)
	default:
		r.failed = r.unknown(node, r.words)
	}
}

// commandPath is the path of a command without the name of the program.
func commandPath(node *cobra.Command) string {
	_, path, _ := strings.Cut(node.CommandPath(), " ")
	return path
}

// Forbidden is the refusal of a command of another role. It says who may use it, not what it does; the service would
// refuse the call as well.
func Forbidden(c Command) error {
	if c.Role == ledger.RoleUser {
		return ledger.RefuseNotJoined()
	}
	if c.Role == ledger.RoleVendor {
		return ledger.RefuseNoTeam()
	}
	who := "the operator"
	if c.Role == ledger.RoleRep {
		who = "a representative"
	}
	return ledger.Refuse(ledger.ErrNotAllowed, "Type: help, to see what your key may do.", "Only %s may use %s.",
		who, c.Path)
}
