package view

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// Caller is who is at the other end of an SSH connection: the key that really authenticated. It is never shown.
type Caller struct {
	Fingerprint string // SHA256:…
	Key         string // the key in authorized_keys form
	Remote      string // address, for rate limits and logs, and to tell connections of a key apart
	// Seat tells the sessions of a connection and of a key apart; 0: the caller has none.
	Seat uint64
	// Session says that a screen or a talk is at the other end, where a slip of the hand is near: staff act there in write
	// mode only. A command line is one act, which somebody has typed as a whole.
	Session bool
	// Why is the reason that came with a command of staff.
	Why ledger.StaffReason
	// Once is the idempotency key that came with a command of staff that gives something; "": none.
	Once string
}

// Identity is what a caller may do.
type Identity struct {
	Role        ledger.Role `json:"role"` // RoleNone: an unknown key
	Handle      string      `json:"handle,omitempty"`
	Name        string      `json:"name,omitempty"` // of a staff key
	Fingerprint string      `json:"fingerprint"`
	// Shop is the vendor in whose team the key is, ShopRole its role there: one of [ledger.TeamRoles].
	Shop     string `json:"shop,omitempty"`
	ShopRole string `json:"shop_role,omitempty"`
	// Alarm tells the operator what cannot wait: that the assets do not cover what is owed (I13), what is wrong with
	// payouts at the gateway, or that a month is not closed; "" while nothing is.
	Alarm string `json:"alarm,omitempty"`
	// BroughtBy is the vendor that has brought the wallet and earns by what it buys, until BroughtUntil; "": none does.
	BroughtBy    string `json:"brought_by,omitempty"`
	BroughtUntil Time   `json:"brought_until"`
	NewUntil     Time   `json:"new_until"` // what a key that was added a short while ago cannot do it can from then on
	Settings
}

// Settings are how the screens behave for a person, the same with each key of the wallet.
type Settings struct {
	Zone    string `json:"zone"` // IANA name of the time zone, "" is UTC
	Theme   string `json:"theme"`
	Notices string `json:"notices"` // of approvals: off, bell, osc9
	Plain   bool   `json:"plain"`
	Mouse   bool   `json:"mouse"`
	ASCII   bool   `json:"ascii"`

	Views List[SavedView] `json:"views"`
}

// SavedView is how a person wants to see a list again.
type SavedView struct {
	Name    string `json:"name"`
	Place   string `json:"place"`   // the list: history, vendors
	Filter  string `json:"filter"`  // see [Filter]
	Sort    string `json:"sort"`    // a [Sorting]
	Columns string `json:"columns"` // those that are shown, divided by commas; "" for all
}

// SavedViewTable is a list of saved views.
func SavedViewTable(all []SavedView) Table {
	t := Table{Columns: []Column{
		{Title: "Name", Name: "name"},
		{Title: "List", Name: "place", Drop: 3},
		{Title: "Filter", Elastic: true, Name: "filter"},
		{Title: "Sort", Name: "sort", Drop: 1},
		{Title: "Columns", Name: "columns", Drop: 2},
	}}
	for _, v := range all {
		t.Rows = append(t.Rows, []Cell{
			{v.Name, Strong}, {v.Place, Plain}, {v.Filter, Plain}, {v.Sort, Plain}, {v.Columns, Faint},
		})
	}
	return t
}

// SettingsOf shows the settings of a person.
func SettingsOf(u ledger.User) Settings {
	return Settings{
		Zone: u.Zone, Theme: u.Theme, Notices: cmp.Or(u.Screen.Notices, ledger.NoticeOff), Plain: u.Screen.Plain,
		Mouse: u.Screen.Mouse, ASCII: u.Screen.ASCII,
		Views: Map(u.Views, func(v ledger.SavedView) SavedView { return SavedView(v) }),
	}
}

// Key is an SSH key that opens the wallet.
type Key struct {
	Fingerprint string `json:"fingerprint"`
	Name        string `json:"name"`
	Added       Time   `json:"added"`
	LastUsed    string `json:"last_used"` // a date of the person's zone, 2026-11-24; "" if it is not known
	Here        bool   `json:"here"`      // it is the key that asks
	NewUntil    Time   `json:"new_until"` // what a new key cannot do yet it can from then on
}

// KeyRing is how a wallet is opened: its keys, and what is known of the recovery code.
type KeyRing struct {
	Keys List[Key] `json:"keys"`
	// CodeRenewed is when the recovery code was renewed last, OldCodeUntil until when the one before it is good.
	CodeRenewed  Time `json:"code_renewed"`
	OldCodeUntil Time `json:"old_code_until"`
	// Browsers are those in which the wallet may buy while its window is open.
	Browsers List[Browser] `json:"browsers"`
}

