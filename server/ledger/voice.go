package ledger

import (
	"slices"
	"strings"
	"time"
)

// PhoneKey stands for the key of who acts by phone: a voice number and a PIN have taken its place.
const PhoneKey = "phone"

// Bounds of access by phone.
const (
	// VoiceNumberLength and VoicePINLength are how many digits are typed.
	VoiceNumberLength, VoicePINLength = 8, 6
	// VoiceTries wrong PINs within VoiceHour lock a wallet for calls until VoiceHour later.
	VoiceTries = 5
	VoiceHour  = time.Hour
	// VoiceTriesInAll wrong PINs without a right one between them end the access: with five an hour a PIN of six digits
	// could be found in years, and nobody would wait so long with a new one.
	VoiceTriesInAll = 20
)

// Acts in a wallet's access by phone.
const (
	VoiceSet    = "set"
	VoiceOff    = "off"
	VoiceLocked = "locked"
	VoiceAsked  = "asked" // for a representative
	VoiceHelped = "helped"
)

// Voice is a wallet's access by phone (claim 35). The zero value is none. Who calls types Number and a PIN; neither
// tells who it is, and the number that the call came from is stored nowhere.
type Voice struct {
	Number string    // eight digits, drawn at random; they are no secret
	No     EntryNo   // the newest entry about it
	Set    time.Time // when the PIN was set
	Salt   [16]byte
	Hash   [32]byte // of the PIN, slow to make, and under a key of the service
	// Wrong is how many wrong PINs were typed from Since on, Total how many since the last right one. They are in no
	// entry.
	Wrong, Total uint32
	Since        time.Time
	Locked       time.Time // until when no PIN is looked at; zero: it is not locked
	Asked        EntryNo   // the request for a representative that waits, 0 if none does
}

// Open tells whether a PIN is looked at now. A lock that lasts longer than one can comes from a clock that was ahead.
func (v Voice) Open(now time.Time) bool {
	return v.Number != "" && (!now.Before(v.Locked) || v.Locked.Sub(now) > VoiceHour+clockSlack)
}

// VoiceStep is what an entry says of access by phone.
type VoiceStep struct {
	Act    string // set, off, locked, asked, helped
	Number string
	Until  time.Time // of a lock
}

// After returns the access after an entry about it, without what no entry has: the PIN and the count of wrong ones.
// The audit follows the same steps.
func (v Voice) After(e Entry) Voice {
	switch s := e.Voice; s.Act {
	case VoiceSet:
		return Voice{Number: s.Number, No: e.No, Set: e.At, Asked: v.Asked}
	case VoiceOff:
		return Voice{Asked: v.Asked, No: e.No}
	case VoiceLocked:
		v.Locked = s.Until
	case VoiceAsked:
		v.Asked = e.No
	case VoiceHelped:
		v.Asked = 0
	}
	v.No = e.No
	return v
}

// VoiceFacts is what a decision about access by phone needs to know.
type VoiceFacts struct {
	No    EntryNo
	User  User
	Staff Staff // helped: who did
}

// VoiceOutcome is a wallet after it.
type VoiceOutcome struct {
	Entry Entry
	User  User
}

// voiceWords tell in a history what an act did.
var voiceWords = map[string]string{
	VoiceSet: "PIN set", VoiceOff: "off", VoiceLocked: "locked for an hour", VoiceAsked: "asked for a representative",
	VoiceHelped: "the request is answered",
}

// step makes the entry of an act and lets the access follow it.
func (f VoiceFacts) step(s VoiceStep, a Actor, reason string, now time.Time) VoiceOutcome {
	e := entry(f.No, now, KindVoice, a)
	e.User, e.Voice, e.Reason = f.User.ID, &s, reason
	e.Change = &Change{Name: "phone access", New: voiceWords[s.Act]}
	if len(f.User.Wallets) > 0 {
		e.Wallet = f.User.Wallets[0]
	}
	had := f.User.Voice
	f.User.Voice = had.After(e)
	if s.Act != VoiceSet && s.Act != VoiceOff {
		f.User.Voice.Salt, f.User.Voice.Hash = had.Salt, had.Hash
		f.User.Voice.Wrong, f.User.Voice.Total, f.User.Voice.Since = had.Wrong, had.Total, had.Since
	}
	return VoiceOutcome{e, f.User}
}

