package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// field is one question of a form: a text, or one of a few choices.
type field struct {
	name    string
	value   string
	choices []string
	help    string
	most    int // longest text; 0: 60
}

// form is a few questions and one answer. Enter goes on and, at the last, sends; esc leaves it.
type form struct {
	fields []field
	at     int
	fault  *failure
	busy   bool
}

// key takes a key; send is true when the form is to be sent.
func (f *form) key(k tea.KeyMsg) (send, used bool) {
	if f.busy {
		return false, k.String() != "esc"
	}
	q := &f.fields[f.at]
	switch k.String() {
	case "enter":
		if f.at < len(f.fields)-1 {
			f.at++
			return false, true
		}
		return true, true
	case "ctrl+s":
		return true, true
	case "tab", "down":
		f.at = (f.at + 1) % len(f.fields)
	case "shift+tab", "up":
		f.at = (f.at + len(f.fields) - 1) % len(f.fields)
	case "left":
		q.turn(-1)
	case "right":
		q.turn(1)
	case "backspace", "ctrl+h":
		if n := len([]rune(q.value)); n > 0 && len(q.choices) == 0 {
			q.value = string([]rune(q.value)[:n-1])
		}
	case "ctrl+u":
		if len(q.choices) == 0 {
			q.value = ""
		}
	default:
		switch k.Type {
		case tea.KeySpace:
			if len(q.choices) > 0 {
				q.turn(1)
			} else {
				q.put(" ")
			}
		case tea.KeyRunes:
			q.put(string(k.Runes))
		default:
			return false, false
		}
	}
	f.fault = nil
	return false, true
}

// turn goes to another choice.
func (q *field) turn(by int) {
	for i, c := range q.choices {
		if c == q.value {
			q.value = q.choices[(i+by+len(q.choices))%len(q.choices)]
			return
		}
	}
	if len(q.choices) > 0 {
		q.value = q.choices[0]
	}
}

// put adds typed or pasted text; of a choice it finds the one that begins so.
func (q *field) put(text string) {
	if len(q.choices) > 0 {
		for _, c := range q.choices {
			if strings.HasPrefix(strings.ToLower(c), strings.ToLower(text)) {
				q.value = c
				return
			}
		}
		return
	}
	most := q.most
	if most == 0 {
		most = 60
	}
	all := []rune(q.value + graphic(strings.Map(oneLine, ansi.Strip(text))))
	q.value = string(all[:min(len(all), most)])
}

// oneLine makes every blank a space.
func oneLine(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

// text is the value of a field, trimmed.
func (f *form) text(i int) string { return strings.TrimSpace(f.fields[i].value) }

// draw shows the questions, the one in hand with a mark and a cursor.
func (f *form) draw(width int) []row {
	wide := 0
	for _, q := range f.fields {
		wide = max(wide, ansi.StringWidth(q.name))
	}
	var out []row
	for i, q := range f.fields {
		mark, k := "  ", toneFaint
		if i == f.at {
			mark, k = "> ", toneKey
		}
		r := row{{mark + pad(q.name, wide) + "  ", k}}
		if len(q.choices) > 0 {
			r = append(r, q.options(width-r.width())...)
		} else {
			r = r.and(toneStrong, tail(q.value, max(4, width-wide-6)))
			if i == f.at && !f.busy {
				r = r.and(toneKey, "_")
			}
		}
		out = append(out, r)
	}
	help := f.fields[f.at].help
	switch { // one at a time: a small terminal has no room for two
	case f.busy:
		out = append(out, nil, say(toneFaint, "  One moment …"))
	case f.fault != nil:
		out = append(append(out, nil), f.fault.rows(width)...)
	case help != "":
		out = append(append(out, nil), prose(toneFaint, width, help)...)
	}
	return out
}

// options are the choices side by side, or where there is no room for all the chosen one and how many there are.
func (q *field) options(room int) row {
	var all row
	at := 0
	for i, c := range q.choices {
		if c == q.value {
			at = i + 1
			all = all.and(toneChosen, "["+stateKind(c)+"]").and(toneText, " ")
		} else {
			all = all.and(toneFaint, " "+stateKind(c)+"  ")
		}
	}
	if all.width() <= room+1 {
		return all
	}
	return say(toneChosen, "["+stateKind(q.value)+"]").and(toneFaint, fmt.Sprintf("  %d of %d", at, len(q.choices)))
}

// tail is the end of a text that is longer than a width.
func tail(text string, width int) string {
	if over := ansi.StringWidth(text) - width; over > 0 {
		return ansi.TruncateLeft(text, over+1, "…")
	}
	return text
}

// formHints are the keys of every form.
func formHints(send string) []hint {
	return []hint{{"enter", send}, {"tab", "next"}, {"esc", "back"}}
}
