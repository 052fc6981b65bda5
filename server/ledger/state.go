package ledger

// transition is one line of a state machine: in the state from, the event leads to the state to.
type transition[S comparable] struct {
	from  S
	event string
	to    S
}

// machine is how one kind of thing lives, as data: the rules ask it, DESIGN.md draws it, and a test compares the two.
// What is not in it cannot happen.
type machine[S comparable] []transition[S]

// next returns where the event leads from a state; false if it cannot happen there.
func (m machine[S]) next(from S, event string) (S, bool) {
	for _, t := range m {
		if t.from == from && t.event == event {
			return t.to, true
		}
	}
	return from, false
}

// after returns the states that may follow a state at once, each once, in the order of the table; nil if it is the
// last.
func (m machine[S]) after(from S) []S {
	var all []S
next:
	for _, t := range m {
		if t.from != from {
			continue
		}
		for _, s := range all {
			if s == t.to {
				continue next
			}
		}
		all = append(all, t.to)
	}
	return all
}

// ends reports whether nothing follows a state.
func (m machine[S]) ends(s S) bool { return len(m.after(s)) == 0 }
