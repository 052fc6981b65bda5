package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"tuppence/server/ledger"
)

// callsFrom is what a phone hears that types a number and a PIN.
func (f *fixture) callsFrom(from, number, pin string) string {
	f.t.Helper()
	p := &phone{f: f, name: "CA " + from + number + pin + f.clock().String(), from: from}
	p.types("")
	p.types(number)
	return p.types(pin)
}

const tooMany = "Too many wrong PINs"

// Attack: one phone tries the same PIN at one number after the other. Also numbers of no wallet count, and another
// phone is not kept out. Its number is in no log.
func TestPINsOfOnePhone(t *testing.T) {
	f := newFixture(t)
	var logged bytes.Buffer
	f.log = slog.New(slog.NewTextHandler(&logged, nil))
	_, number := reached(f, "ann")
	const guesser = "+4915198765432"
	for i := range phonePINs {
		has(t, f.callsFrom(guesser, fmt.Sprintf("%08d", i), "112233"), "open no wallet")
	}
	has(t, f.callsFrom(guesser, number, annsPIN), tooMany)
	has(t, f.callsFrom("", number, annsPIN), "For your balance")
	has(t, f.callsFrom("+4930901820", number, annsPIN), "For your balance")
	f.time.Pass(ledger.VoiceHour / phonePINs)
	has(t, f.callsFrom(guesser, number, annsPIN), "For your balance")
	if strings.Contains(logged.String(), guesser) {
		t.Errorf("the log has the number:\n%s", &logged)
	}
}

// Attack: many phones do so. From the bound on each phone has one more, so who calls to freeze a wallet still does.
func TestPINsOfManyPhones(t *testing.T) {
	f := newFixture(t)
	_, number := reached(f, "ann")
	for i := range allPINs {
		f.pins.wrong(f.seal.Phone(strconv.Itoa(i/2)), f.clock())
	}
	has(t, f.callsFrom("1", number, annsPIN), tooMany)
	has(t, f.callsFrom("+4930901820", number, "112233"), "open no wallet")
	has(t, f.callsFrom("+4930901820", number, annsPIN), tooMany)
	has(t, f.callsFrom("+4930901821", number, annsPIN), "For your balance")
	f.time.Pass(ledger.VoiceHour)
	has(t, f.callsFrom("1", number, annsPIN), "For your balance")
}

// What was typed is digits, and no more than were asked for.
func TestTypedDigits(t *testing.T) {
	for typed, want := range map[string]string{
		"": "", "1": "1", "12345678": "12345678", "123456789": "", "1#": "", "*": "", "１": "", "-1": "",
	} {
		is(t, typed, typedDigits(typed), want)
	}
}
