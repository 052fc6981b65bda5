package view

import "strconv"

// Voice is the wallet's access by phone, as its owner sees it (claim 35).
type Voice struct {
	State       State  `json:"state"`           // off, on, locked; no_calls: the service takes none
	Number      string `json:"voice_number"`    // that is typed
	PIN         string `json:"pin,omitempty"`   // in the answer that has made it, and in no other
	Line        string `json:"line,omitempty"`  // that is called
	Set         Time   `json:"set"`             // when the PIN was set
	LockedUntil Time   `json:"locked_until"`    // no PIN is looked at before
	Wrong       int    `json:"wrong_pins"`      // since the last right one
	Asked       bool   `json:"asked"`           // a request for a representative waits
	Paused      bool   `json:"frozen_by_phone"` // and thawed here
}

// Facts are the access in lines.
func (v Voice) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "By phone", Value: v.State.Words(), Tone: voiceTone(v.State)},
		{Label: "Call", Value: v.Line},
		{Label: "Voice number", Value: v.Number, Tone: Strong},
		{Label: "PIN", Value: word(v.PIN != "", v.PIN+", shown this once"), Tone: Strong},
		{Label: "PIN set", Value: f.Time(v.Set)},
		{Label: "Locked", Value: word(!v.LockedUntil.IsZero(), "until "+f.Time(v.LockedUntil)), Tone: Warn},
		{Label: "Wrong PINs", Value: word(v.Wrong > 0, strconv.Itoa(v.Wrong)+" since the last right one"), Tone: Warn},
		{Label: "Asked for", Value: word(v.Asked, "a representative: the answer will stand in the history")},
		{Label: "Frozen", Value: word(v.Paused, "by phone; thaw it with: voice thaw"), Tone: Warn},
	}
	if v.State == "off" {
		all = append(all, Fact{Label: "To begin", Value: "voice pin"})
	}
	return all
}

func voiceTone(s State) Tone {
	if s == "locked" || s == "no_calls" {
		return Warn
	}
	return Plain
}

// CallStep is a step of a call as the telephone service tells it.
type CallStep struct {
	Call   string // the name of the call
	State  string // sealed, "" for a call that has just begun
	Digits string // that were typed
	From   string // the number of the caller, "" if it is withheld: only wrong PINs are counted by it
}

// Spoken is what a caller hears, and what is asked next. Without digits and without a number to dial the call ends.
type Spoken struct {
	Say    []string // one after the other; a text of a stranger stands alone
	Digits int      // how many are asked for
	State  string   // sealed, for the next step
	Dial   string   // the caller is connected with this number
}

// Invite is an invitation of a caller, as the desk sees it.
type Invite struct {
	ID      string `json:"id"`
	Code    string `json:"code,omitempty"` // in the answer that has made it, and in no other
	Type    string `json:"type,omitempty"` // what the caller types
	State   State  `json:"state"`          // open, used, expired
	By      string `json:"by"`             // the name of who made it
	Created Time   `json:"created"`
	Expires Time   `json:"expires"`
	Used    Time   `json:"used"`
	Handle  string `json:"handle,omitempty"` // the wallet that was opened with it
}

// Facts are an invitation in lines.
func (v Invite) Facts(f Format) []Fact {
	return []Fact{
		id("Invitation", v.ID), state(v.State),
		{Label: "Tell the caller", Value: v.Type, Tone: Strong, Whole: true},
		{Label: "Good until", Value: f.Time(v.Expires) + ", once"},
		{Label: "Made by", Value: v.By},
		{Label: "Wallet", Value: v.Handle},
	}
}

// InviteTable is a list of invitations.
func InviteTable(all []Invite, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Id", Name: "id"},
		{Title: "State", Name: "state"},
		{Title: "Made", Drop: 1, Name: "created"},
		{Title: "By", Drop: 2, Elastic: true, Name: "by"},
		{Title: "Good until", Name: "expires"},
		{Title: "Wallet", Name: "handle"},
	}}
	for _, v := range all {
		t.Rows = append(t.Rows, []Cell{
			{v.ID, Strong},
			stateCell(v.State),
			{f.Time(v.Created), Faint},
			{v.By, Plain},
			{f.Time(v.Expires), Plain},
			{v.Handle, Plain},
		})
	}
	return t
}
