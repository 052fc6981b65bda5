package command

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tuppence/server/view"
)

// unknown is the refusal of words that name no command, with the nearest names that the role may use.
func (r *Run) unknown(node *cobra.Command, words []string) error {
	// A command's name ends where the flags begin.
	named := words
	if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }); i >= 0 {
		named = words[:i]
	}
	u := &usageError{remedy: "Type: help, for the list."}
	if len(named) == 0 {
		u.detail = "A command comes first, before " + view.Clean(words[0]) + "."
		return u
	}
	u.detail = "There is no command \"" + typed(strings.Join(named, " ")) + "\"."
	if near := suggest(node, named); len(near) > 0 {
		u.remedy = "Did you mean: " + strings.Join(near, ", ") + "? " + u.remedy
	}
	return u
}

// suggest returns at most three commands that the words below a node may have meant. What is near is cobra's
// measure: at most two letters apart, or the beginning of a name.
func suggest(node *cobra.Command, words []string) []string {
	depth := len(strings.Fields(commandPath(node)))
	if depth > 0 && !node.IsAvailableCommand() { // a word of another role: look for one beside it
		node, depth = node.Parent(), depth-1
	}
	var near []string
	for _, name := range suggestions(node, words[depth:]) {
		// What follows may name a command below it: "limit set" is "limits set", "recall" is "transfer recall".
		found, _, err := node.Find(append([]string{name}, words[depth:]...))
		if err != nil || found.Parent() == node {
			found, _, err = node.Find(append([]string{name}, words[min(depth+1, len(words)):]...))
		}
		if path := commandPath(found); err == nil && found.IsAvailableCommand() && !slices.Contains(near, path) {
			near = append(near, path)
		}
	}
	// A whole word that was typed in part comes before one that is so called below another: "limit set" is "limits set".
	slices.SortStableFunc(near, func(a, b string) int {
		switch is := strings.HasPrefix(a, words[0]); {
		case is == strings.HasPrefix(b, words[0]):
			return 0
		case is:
			return -1
		}
		return 1
	})
	return near[:min(3, len(near))]
}

// suggestions are the names below a node that are near to the first word; below one such as "desk", that is no command
// by itself, all names if none is near.
func suggestions(node *cobra.Command, words []string) []string {
	if len(words) > 0 {
		if near := node.SuggestionsFor(words[0]); len(near) > 0 || !node.HasParent() {
			return near
		}
	}
	var all []string
	for _, child := range node.Commands() {
		if child.IsAvailableCommand() {
			all = append(all, child.Name())
		}
	}
	return all
}

// nearestFlag is the flag whose name is nearest to what was typed, "" if none is near. Cobra measures names of commands
// only, so each flag stands as one.
func nearestFlag(typed string, flags *pflag.FlagSet) string {
	names := &cobra.Command{SuggestionsMinimumDistance: 2}
	flags.VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	for _, name := range names.SuggestionsFor(typed) {
		return name
	}
	return ""
}
