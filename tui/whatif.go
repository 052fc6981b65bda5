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

// trial asks the service for what stands in the form; nil: that can refuse nothing, or cannot be read.
type trial func(context.Context) (view.WhatIf, error)

// paused comes when nobody has typed for a moment.
type paused struct{ then func() tea.Cmd }

// follow looks at what is typed after each key. What is asked about it waits for a pause, so that a bound is not asked
// about digit by digit.
func (w *whatIf) follow(m *Model, typed string, try trial, words func(view.WhatIf) string) tea.Cmd {
	if typed == w.typed {
		return nil
	}
	w.typed, w.words = typed, ""
	return m.after("typing", typingPause, paused{func() tea.Cmd {
		if typed != w.typed {
			return nil
		}
		return w.ask(m, typed, try, words)
	}})
}

// ask asks at once. A refusal leaves the line empty: the form tells what is wrong.
func (w *whatIf) ask(m *Model, typed string, try trial, words func(view.WhatIf) string) tea.Cmd {
	w.typed = typed
	if try == nil {
		return nil
	}
	return fetch(m, "what if", func(ctx context.Context) (outcome[view.WhatIf], error) {
		return outcomeOf(try(ctx))
	}, func(v outcome[view.WhatIf]) tea.Cmd {
		if v.err == nil && typed == w.typed {
			w.words = words(v.value)
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
