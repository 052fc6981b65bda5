package ssh

import (
	"crypto/rand"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/store"
)

// A key that nobody knows opens a wallet and adds funds, through a real connection, the screens and the books.
func TestPlacesFromUnknownKeyToBalance(t *testing.T) {
	sealer, err := seal.New(make([]byte, 32), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	svc, err := server.Open(t.Context(), server.Options{
		Store: store.NewMemory(), Seal: sealer, Now: time.Now, Methods: []funding.Method{&funding.SimulatedCard{}},
		House: ledger.House{Name: "Tuppence", Host: "pay.example", URL: "http://pay.example", Simulated: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, NewFront(svc, FrontOptions{Now: time.Now}), nil)
	c := dial(t, s, newKey(t))
	r := sit(t, c, "")
	r.see("no wallet yet")
	r.press("y")
	r.see("Write down this recovery code")
	r.press("y")
	r.see("add funds now")
	r.press("f")
	r.see("By card (simulated)")
	r.press("20\r\r\r")
	r.see("Done. The tokens are in your account.")
	r.press("\r2")
	r.see("20.00 EUR available")
	r.press("q")
	if code := r.end(); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	// The word of a place opens it.
	r = sit(t, c, "limits")
	r.see("EUR, all vendors")
	r.press("q")
	if code := r.end(); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
}
