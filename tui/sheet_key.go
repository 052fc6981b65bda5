package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// keySheet is one key of the wallet, with its name to change.
type keySheet struct {
	k    view.Key
	form form
}

// newKeySheet begins with the name that the key has.
func newKeySheet(k view.Key) *keySheet {
	return &keySheet{k, form{fields: []field{
		textInput("keys name", "NAME", view.Clean(k.Name), 0, "Empty is no name."),
	}}}
}

func (*keySheet) name() string          { return "key" }
func (*keySheet) crumb() string         { return "Key" }
func (*keySheet) typing() bool          { return true }
func (*keySheet) load(*Model) tea.Cmd   { return nil }
func (s *keySheet) hints(*Model) []hint { return s.form.hints("name it", "back") }

// key sends the name. It moves nothing and opens nothing, so it is not asked for.
func (s *keySheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return nil, used
	}
	key, name := s.k.Fingerprint, s.form.text(0)
	return submit(m, &s.form, "keys name", func(ctx context.Context) (view.KeyRing, error) {
		return m.svc.NameKey(ctx, m.who, key, name)
	}, func(view.KeyRing) tea.Cmd {
		m.notify(toneGood, "✓ Named.")
		return m.leave(s)
	}), true
}

// leave closes a sheet that has done its work, if the person has not left it meanwhile.
func (m *Model) leave(s screen) tea.Cmd {
	if m.top() != s {
		return m.refresh()
	}
	return m.close()
}

// draw has the whole fingerprint: by its end two keys are told apart.
func (s *keySheet) draw(m *Model, width, height int) []line {
	out := append(topGap(height), s.form.drawIn(width, height-5)...)
	return append(append(out, nil), facts(factBlock{width: width}, s.k.Facts(m.format()))...)
}

// young says why a new key is not asked: it cannot do that yet, and another key of the wallet can. It returns whether
// the key is new.
func (m *Model) young(what string) bool {
	until := m.me.NewUntil
	if !until.After(m.now()) {
		return false
	}
	m.notify(toneWarn, "! This key is new: before "+m.format().Time(until)+" it cannot "+what+
		". An older key of this wallet can.")
	return true
}

// addKey asks, then shows the code by which another key comes in.
func addKey(m *Model) tea.Cmd {
	if m.young("add a key") {
		return nil
	}
	return m.confirm(confirmation{
		question: "Let one more key open this wallet?",
		why: "A code is shown. Whoever types it within ten minutes has this wallet as you have it, but for what a new " +
			"key cannot do yet.",
		ends: "You end a key with D; that works at once.",
		no:   "No, add none", yes: "Yes, show the code",
		do: func(m *Model) tea.Cmd {
			return outcomeShown(m, "keys add", m.svc.AddKey, func(c view.KeyCode) tea.Cmd {
				return m.open(&keyCodeSheet{c})
			})
		},
	})
}

// keyCodeSheet is the code by which another key comes in.
type keyCodeSheet struct{ c view.KeyCode }

func (*keyCodeSheet) name() string                    { return "key code" }
func (*keyCodeSheet) crumb() string                   { return "Add a key" }
func (*keyCodeSheet) typing() bool                    { return false }
func (*keyCodeSheet) load(*Model) tea.Cmd             { return nil }
func (*keyCodeSheet) key(*Model, Key) (tea.Cmd, bool) { return nil, false }
func (s *keyCodeSheet) copyable() string              { return view.Clean(s.c.Code) }
func (*keyCodeSheet) hints(*Model) []hint {
	return []hint{{"y", "copy the code"}, {"esc", "done"}}
}

// draw has the line to type whole, so that it can be copied.
func (s *keyCodeSheet) draw(m *Model, width, height int) []line {
	out := append(topGap(height), paragraph(toneText, width,
		"On the other device, type this before "+m.format().Time(s.c.Expires)+":")...)
	out = append(out, nil)
	for _, part := range wholeParts("ssh "+view.Clean(m.house.Host)+" keys join "+view.Clean(s.c.Code), width-4) {
		out = append(out, lineOf(toneStrong, "  "+part))
	}
	out = append(out, nil)
	return append(out, paragraph(toneWarn, width, "! Whoever types it has this wallet. It is good once.")...)
}

// endKey asks whether a key should find no wallet any more.
func endKey(m *Model, k view.Key) tea.Cmd {
	name := view.Clean(k.Name)
	if name == "" {
		name = view.Cut(view.Clean(k.Fingerprint), 20, "…")
	}
	if !k.Here && m.young("end another key") {
		return nil
	}
	why := "It finds no wallet any more, and its sessions end."
	if k.Here {
		why = "It is the key that you use now: this session ends with it, and it finds no wallet any more."
	}
	return m.confirm(confirmation{
		question: "End the key " + name + "?",
		why:      why,
		ends:     "Nothing takes it back. The key can be added again, with a code.",
		no:       "No, keep it", yes: "Yes, end " + name,
		do: func(m *Model) tea.Cmd {
			return m.act("keys end", func(ctx context.Context) error {
				_, err := m.svc.EndKey(ctx, m.who, k.Fingerprint)
				return err
			}, "✓ The key "+name+" has ended.")
		},
	})
}
