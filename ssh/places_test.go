package ssh

import (
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
	"tuppence/store"
	"tuppence/tui/command/commandtest"
)

// An unknown key opens a wallet and adds funds, through a real connection, the screens and the books.
func TestPlacesFromUnknownKeyToBalance(t *testing.T) {
	sealer, err := seal.New(make([]byte, 32), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	svc, err := server.Open(t.Context(), server.Options{
		Store: store.NewMemory(), Seal: sealer, Now: time.Now, Methods: []funding.Method{&funding.SimulatedCard{}},
		House: view.House{Name: "Tuppence", Host: "pay.example", URL: "http://pay.example", Simulated: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, NewFront(svc, FrontOptions{Now: time.Now, Version: "1.2.3-test"}), nil)
	c := dial(t, s, newKey(t))
	r := sit(t, c, "")
	r.see("no wallet yet")
	r.press("y")
	r.see(" y again open a wallet")
	r.press("y")
	r.see("Which one reads best?")
	r.see("enter take it")
	r.press("\r")
	r.see("Write down this recovery code")
	r.see("enter I wrote it down") // the footer has the key when it works
	code := regexp.MustCompile(`R(-[0-9A-Z]{5}){5}-[0-9A-Z]`).FindString(r.text())
	r.press(code[len(code)-7:])
	r.see("Its last letters  " + code[len(code)-7:])
	r.press("\r")
	r.see("add funds now")
	r.press("f")
	r.see("Simulated: no real money moves.")
	r.press("\r")
	r.see("Amount")
	r.press("20")
	r.see("Amount  20")
	r.press("\r") // what sends a form comes alone
	r.see("Done. The tokens are in your account.")
	r.press("\r2")
	r.see("20.00 EUR available")
	r.press("f")
	r.see("Simulated: no real money moves.")
	r.press("\r")
	r.see("Amount")
	r.press("5")
	r.see("Amount  5")
	r.press("\r")
	r.see("Done. The tokens are in your account.")
	r.press("\r")
	r.see("25.00 EUR available")
	r.see("▐ ")
	// A key that moves the mark costs few bytes. News of the deposits may come between; of six keys one has a frame for
	// itself.
	least := 1 << 20
	for _, key := range []string{"k", "j", "k", "j", "k", "j"} {
		begun := r.written()
		r.press(key)
		r.wait("the mark to move", func() bool { return r.count > begun })
		least = min(least, r.written()-begun)
	}
	if least > 360 { // two whole rows change their colours
		t.Errorf("a key that moves the mark cost %d bytes, want at most 360", least)
	}
	r.press("q")
	if code := r.end(); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	if out, _, code := run(t, c, "version"); code != 0 || !strings.Contains(out, "1.2.3-test") {
		t.Errorf("version: exit %d, %q", code, out)
	}
	// The word of a place opens it.
	r = sit(t, c, "limits")
	r.see("EUR, everywhere")
	r.press(":")
	r.press("version")
	r.see(":  version")
	r.press("\r")
	r.see("1.2.3-test")
	for _, see := range []string{":  version", "place, 1", "EUR, everywhere"} { // leaves the answer, the words, the line
		r.press("\x1b")
		r.see(see)
	}
	r.see("EUR, everywhere")
	r.press("q")
	if code := r.end(); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
}

// refusing is a service that refuses to say what a key is, as it does one by which a program pays.
type refusing struct{ *commandtest.Service }

func (refusing) WhoAmI(context.Context, view.Caller) (view.Identity, error) {
	return view.Identity{}, ledger.RefuseAgentKey()
}

// A key that opens nothing is nobody for the places, and no fault of the service: what it asks for is refused in words.
func TestRefusedKeyIsNobody(t *testing.T) {
	f := NewFront(refusing{commandtest.New()}, FrontOptions{})
	if role, err := f.Role(t.Context(), view.Caller{}); role != ledger.RoleNone || err != nil {
		t.Errorf("it is %v, %v", role, err)
	}
	s := serve(t, f, nil)
	c := dial(t, s, newKey(t))
	r := sit(t, c, "")
	r.see("A program pays with this key, so it opens nothing.")
}
