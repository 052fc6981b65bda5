package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// longestText bounds a text of a form in characters, where the form does not say otherwise.
const longestText = 60

// field is one question of a form: a text, or one of a few choices. The text is edited by textinput, of which only
// the editing is used: see draw.
type field struct {
	name    string
	help    string
	fact    string                                    // what helps to decide: "used so far 12.40"
	check   func(text string) (fault, warning string) // nil: every text is right, as far as a form can tell
	fault   string                                    // what is wrong and what would be right
	warning string                                    // what the person should know of the value
	masked  string                                    // why a part of what was typed was taken out at once
	choices []string                                  // not empty: one of these is chosen
	chosen  string                                    // of choices
	input   *textinput.Model                          // without choices: the text with its cursor
	old     string                                    // what the field began with; ctrl+z and esc bring it back
	// shown says that the text is what was there before: nothing was typed into it yet, so the first character replaces
	// all of it. Whoever moves the cursor or deletes begins to edit it instead.
	shown bool
}

// textField is a question that is answered by at most so many characters; 0: longestText. An input is 5 kB: it is not
// inlined, so that only those who call it have the stack for it, and not each key of a list that could open a filter.
//
//go:noinline
func textField(name, value string, most int, help string) field {
	if most == 0 {
		most = longestText
	}
	in := textinput.New()
	in.CharLimit = most
	in.Cursor.SetMode(cursor.CursorStatic)        // a blinking one would send frames to a terminal where nothing happens
	in.KeyMap.Paste = key.NewBinding()            // it would paste the clipboard of the server
	in.KeyMap.AcceptSuggestion = key.NewBinding() // tab belongs to the form, and there are no suggestions
	in.Focus()
	in.SetValue(value)
	return field{name: name, help: help, input: &in, old: value, shown: value != ""}
}

// choiceField is a question that is answered by one of a few words. The first is chosen until another is.
func choiceField(name, help string, choices ...string) field {
	q := field{name: name, help: help}
	q.offer(choices)
	return q
}

// changed tells whether the field has another value than the one it began with.
func (q *field) changed() bool {
	if q.isChoice() {
		return q.chosen != q.old
	}
	return q.input.Value() != q.old
}

// back brings the old value back, as it was shown.
func (q *field) back() {
	q.fault, q.warning = "", ""
	if q.isChoice() {
		q.chosen = q.old
		return
	}
	q.set(q.old)
	q.shown = q.old != ""
}

// look checks the value; an empty one only when the form is sent, because nothing was typed yet.
func (q *field) look(sent bool) {
	q.fault, q.warning, q.masked = q.masked, "", ""
	if q.fault == "" && q.check != nil && (sent || q.value() != "") {
		q.fault, q.warning = q.check(q.value())
	}
}

// value is the text, trimmed, or the choice.
func (q *field) value() string {
	if q.isChoice() {
		return q.chosen
	}
	return strings.TrimSpace(q.input.Value())
}

// set replaces the text; the cursor stands behind it, where a person goes on typing a line that was completed or
// called back.
func (q *field) set(value string) {
	q.input.SetValue(value)
	q.input.CursorEnd()
	q.shown = false
}

func (q *field) isChoice() bool { return len(q.choices) > 0 }

// offer replaces the choices; the chosen one stays if it is among them.
func (q *field) offer(choices []string) {
	q.choices = choices
	if !slices.Contains(choices, q.chosen) {
		q.chosen = ""
		if len(choices) > 0 {
			q.chosen = choices[0]
		}
		q.old = q.chosen
	}
}

