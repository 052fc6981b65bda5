package ssh

import (
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
	uv "github.com/charmbracelet/ultraviolet"
)

// keyTypes are the keys that are no characters, by their names, which both libraries have in common.
var keyTypes = func() map[string]tea.KeyType {
	all := map[string]tea.KeyType{}
	for t := tea.KeyType(-128); t <= 127; t++ {
		if name := t.String(); name != "" && t != tea.KeyRunes && t != tea.KeySpace {
			all[name] = t
		}
	}
	all["kpenter"] = tea.KeyEnter
	return all
}()

// keysOf returns the key that a whole control sequence (CSI or SS3) stands for: the usual forms, those of the kitty
// keyboard protocol, and those of modifyOtherKeys of xterm. What is not a key that was pressed is none: answers, the
// mouse, and keys that were let go.
func keysOf(seq []byte) []tea.KeyMsg {
	n, event := new(uv.EventDecoder).Decode(seq)
	press, ok := event.(uv.KeyPressEvent)
	if !ok || n != len(seq) {
		return nil
	}
	k := uv.Key(press)
	// Locks are not held down by a person. Super, Hyper and Meta are for the terminal.
	k.Mod &^= uv.ModCapsLock | uv.ModNumLock | uv.ModScrollLock
	if k.Mod&(uv.ModSuper|uv.ModHyper|uv.ModMeta) != 0 {
		return nil
	}
	alt := k.Mod&uv.ModAlt != 0
	k.Mod &^= uv.ModAlt
	if t, ok := keyTypes[k.Keystroke()]; ok {
		return []tea.KeyMsg{{Type: t, Alt: alt}}
	}
	return runeKeys(k, alt)
}

// runeKeys returns the key of a character. With Alt it is Esc, then the key, as in the form without a sequence.
func runeKeys(k uv.Key, alt bool) []tea.KeyMsg {
	r := k.Code
	if k.Mod&uv.ModShift != 0 && k.ShiftedCode != 0 {
		r = k.ShiftedCode
	}
	if k.Mod&^uv.ModShift != 0 || !unicode.IsPrint(r) {
		return nil
	}
	key := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
	if r == ' ' {
		key.Type = tea.KeySpace
	}
	if alt {
		return []tea.KeyMsg{{Type: tea.KeyEsc}, key}
	}
	return []tea.KeyMsg{key}
}