// Browser is one in which a person has said yes to a vendor that may sell without a question.
type Browser struct {
	ID     string `json:"id"`
	Vendor string `json:"vendor"` // at whose request it was remembered
	Key    string `json:"key"`    // that said yes; the browser ends with it
	Added  Time   `json:"added"`
	Until  Time   `json:"until"`
}

// BrowserTable is the browsers in which a wallet may buy.
func BrowserTable(all []Browser, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Browser"}, {Title: "Since a yes to", Elastic: true}, {Title: "Added", Drop: 2}, {Title: "Until", Drop: 1},
	}}
	for _, b := range all {
		t.Rows = append(t.Rows, []Cell{
			{b.ID, Faint}, {b.Vendor, Strong}, {f.Time(b.Added), Faint}, {f.Time(b.Until), Plain},
		})
	}
	return t
}

// KeyRingOf shows the keys that open a wallet, to one of them.
func KeyRingOf(u ledger.User, who Caller, now time.Time) KeyRing {
	r := KeyRing{CodeRenewed: At(u.Renewed)}
	if u.OldRecovery != ([32]byte{}) && now.Before(u.OldUntil) {
		r.OldCodeUntil = At(u.OldUntil)
	}
	for _, m := range u.Keys {
		if m.Ended.IsZero() {
			r.Keys = append(r.Keys, Key{
				Fingerprint: m.Fingerprint, Name: m.Name, Added: At(m.Added), LastUsed: m.UsedOn(),
				Here: m.Fingerprint == who.Fingerprint, NewUntil: At(u.YoungUntil(m.Fingerprint, now)),
			})
		}
	}
	return r
}

// KeyTable is the keys that open a wallet.
func KeyTable(all []Key, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Key"},
		{Title: "Name", Elastic: true},
		{Title: "Added", Drop: 2},
		{Title: "Last used", Drop: 1},
		{Title: "Note"},
	}}
	for _, k := range all {
		notes := strings.TrimPrefix(
			word(k.Here, ", this one")+word(!k.NewUntil.IsZero(), ", new until "+f.Time(k.NewUntil)), ", ",
		)
		t.Rows = append(t.Rows, []Cell{
			{k.Fingerprint, Faint}, {k.Name, Strong}, {f.Time(k.Added), Faint}, {k.LastUsed, Plain}, {notes, Plain},
		})
	}
	return t
}

// Facts are what is known of a key.
func (k Key) Facts(f Format) []Fact {
	cannot := ""
	if !k.NewUntil.IsZero() {
		cannot = "before " + f.Time(k.NewUntil) + ": " + NewKeyCannot
	}
	return []Fact{
		id("Fingerprint", k.Fingerprint),
		{Label: "Added", Value: f.Time(k.Added)},
		{Label: "Last used", Value: k.LastUsed + word(k.Here, ", it is the one that you use now")},
		{Label: "Cannot", Value: cannot, Tone: Warn},
	}
}

// NewKeyCannot is what a key cannot do at first, on every surface.
const NewKeyCannot = "send money, raise limits, add or end keys, or renew the recovery code"

// KeyCode adds a key to the wallet, once, before it expires.
type KeyCode struct {
	Code    string `json:"code"`
	Expires Time   `json:"expires"`
}

// Renewed is a new recovery code, shown once. The one before it stays good for a while.
type Renewed struct {
	RecoveryCode string `json:"recovery_code"`
	OldCodeUntil Time   `json:"old_code_until"`
}

// House is what every caller may know about this service, before it has a wallet.
type House struct {
	Name       string                `json:"name"`
	Host       string                `json:"host"`      // what people type after ssh, with -p where needed
	URL        string                `json:"url"`       // base of the HTTP side
	Simulated  bool                  `json:"simulated"` // demo: payment methods are simulated, no real money
	Currencies List[ledger.Currency] `json:"currencies"`
	Commission string                `json:"commission"` // for people, "5 %"
	Limits     Limits                `json:"limits"`     // of a new wallet, in each of its currencies
	Window     Seconds               `json:"window_seconds"`
}

// Terms are what a person agrees to who opens a wallet here.
func (h House) Terms() []Fact {
	codes := Map(h.Currencies, func(c ledger.Currency) string { return string(c) })
	return []Fact{
		{Label: "Demo", Value: word(h.Simulated, "Payment methods are simulated, no real money moves."), Tone: Warn},
		{Label: "Currencies", Value: strings.Join(codes, ", ")},
		{Label: "Vendors pay", Value: h.Commission + " of each sale; you pay the price and nothing more"},
		{Label: "Limits", Value: h.Limits.Words() + ", until you change them"},
		{Label: "Buying", Value: "works while you are here and " + Span(h.Window.Duration()) + " after your last key"},
	}
}

// Joined is the answer to a sign-up or a recovery.
type Joined struct {
	Handle       string `json:"handle"`
	RecoveryCode string `json:"recovery_code"`        // shown once
	BroughtBy    string `json:"brought_by,omitempty"` // the vendor whose code it was
	LockedUntil  Time   `json:"locked_until"`         // recovery: money cannot leave before
}

