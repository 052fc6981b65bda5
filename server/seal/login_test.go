package seal

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A login id opens to what it says, at its pages, in its ten minutes and the next, until its own end. No other string
// opens, and two of the same login differ.
func TestLoginID(t *testing.T) {
	s, other := sealer(t, "one"), sealer(t, "two")
	const pages = "https://pay.example"
	begin := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		at := begin.Add(time.Duration(rapid.IntRange(0, 599).Draw(t, "second")) * time.Second)
		l := Login{User: 7, Browser: rapid.Uint64().Draw(t, "browser"), Until: begin.Add(time.Hour)}
		id, err := s.LoginID(l, pages, at)
		if err != nil || len(id) != 86 {
			t.Fatalf("%q, %v", id, err)
		}
		if again, _ := s.LoginID(l, pages, at); again == id {
			t.Fatal("two are equal")
		}
		for _, after := range []time.Duration{0, 20*time.Minute - time.Second, 20 * time.Minute} {
			got, ok := s.OpenLoginID(id, pages, begin.Add(after))
			if opens := after < 20*time.Minute; ok != opens || ok && got != l {
				t.Errorf("after %v: %v, %+v", after, ok, got)
			}
		}
		if _, ok := s.OpenLoginID(id, pages, begin.Add(-time.Second)); ok {
			t.Error("opens before its time")
		}
		if _, ok := s.OpenLoginID(id, "https://other.example", at); ok {
			t.Error("opens at other pages")
		}
		if _, ok := other.OpenLoginID(id, pages, at); ok {
			t.Error("another service opens it")
		}
		changed := []byte(id)
		i := rapid.IntRange(0, len(changed)-1).Draw(t, "letter")
		changed[i] = rapid.SampledFrom([]byte("ABCabc019-_=\n")).Draw(t, "by")
		if _, ok := s.OpenLoginID(string(changed), pages, at); ok && string(changed) != id {
			t.Errorf("%s opens", changed)
		}
		if _, ok := s.OpenLoginID(id[:rapid.IntRange(0, len(id)-1).Draw(t, "cut")], pages, at); ok {
			t.Error("a part opens")
		}
	})
	short, err := s.LoginID(Login{User: 7, Until: begin.Add(time.Minute)}, pages, begin)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.OpenLoginID(short, pages, begin.Add(2*time.Minute)); ok {
		t.Error("opens after its own end")
	}
}

// A device follows from the page of the yes, and its id opens to it and nowhere else.
func TestDeviceID(t *testing.T) {
	s, other := sealer(t, "one"), sealer(t, "two")
	page := HashPageCookie("cookie")
	d := s.DeviceOf(7, "txn_one", page)
	if d != s.DeviceOf(7, "txn_one", page) {
		t.Error("one page makes two devices")
	}
	if next := s.DeviceOf(7, "txn_two", page); next.Browser == d.Browser || next.Secret == d.Secret {
		t.Error("two pages make one device")
	}
	id, err := s.DeviceID(d)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := s.OpenDeviceID(id); !ok || got != d {
		t.Errorf("%+v, %v", got, ok)
	}
	if _, ok := other.OpenDeviceID(id); ok {
		t.Error("another service opens it")
	}
	for i := range id {
		changed := []byte(id)
		if changed[i]++; changed[i] != id[i] {
			if _, ok := s.OpenDeviceID(string(changed)); ok {
				t.Errorf("letter %d does not matter", i)
			}
		}
	}
	if name := s.Browser(7, d.Browser); name == "" {
		t.Error("no name")
	} else if u, n, err := s.OpenBrowser(name); u != 7 || n != d.Browser || err != nil {
		t.Errorf("%d, %d, %v", u, n, err)
	}
}
