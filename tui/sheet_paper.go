package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// onPaper is a code that is shown once. Its end is typed back, so that nobody goes on who has not written it down.
type onPaper struct {
	code string
	form form
}

// codeEnd is how many characters of a code are typed back at least.
const codeEnd = 4

// newOnPaper begins with nothing typed.
func newOnPaper(code string) onPaper {
	p := onPaper{code: view.Clean(code)}
	q := textField("Its last letters", "", longestText, "Type at least the last four, as you have written them.")
	q.check = func(text string) (fault, warning string) {
		if p.endsWith(text) {
			return "", ""
		}
		return "That is not how it ends. Compare what you wrote with the code above.", ""
	}
	p.form = form{fields: []field{q}}
	return p
}

// bareCode is a code without what only parts its groups.
func bareCode(text string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text))
}

// endsWith tells whether a text is the end of the code.
func (p *onPaper) endsWith(text string) bool {
	typed := bareCode(text)
	return len(typed) >= codeEnd && strings.HasSuffix(bareCode(p.code), typed)
}

// key types the end; done is true when it is right.
func (p *onPaper) key(m *Model, k Key) (done, used bool) { return p.form.key(m, k) }

// draw shows a recovery code.
func (p *onPaper) draw(width, height int) []line {
	return p.drawAs("recovery code", "It is shown this once, and it alone brings your wallet back if you lose your key.",
		width, height)
}

// drawAs shows the code and the field below it. What explains goes before either does.
func (p *onPaper) drawAs(what, means string, width, height int) []line {
	out := []line{lineOf(toneText, "  Write down this "+what+":"), nil}
	out = append(out, lineOf(toneText, "  ").add(toneBadge, "  "+p.code+"  "), nil)
	about := paragraph(toneText, width, means)
	form := p.form.draw(width)
	if len(out)+len(about)+1+len(form) <= height {
		out = append(append(out, about...), nil)
	}
	return append(out, form...)
}

// paperSheet is a new recovery code.
type paperSheet struct {
	paper onPaper
	old   view.Time // until when the one before it is good
}

func (*paperSheet) name() string        { return "recovery" }
func (*paperSheet) crumb() string       { return "New code" }
func (*paperSheet) typing() bool        { return true }
func (*paperSheet) load(*Model) tea.Cmd { return nil }
func (*paperSheet) hints(*Model) []hint {
	return []hint{{"enter", "I wrote it down"}, {"esc", "leave"}}
}

// key leaves when the end was typed back. Esc asks: the code is shown this once.
func (s *paperSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "esc" {
		return m.confirm(confirmation{
			question: "Leave without the new code?",
			why:      "It is not shown again, and the one before it ends " + m.format().Time(s.old) + ".",
			ends:     "You can make another one, with R.",
			no:       "No, show it again", yes: "Yes, leave it",
			do: func(m *Model) tea.Cmd { return m.close() },
		}), true
	}
	done, used := s.paper.key(m, k)
	if !done {
		return nil, used
	}
	m.notify(toneGood, "✓ That is how it ends. Keep it where you find it without this computer.")
	return m.close(), true
}

// draw says below the code how long the old one is good.
func (s *paperSheet) draw(m *Model, width, height int) []line {
	old := paragraph(toneFaint, width, "The code before it is good until "+m.format().Time(s.old)+".")
	gap := topGap(height)
	out := append(gap, s.paper.draw(width, height-len(gap)-len(old)-1)...)
	if len(out)+1+len(old) <= height {
		out = append(append(out, nil), old...)
	}
	return out
}

// renewCode asks, and shows the new recovery code.
func renewCode(m *Model) tea.Cmd {
	if m.young("renew the recovery code") {
		return nil
	}
	return m.confirm(confirmation{
		question: "Make a new recovery code?",
		why: "It is shown once, and you write it down. The one that you have is good for another week, so that who has " +
			"stolen a key does not end what you have on paper.",
		ends: "Nothing brings the old code back after that week.",
		no:   "No, keep the one that I have", yes: "Yes, make a new code",
		do: func(m *Model) tea.Cmd {
			return outcomeShown(m, "recovery", m.svc.RenewRecovery, func(r view.Renewed) tea.Cmd {
				s := &paperSheet{newOnPaper(r.RecoveryCode), r.OldCodeUntil}
				return tea.Batch(m.open(s), m.guardInput(guardCode))
			})
		},
	})
}
