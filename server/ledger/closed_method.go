package ledger

import (
	"slices"
	"time"
)

// ClosedMethod is a way to add funds that the house has frozen: nothing new begins with it, and what runs goes on.
// While bills are frozen nothing is bought on credit and no line is raised; what is owed is billed, mailed and paid.
type ClosedMethod struct {
	Name   string
	Reason string // everybody reads it
	Since  time.Time
}

// Closed returns the freeze of a method; false if it is open.
func (p Policy) Closed(method string) (ClosedMethod, bool) {
	i := slices.IndexFunc(p.Frozen, func(c ClosedMethod) bool { return c.Name == method })
	if i < 0 {
		return ClosedMethod{}, false
	}
	return p.Frozen[i], true
}

// RefuseClosed refuses with ErrState a deposit by a method that the house has frozen.
func (p Policy) RefuseClosed(method string) error {
	c, closed := p.Closed(method)
	if !closed {
		return nil
	}
	return Refuse(ErrState, "Add funds in another way: methods lists them.",
		"The service takes nothing by %s for now: %s", method, c.Reason)
}

// DecideMethod freezes a way to add funds, or opens it again. It refuses with ErrNotAllowed who is no operator, with
// ErrInvalid no reason for a freeze, and with ErrState a method that is so already.
func DecideMethod(c ClosedMethod, thaw bool, a Actor, no EntryNo, p Policy, now time.Time) (PolicyOutcome, error) {
	_, closed := p.Closed(c.Name)
	reason, err := typedText("reason", c.Reason, maxReason)
	switch {
	case err != nil:
		return PolicyOutcome{}, err
	case a.Role != RoleOperator:
		return PolicyOutcome{}, Refuse(ErrNotAllowed, "Ask an operator of this service.",
			"Only an operator freezes a method.")
	case thaw && !closed:
		return PolicyOutcome{}, RefuseState("method", "open already")
	case !thaw && closed:
		return PolicyOutcome{}, RefuseState("method", "frozen already")
	case !thaw && reason == "":
		return PolicyOutcome{}, Invalid("reason", "Type one sentence: everybody reads it.", "The reason is missing.")
	}
	e := entry(no, now, KindPolicy, a)
	e.Reason = reason
	change := &Change{Name: "method " + c.Name, Old: "open", New: "frozen"}
	if thaw {
		change.Old, change.New = change.New, change.Old
		p.Frozen = slices.DeleteFunc(slices.Clone(p.Frozen), func(f ClosedMethod) bool { return f.Name == c.Name })
	} else {
		p.Frozen = append(slices.Clone(p.Frozen), ClosedMethod{Name: c.Name, Reason: reason, Since: e.At})
	}
	if len(p.Frozen) == 0 {
		p.Frozen = nil
	}
	e.Change = change
	return PolicyOutcome{Entry: e, Policy: p}, nil
}
