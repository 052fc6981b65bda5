package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tuppence/server/voice"
)

// voiceSecret signs the calls of the telephone service.
const voiceSecret = "secret-of-the-telephone-service"

// phoneLine is a telephone service: it calls, and signs.
type phoneLine struct {
	s    *siege
	base string // of the service's links
}

// step is one call of it, to an address and with fields, signed as one to another address with other fields if those
// are given.
func (l *phoneLine) step(
	ctx context.Context, secret, method, address string, form url.Values, signed string, fields url.Values,
) (status int, h heard, err error) {
	if signed == "" {
		signed = address
	}
	if fields == nil {
		fields = form
	}
	req, err := http.NewRequestWithContext(ctx, method, l.base+address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, h, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if secret != "" {
		sum := voice.Signature(secret, l.base+signed, fields)
		req.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(sum))
	}
	res, err := (&http.Client{Timeout: patience, Transport: toLoopback(nil)}).Do(req)
	if err != nil {
		return 0, h, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusOK {
		err = xml.Unmarshal(raw, &h)
	}
	return res.StatusCode, h, err
}

// call types digits, one group after the other, and returns what is said at last, and the address of the next step.
func (l *phoneLine) call(ctx context.Context, name, from string, typed ...string) (said, next string, err error) {
	next = "/voice/call"
	for _, digits := range append([]string{""}, typed...) {
		form := url.Values{"CallSid": {name}, "From": {from}, "Digits": {digits}}
		status, h, err := l.step(ctx, voiceSecret, http.MethodPost, next, form, "", nil)
		if err != nil || status != http.StatusOK {
			return "", "", fmt.Errorf("%s hears %d: %w", name, status, err)
		}
		if said, next = strings.Join(h.Say, " "), ""; h.Gather == nil {
			return said, "", nil
		}
		said, next = strings.Join(h.Gather.Say, " "), strings.TrimPrefix(h.Gather.Action, l.base)
	}
	return said, next, nil
}

// byPhone makes calls up, tells signed steps again and in other calls, and guesses PINs.
func (s *siege) byPhone(ctx context.Context) error {
	bea := s.person("127.0.13.2")
	out, err := bea.run(ctx, "join --accept", "voice pin 730194 --json")
	if err != nil {
		return err
	}
	var mine struct {
		Number string `json:"voice_number"`
	}
	if err := json.Unmarshal([]byte(out), &mine); err != nil {
		return err
	}
	l := &phoneLine{s, "http://localhost:" + port(s.service.http)}
	_, menu, err := l.call(ctx, "CA-bea", "+49301", mine.Number, "730194")
	if err != nil {
		return err
	}
	form := func(call, digits string) url.Values {
		return url.Values{"CallSid": {call}, "From": {"+49301"}, "Digits": {digits}}
	}
	good := form("CA-bea", "1")
	twice := form("CA-bea", "1")
	twice["Digits"] = []string{"1", "3"}
	answered := 0
	attempts := []struct {
		name, secret, method, address string
		form                          url.Values
		signed                        string
		fields                        url.Values
	}{
		{"nothing is signed", "", http.MethodPost, menu, good, "", nil},
		{"another secret", "x", http.MethodPost, menu, good, "", nil},
		{"an empty secret", "", http.MethodPost, "/voice/call", good, "", nil},
		{"signed for another address", voiceSecret, http.MethodPost, menu, good, "/voice/call", nil},
		{"other digits than were signed", voiceSecret, http.MethodPost, menu, form("CA-bea", "3"), "", good},
		{"digits twice, signed once", voiceSecret, http.MethodPost, menu, twice, "", good},
		{"a state that was changed", voiceSecret, http.MethodPost, menu[:60] + "A" + menu[61:], good, "", nil},
		{"the state of another call", voiceSecret, http.MethodPost, menu, form("CA-eve", "1"), "", nil},
		{"no state", voiceSecret, http.MethodPost, "/voice/next", good, "", nil},
		{"asked for in place of sent", voiceSecret, http.MethodGet, menu, good, "", nil},
		{"a call without a name", voiceSecret, http.MethodPost, "/voice/call", form("", ""), "", nil},
	}
	for _, a := range attempts {
		status, h, err := l.step(ctx, a.secret, a.method, a.address, a.form, a.signed, a.fields)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if status == http.StatusOK && h.Gather != nil {
			answered++
			fmt.Fprintln(s.t.Output(), "  a call was answered by", a.name)
		}
	}
	s.report.count(fmt.Sprintf("of %d attempts in a call were answered", len(attempts)), answered, 0)
	return l.guess(ctx, mine.Number)
}

// guess types one PIN at forty numbers from one phone, then five at one number, and then the right one from another.
func (l *phoneLine) guess(ctx context.Context, number string) error {
	looked := 0
	for i := range 40 {
		said, _, err := l.call(ctx, fmt.Sprintf("CA-guess-%d", i), "+4915198765432", fmt.Sprintf("%08d", i), "112233")
		if err != nil {
			return err
		}
		if !strings.Contains(said, "Too many wrong PINs") {
			looked++
		}
	}
	l.s.report.count("of 40 PINs of one phone were looked at", looked, 10)
	open := 0
	for i, pin := range []string{"730190", "730191", "730192", "730193", "730195", "730194"} {
		said, _, err := l.call(ctx, fmt.Sprintf("CA-pin-%d", i), fmt.Sprintf("+4930%d", i), number, pin)
		if err != nil {
			return err
		}
		if strings.Contains(said, "press 1") {
			open++
		}
	}
	l.s.report.count("PINs that open a wallet after five wrong ones", open, 0)
	return nil
}
