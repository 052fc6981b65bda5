package command

import (
	"bytes"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manualJSON is a manual page, with the name under which man(1) looks for it: NAME.SECTION.
type manualJSON struct {
	Name    string `json:"name"` // tuppence-limits-set
	Section string `json:"section"`
	Page    string `json:"page"` // for man(1) and groff(1)
}

// manualCommand is kept apart from the others: cobra makes its answer.
func manualCommand() Command {
	return Command{
		Path: "manual", Help: "print the manual page of a command, for man",
		Long:   "To read it: ssh HOST manual COMMAND | man -l -\nThe same as plain text: help COMMAND",
		Inputs: []Input{arg(KindCommand).optional().repeated()},
		JSON:   manualJSON{}, Run: runManual,
	}
}

// runManual prints a page in the format of man(7). A page of a command that the role may not use does not exist, as
// in the help.
func runManual(r *Run) error {
	root := r.tree(programName)
	node, rest, err := root.Find(r.Args)
	if err != nil {
		return err
	}
	if len(rest) > 0 || node.HasParent() && !node.IsAvailableCommand() {
		return r.unknown(node, r.Args)
	}
	node.Long = manualText(node)
	var page bytes.Buffer
	// The date of a page is when it was printed; a program that was not told the time gives none away.
	date := time.Time{}
	if r.Options.Now != nil {
		date = r.Options.Now()
	}
	header := &doc.GenManHeader{Section: "1", Date: &date, Source: r.Options.Version, Manual: "Tuppence"}
	if err := doc.GenMan(node, header, &page); err != nil {
		return err
	}
	name := strings.ReplaceAll(node.CommandPath(), " ", "-")
	return r.answer(manualJSON{name, "1", page.String()}, func(s *textWriter) { s.raw(page.String()) })
}

// manualText is the description of a manual page, in the form that cobra renders: what the help says beside the flags.
func manualText(node *cobra.Command) string {
	paragraphs := []string{strings.ToUpper(node.Short[:1]) + node.Short[1:] + "."}
	if node.Long != "" {
		paragraphs = append(paragraphs, strings.Split(node.Long, "\n")...)
	}
	if c, _ := Find(strings.Fields(commandPath(node))); c != nil {
		for _, i := range c.args() {
			if !strings.Contains(c.Long, i.Name()+" is ") {
				paragraphs = append(paragraphs, i.Name()+" is "+i.Help+".")
			}
		}
		if fields := fieldsOf(c.JSON); fields != "" {
			paragraphs = append(paragraphs, "With --json it prints: "+fields)
		}
	}
	paragraphs = append(paragraphs, "Exit codes: "+exitWords)
	return strings.Join(paragraphs, "\n\n")
}
