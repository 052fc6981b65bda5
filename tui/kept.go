package tui

import (
	"slices"

	"tuppence/server/view"
)

// keptMost bounds how many requests a session keeps for later.
const keptMost = 8

// keep keeps a request that was found by its code. The service has not sent it to this wallet: who has left it for
// later would have to type the code again.
func (m *Model) keep(a view.Approval) {
	m.forget(a.Code)
	if m.kept = append(m.kept, a); len(m.kept) > keptMost {
		m.kept = m.kept[1:]
	}
}

// forget ends what was kept of a request that is answered.
func (m *Model) forget(code string) {
	m.kept = slices.DeleteFunc(m.kept, func(a view.Approval) bool { return a.Code == code })
}

// withKept are requests with those that are kept, without those whose time is over. Nobody tells a session that the
// time of one is over.
func (m *Model) withKept(all []view.Approval) []view.Approval {
	over := func(a view.Approval) bool { return !a.Expires.IsZero() && !a.Expires.After(m.now()) }
	if len(m.kept) == 0 && !slices.ContainsFunc(all, over) { // almost always, and each frame asks several times
		return slices.Clip(all)
	}
	all = slices.Clone(all)
	for _, a := range m.kept {
		if !slices.ContainsFunc(all, func(b view.Approval) bool { return b.Code == a.Code }) {
			all = append(all, a)
		}
	}
	return slices.DeleteFunc(all, over)
}