// VoicePIN is a new PIN for a wallet.
type VoicePIN struct {
	Number string // for a wallet that has none
	Salt   [16]byte
	Hash   [32]byte
	Actor  Actor
}

// CheckPIN refuses with ErrInvalid what is no PIN, and one that is tried first: all digits alike, or in a row.
func CheckPIN(pin string) error {
	digits := strings.Trim(pin, "0123456789") == "" && len(pin) == VoicePINLength
	if !digits {
		return Invalid("pin", "Type six digits, or none: then one is made for you.", "A PIN has six digits.")
	}
	for _, step := range []byte{0, 1, 255} {
		run := true
		for i := 1; i < len(pin); i++ {
			run = run && pin[i] == pin[i-1]+step
		}
		if run {
			return Invalid("pin", "Take another one, or none: then one is made for you.", "This PIN is guessed first.")
		}
	}
	return nil
}

// mayVoice refuses who may not change the access: the wallet has to be active or frozen by phone, and the key not new.
func mayVoice(u User, a Actor, now time.Time) error {
	switch {
	case u.Status == UserClosed:
		return refuseFrozen()
	case !u.YoungUntil(a.Key, now).IsZero():
		return Refuse(ErrNotAllowed, "Do it with an older key, or wait.", "The key that asks for it is new.")
	}
	return nil
}

// DecideVoicePIN gives a wallet a PIN for calls, and a voice number if it has none. An earlier PIN ends, and a lock
// with it. It refuses with ErrNotAllowed a new key, and with ErrFrozen a wallet that is closed.
func DecideVoicePIN(r VoicePIN, f VoiceFacts, now time.Time) (out VoiceOutcome, err error) {
	if err := mayVoice(f.User, r.Actor, now); err != nil {
		return out, err
	}
	if f.User.Voice.Number != "" {
		r.Number = f.User.Voice.Number
	}
	out = f.step(VoiceStep{Act: VoiceSet, Number: r.Number}, r.Actor, "", now)
	out.User.Voice.Salt, out.User.Voice.Hash = r.Salt, r.Hash
	return out, nil
}

// DecideVoiceOff ends the access of a wallet, and its number. It refuses with ErrState one that is off.
func DecideVoiceOff(a Actor, reason string, f VoiceFacts, now time.Time) (out VoiceOutcome, err error) {
	if f.User.Voice.Number == "" {
		return out, RefuseState("phone access", "off already")
	}
	return f.step(VoiceStep{Act: VoiceOff, Number: f.User.Voice.Number}, a, reason, now), nil
}

// TryPIN counts a PIN that is about to be looked at as a wrong one: what is cut off after it was not free. ok is false
// where none is looked at now.
func (v Voice) TryPIN(now time.Time) (after Voice, ok bool) {
	if !v.Open(now) {
		return v, false
	}
	if now.Sub(v.Since) >= VoiceHour || v.Since.After(now) || !v.Locked.IsZero() && v.Since.Before(v.Locked) {
		v.Wrong, v.Since = 0, instant(now)
	}
	if v.Wrong >= VoiceTries { // others are being looked at, or what comes of them was cut off
		return v, false
	}
	v.Wrong, v.Total = v.Wrong+1, v.Total+1
	return v, true
}

// RightPIN forgets the wrong ones before it.
func (v Voice) RightPIN() Voice {
	v.Wrong, v.Total, v.Since = 0, 0, time.Time{}
	return v
}

