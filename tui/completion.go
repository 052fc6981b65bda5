package tui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// completion is how the last word of a line may go on. The line of the palette and the filter of a list share it, and
// take what they know from the completion of the shell.
type completion struct {
	all  []command.Suggestion
	line string // for which it was asked
	from int    // where in the line the word begins that is replaced
}

// ask asks for what completes the words of a command, for the line that ends with them. One question runs and one
// waits, however fast the keys come.
func (c *completion) ask(m *Model, line string, from int, words ...string) tea.Cmd {
	return fetch(m, "suggest", func(ctx context.Context) ([]command.Suggestion, error) {
		return command.Suggest(ctx, m.svc, m.who, words, m.commandOptions())
	}, func(all []command.Suggestion) tea.Cmd {
		*c = completion{all, line, from}
		return nil
	})
}

// of are the suggestions for a line, none while those of another one are here.
func (c *completion) of(line string) []command.Suggestion {
	if c.line != line {
		return nil
	}
	return c.all
}

// complete puts the first suggestion in the place of the word; false where there is none. A blank follows a whole word,
// and none what a value has to follow.
func (c *completion) complete(line string) (string, bool) {
	all := c.of(line)
	if len(all) == 0 {
		return line, false
	}
	word := all[0].Value
	end := " "
	if strings.ContainsAny(word[len(word)-1:], ":<>") {
		end = ""
	}
	return line[:c.from] + quoted(word) + end, true
}

// behind shows the suggestions behind what is typed, as many as the width has room for.
func (c *completion) behind(l line, text string, width int) line {
	for _, one := range c.of(text) {
		word := "  " + view.Clean(one.Value)
		if l.width()+view.Width(word) > width {
			break
		}
		l = l.add(toneFaint, word)
	}
	return l
}

// quoted puts a word with blanks into quotes.
func quoted(word string) string {
	if strings.ContainsAny(word, " '\"") {
		return `"` + strings.ReplaceAll(word, `"`, "") + `"`
	}
	return word
}