// Staff is an SSH key that works for the service, with its role (claim 35).
type Staff struct {
	Fingerprint string      `json:"fingerprint"`
	Name        string      `json:"name"`
	Role        ledger.Role `json:"role"`
	Handle      string      `json:"handle,omitempty"` // of the person's own wallet, if the operator has written it down
	Added       Time        `json:"added"`
	Ended       Time        `json:"ended"`
}

// StaffTable has who works for the service, and who has.
func StaffTable(all []Staff, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Key", Name: "fingerprint"},
		{Title: "Name", Name: "name"},
		{Title: "Role", Name: "role"},
		{Title: "Own wallet", Drop: 2, Name: "handle"},
		{Title: "Added", Drop: 1, Name: "added"},
		{Title: "Ended", Name: "ended"},
	}}
	for _, s := range all {
		t.Rows = append(t.Rows, []Cell{
			{s.Fingerprint, Plain},
			{s.Name, Plain},
			{s.Role.String(), Plain},
			{s.Handle, Plain},
			{f.Time(s.Added), Faint},
			{f.Time(s.Ended), Faint},
		})
	}
	return t
}

// StaffAct is a line of the staff log: what staff did, or whose wallet they looked at.
type StaffAct struct {
	At     Time        `json:"at"`
	Key    string      `json:"key"`
	Name   string      `json:"name"` // of the key
	Role   ledger.Role `json:"role"`
	Act    string      `json:"act"`              // the words of the command
	Handle string      `json:"handle,omitempty"` // whose wallet
	Note   string      `json:"note,omitempty"`   // what was changed
	Reason string      `json:"reason,omitempty"` // one of [ledger.StaffReasons]
	Words  string      `json:"words,omitempty"`
	Entry  uint64      `json:"entry"` // what the act wrote in the journal, 0: it was a look
}

// StaffActTable is the staff log.
func StaffActTable(all []StaffAct, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "At", Name: "at"},
		{Title: "Who", Name: "name"},
		{Title: "Role", Drop: 4, Name: "role"},
		{Title: "Act", Name: "act"},
		{Title: "Wallet", Name: "handle"},
		{Title: "What", Elastic: true, Drop: 1, Name: "note"},
		{Title: "Because", Drop: 2, Name: "reason"},
		{Title: "Entry", Right: true, Drop: 3, Name: "entry"},
	}}
	for _, a := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(a.At), Faint},
			{cmp.Or(a.Name, a.Key), Plain},
			{a.Role.String(), Plain},
			{a.Act, Plain},
			{a.Handle, Plain},
			{a.Note, Faint},
			{because(a.Reason, a.Words), Plain},
			{word(a.Entry != 0, strconv.FormatUint(a.Entry, 10)), Faint},
		})
	}
	return t
}

// StaffOf shows a key of the staff.
func StaffOf(s ledger.Staff) Staff {
	return Staff{Fingerprint: s.Fingerprint, Name: s.Name, Role: s.Role, Added: At(s.Added), Ended: At(s.Ended)}
}

// VendorKey is a vendor with its new API key.
type VendorKey struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Origin string `json:"origin"`
	Key    string `json:"key"`        // shown once
	Ended  int    `json:"ended_keys"` // earlier keys that ended
}

// Setting is one decision of the operator.
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Help   string `json:"help"`
	Bounds string `json:"bounds"` // what may be its value
	// Asked is what was asked for and waits for a second operator, because it weakens a control over staff.
	Asked List[Ask] `json:"asked"`
}

// Ask is what one operator has asked for.
type Ask struct {
	Value string `json:"value"`
	By    string `json:"by"`
	At    Time   `json:"at"`
	From  Time   `json:"from"` // when who has asked may ask again, as the only operator; zero: another one has to
	Again string `json:"-"`    // what is typed for the same
}

// Words tells what has to be done for it to hold, the same on every surface.
func (a Ask) Words(f Format) string {
	words := a.Value + " was asked for by " + Clean(a.By) + ", " + f.Time(a.At) + ". It weakens a control over staff, " +
		"so it holds once "
	if a.From.IsZero() {
		return words + "another operator has asked for the same: " + a.Again
	}
	return words + "you, the only operator, have asked for the same again after " + f.Time(a.From) + ": " + a.Again
}

// SettingTable is what the operator decided.
func SettingTable(all []Setting) Table {
	t := Table{Columns: []Column{{Title: "Name"}, {Title: "Value"}, {Title: "Meaning", Elastic: true, Drop: 1}}}
	for _, s := range all {
		help := Cell{s.Help, Faint}
		if len(s.Asked) > 0 {
			help = Cell{s.Asked[0].Value + " is asked for and waits for a second operator", Warn}
		}
		t.Rows = append(t.Rows, []Cell{{s.Name, Plain}, {s.Value, Strong}, help})
	}
	return t
}