// edit takes a key that is not the form's; it returns whether the field has a use for it. Text from outside is
// cleaned before textinput sees it: a paste may hold what a terminal would obey.
func (q *field) edit(k tea.KeyMsg) bool {
	switch {
	case k.String() == "ctrl+z":
		q.back()
		return true
	case q.isChoice():
		return q.choose(k)
	case k.String() == "ctrl+u":
		q.set("")
		return true
	}
	switch k.Type {
	case tea.KeyRunes, tea.KeySpace:
		if k.Type == tea.KeySpace {
			k.Runes = []rune{' '}
		}
		k.Runes = []rune(graphic(strings.Map(oneLine, ansi.Strip(string(k.Runes)))))
		if q.shown && len(k.Runes) > 0 {
			q.input.SetValue("")
		}
	default:
		if !editKeys[k.String()] {
			return false
		}
	}
	// What is dropped touches nothing.
	q.shown = q.shown && k.Type == tea.KeyRunes && len(k.Runes) == 0
	*q.input, _ = q.input.Update(k) // its commands are the blinking and the server's clipboard, both switched off
	if no := ledger.RefuseCard(q.input.Value()); no != nil {
		q.set(ledger.MaskCards(q.input.Value()))
		q.masked = no.Error()
	}
	return true
}

// editKeys are the keys of the line editor beside letters, as textinput knows them. They are those of a shell. Every
// other key goes on to the screen, so that a form does not swallow what leads out of it.
var editKeys = map[string]bool{
	"left": true, "right": true, "home": true, "end": true, "ctrl+a": true, "ctrl+e": true, "ctrl+b": true, "ctrl+f": true,
	"backspace": true, "ctrl+h": true, "delete": true, "ctrl+d": true, "ctrl+w": true, "ctrl+u": true, "ctrl+k": true,
	"ctrl+left": true, "ctrl+right": true, "alt+left": true, "alt+right": true, "alt+backspace": true, "alt+delete": true,
	"ctrl+z": true,
}

// choose goes to another choice: by the arrows and the space bar in turn, by letters to the one that begins so.
func (q *field) choose(k tea.KeyMsg) bool {
	turn := func(by int) {
		at := max(0, slices.Index(q.choices, q.chosen))
		q.chosen = q.choices[(at+by+len(q.choices))%len(q.choices)]
	}
	switch {
	case k.String() == "left":
		turn(-1)
	case k.String() == "right" || k.Type == tea.KeySpace:
		turn(1)
	case k.Type == tea.KeyRunes:
		q.begin(string(k.Runes))
	default:
		return editKeys[k.String()] // no text to edit, and no other meaning either
	}
	return true
}

// startWith is begin for the choice that the form begins with.
func (q *field) startWith(text string) {
	q.begin(text)
	q.old = q.chosen
}

// begin chooses the first choice that begins with a text.
func (q *field) begin(text string) {
	i := slices.IndexFunc(q.choices, func(c string) bool {
		return strings.HasPrefix(strings.ToLower(c), strings.ToLower(text))
	})
	if i >= 0 {
		q.chosen = q.choices[i]
	}
}

// oneLine makes every blank a space.
func oneLine(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

// draw shows the value in a width; active is true for the field that has the cursor. The look is ours and not that of
// textinput: its styles come from the library's global renderer, which describes the terminal of the server.
func (q *field) draw(width int, active bool) line {
	if q.isChoice() {
		return q.options(width, active)
	}
	all := []rune(q.input.Value())
	before, after := string(all[:q.input.Position()]), string(all[q.input.Position():])
	if !active {
		return lineOf(toneText, tail(before+after, width))
	}
	if q.shown { // as if all of it were selected
		return lineOf(toneChosen, tail(before+after, width-1)).add(toneText, caretTyped)
	}
	before = tail(before, width-1)
	after = view.Cut(after, max(0, width-1-view.Width(before)), "…")
	return lineOf(toneStrong, before).add(toneText, caretTyped).add(toneStrong, after)
}

// options are the chosen one between its arrows and how many there are, or the chosen one alone.
func (q *field) options(room int, active bool) line {
	if !active {
		return lineOf(toneText, view.Cut(view.Reason(q.chosen), room, "…"))
	}
	of := fmt.Sprintf("  %d of %d", max(0, slices.Index(q.choices, q.chosen))+1, len(q.choices))
	name := view.Cut(view.Reason(q.chosen), max(1, room-4-len(of)), "…")
	return line{{caretRow, toneText}, {"‹ ", toneKey}, {name, toneStrong}, {" ›", toneKey}, {of, toneFaint}}
}

// tail is the end of a text that is longer than a width: what was typed last is what is looked at.
func tail(text string, width int) string {
	return view.CutLeft(text, width, "…")
}