// DecideVoiceWrong is what a wrong PIN leads to once it is counted: at the fifth of an hour a lock, at the twentieth in
// a row the end of the access; changed is false for the others.
func DecideVoiceWrong(f VoiceFacts, now time.Time) (out VoiceOutcome, changed bool) {
	v := f.User.Voice
	switch {
	case v.Total >= VoiceTriesInAll:
		return f.step(VoiceStep{Act: VoiceOff, Number: v.Number}, Actor{Role: RoleSystem},
			"Twenty wrong PINs in a row.", now), true
	case v.Wrong >= VoiceTries && v.Open(now):
		s := VoiceStep{Act: VoiceLocked, Number: v.Number, Until: instant(now).Add(VoiceHour)}
		return f.step(s, Actor{Role: RoleSystem}, "Five wrong PINs in an hour.", now), true
	}
	return out, false
}

// DecideVoiceAsk notes that a caller asks for a representative. asked is false where a request waits already.
func DecideVoiceAsk(f VoiceFacts, now time.Time) (out VoiceOutcome, asked bool) {
	if f.User.Voice.Asked != 0 {
		return out, false
	}
	s := VoiceStep{Act: VoiceAsked, Number: f.User.Voice.Number}
	return f.step(s, Actor{Role: RoleUser, Key: PhoneKey}, "", now), true
}

// DecideVoiceHelped ends the request of a caller. It refuses with ErrNotAllowed one's own wallet, with ErrInvalid no
// words, and with ErrState where none waits.
func DecideVoiceHelped(no EntryNo, reason string, f VoiceFacts, now time.Time) (out VoiceOutcome, err error) {
	if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
		return out, err
	}
	switch reason, err = typedText("reason", reason, maxReason); {
	case err != nil:
		return out, err
	case no == 0 || f.User.Voice.Asked != no:
		return out, RefuseState("request", "answered already")
	case reason == "":
		return out, Invalid("reason", "Type one sentence: the owner of the wallet reads it.", "The reason is missing.")
	}
	s := VoiceStep{Act: VoiceHelped, Number: f.User.Voice.Number}
	return f.step(s, Actor{Role: f.Staff.Role, Key: f.Staff.Fingerprint}, reason, now), nil
}

// DecidePause freezes a wallet whose owner asks for it by phone. Its owner thaws it, see [DecideResume], and no call
// does. It refuses with ErrState a wallet that is frozen already.
func DecidePause(f FreezeFacts, now time.Time) (out FreezeOutcome, err error) {
	if f.User.Status != UserActive {
		return out, RefuseState("wallet", UserWords[f.User.Status]+" already")
	}
	out = f.freeze(UserFrozen, "Asked for by phone.", Actor{Role: RoleUser, Key: PhoneKey}, now)
	out.User.Paused = out.Entry.No
	return out, nil
}

// DecideResume thaws what its owner has frozen by phone. It refuses with ErrState a wallet that is not frozen, with
// ErrNotAllowed one that staff or a debt have frozen, and a new key.
func DecideResume(a Actor, f FreezeFacts, now time.Time) (out FreezeOutcome, err error) {
	switch {
	case f.User.Status != UserFrozen:
		return out, RefuseState("wallet", UserWords[f.User.Status]+", not frozen")
	case f.User.Paused == 0:
		return out, Refuse(ErrNotAllowed, "Speak with a representative of this service.",
			"Staff or a debt have frozen this wallet, not a call.")
	}
	if err := mayVoice(f.User, a, now); err != nil {
		return out, err
	}
	return f.freeze(UserActive, "Thawed in the wallet.", a, now), nil
}

// SpokenText is a text of a stranger as it may be read out: letters, digits and marks that no voice takes for a
// command, on one line of 60 characters at most.
func SpokenText(s string) string {
	keep := func(r rune) rune {
		if r == ' ' || strings.ContainsRune(".,'-", r) || r > 127 || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' ||
			'A' <= r && r <= 'Z' {
			return r
		}
		return ' '
	}
	words := strings.Fields(strings.Map(keep, CleanLine(s, maxSpoken)))
	return strings.Join(slices.Clip(words), " ")
}

// maxSpoken bounds what is read out of a stranger's text, in characters.
const maxSpoken = 60
