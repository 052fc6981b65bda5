package server

import (
	"time"

	"tuppence/server/ledger"
)

// Bounds of wrong numbers and PINs that are typed in calls, beside those of each wallet ([ledger.VoiceTries]): who
// guesses types the same PIN at one number after the other.
const (
	// phonePINs is how many come from one phone at once; then one each six minutes.
	phonePINs = 10
	// allPINs is how many come from all phones at once; then one each 3.6 seconds. Above it a phone that has typed none in
	// the last hour still has one: nobody is kept from freezing a wallet because others guess.
	allPINs = 1000
)

// wrongPINs counts what is typed wrong in calls. It is memory only, as everywhere, and phones have no numbers in it:
// see [seal.Sealer.Phone].
type wrongPINs struct{ phone, first, all *allowance }

func newWrongPINs() wrongPINs {
	return wrongPINs{
		phone: newAllowance(phonePINs, ledger.VoiceHour/phonePINs),
		first: newAllowance(1, ledger.VoiceHour),
		all:   newAllowance(allPINs, ledger.VoiceHour/allPINs),
	}
}

// siege tells whether more is typed wrong than ever by mistake.
func (w wrongPINs) siege(now time.Time) bool { return w.all.wait("", now) > 0 }

// allow tells whether a PIN that is typed at a phone is looked at.
func (w wrongPINs) allow(phone string, now time.Time) bool {
	return w.phone.wait(phone, now) == 0 && (!w.siege(now) || w.first.wait(phone, now) == 0)
}

// wrong counts one.
func (w wrongPINs) wrong(phone string, now time.Time) {
	w.phone.use(phone, 1, now)
	if w.first.wait(phone, now) == 0 {
		w.first.use(phone, 1, now)
	}
	if !w.siege(now) {
		w.all.use("", 1, now)
	}
}

// typedDigits is what was typed in a call, "" where nobody was asked for it.
func typedDigits(typed string) string {
	if len(typed) > ledger.VoiceNumberLength {
		return ""
	}
	for _, r := range typed {
		if r < '0' || r > '9' {
			return ""
		}
	}
	return typed
}
