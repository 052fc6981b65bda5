package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// completes tells whether a script of a shell asks how the words may go on (see script.go).
func completes(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// complete returns to the script of a shell how the words may go on: the last word is the one that is being typed.
// Cobra knows the verbs, the flags and where an argument stands.
func (r *Run) complete(words []string) error {
	if len(words) == 0 {
		words = []string{""}
	}
	root := r.tree(programName)
	out := &strings.Builder{}
	if i, typed, is := valueOfFlag(root, words); is || !readable(r.tree(programName), words) {
		for _, choice := range r.choices(i.Kind, typed) {
			out.WriteString(choice + "\n")
		}
		fmt.Fprintf(out, ":%d\n", cobra.ShellCompDirectiveNoFileComp)
	} else {
		root.SetOut(out)
		root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, words...))
		if _, err := root.ExecuteContextC(r.Ctx); err != nil {
			return err
		}
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	return r.answer(lines, func(s *textWriter) { s.raw(out.String()) })
}

// readable tells whether cobra can read what stands before the word that is being typed. Where it cannot, it would
// write so to the standard error of the process, which is not the caller's. It leaves the flags of its tree set.
func readable(root *cobra.Command, words []string) bool {
	last := len(words) - 1
	if strings.HasPrefix(words[last], "-") && strings.Contains(words[last], "=") {
		return false // the value of a switch, or of a flag that is not there
	}
	node, rest, err := root.Find(words[:last])
	return err == nil && node.ParseFlags(rest) == nil
}

// valueOfFlag tells which flag's value is being typed, if one is. Cobra could say so itself, but it keeps the functions
// for that in a table of the process that only grows, and here is a new tree for each call.
func valueOfFlag(root *cobra.Command, words []string) (i Input, typed string, is bool) {
	last := len(words) - 1
	if slices.Contains(words[:last], "--") {
		return Input{}, "", false
	}
	name, typed, joined := strings.Cut(words[last], "=")
	if !joined && last > 0 {
		name, typed = words[last-1], words[last]
	}
	node, _, err := root.Find(words[:last])
	if err != nil || node.Hidden || !strings.HasPrefix(name, "--") {
		return Input{}, "", false
	}
	c, _ := Find(strings.Fields(commandPath(node)))
	if c == nil {
		return Input{}, "", false
	}
	for _, i := range c.flags() {
		if i.Name() == name && i.Kind != KindSwitch {
			return i, typed, true
		}
	}
	return Input{}, "", false
}

// completeArg is how cobra asks for the next argument of a command.
func (r *Run) completeArg(c *Command) cobra.CompletionFunc {
	return func(_ *cobra.Command, before []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		all := c.args()
		switch {
		case len(all) > 0 && all[0].Kind == KindCommand:
			return r.nextWord(before, typed), cobra.ShellCompDirectiveNoFileComp
		case len(before) < len(all) || len(all) > 0 && all[len(all)-1].Repeats:
			return r.choices(all[min(len(before), len(all)-1)].Kind, typed), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// nextWord is how the words of a command's name may go on, for help and manual, each once: several commands may begin
// with one word.
func (r *Run) nextWord(before []string, typed string) []cobra.Completion {
	var all []cobra.Completion
	named := map[string]bool{}
	for _, c := range CommandsFor(r.Me) {
		path := strings.Fields(c.Path)
		if len(path) <= len(before) || !slices.Equal(path[:len(before)], before) {
			continue
		}
		if word := path[len(before)]; !named[word] && strings.HasPrefix(word, typed) {
			all = append(all, choice(word, c.Help))
			named[word] = true
		}
	}
	return all
}
