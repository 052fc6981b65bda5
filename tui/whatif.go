package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// typingPause is how long nobody types before it is asked what the typed bounds would have done.
const typingPause = 300 * time.Millisecond

// whatIf is the line under a form of bounds: what they would have done to the purchases of the last 30 days. It stands
// only for what is typed now.
type whatIf struct {
	words string
	typed string // what words are about, or will be
}

// trial is what can be asked about a form: what is typed in it, and the question with the words of its answer. With no
// question, what is typed can refuse nothing, or cannot be read.
type trial struct {
	typed string
	ask   func(context.Context) (view.WhatIf, error)
	words func(view.WhatIf) string
}

// paused comes when nobody has typed for a moment.
type paused struct{ then func() tea.Cmd }

// follow looks at what is typed after each key. What is asked about it waits for a pause, so that a bound is not asked
// about digit by digit.
func (w *whatIf) follow(m *Model, t trial) tea.Cmd {
	if t.typed == w.typed {
		return nil
	}
	w.typed, w.words = t.typed, ""
	return m.after("typing", typingPause, paused{func() tea.Cmd {
		if t.typed != w.typed {
			return nil
		}
		return w.ask(m, t)
	}})
}

// ask asks at once. A refusal leaves the line empty: the form tells what is wrong.
func (w *whatIf) ask(m *Model, t trial) tea.Cmd {
	w.typed = t.typed
	if t.ask == nil {
		return nil
	}
	return attempt(m, "what if", t.ask, func(v view.WhatIf, err error) tea.Cmd {
		if err == nil && t.typed == w.typed {
			w.words = t.words(v)
		}
		return nil
	})
}

// lines are the words, none while they are not known.
func (w *whatIf) lines(width int) []line {
	if w.words == "" {
		return nil
	}
	return paragraph(toneText, width, w.words)
}
