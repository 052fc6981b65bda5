package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// callersNumber must never be found in what the service keeps or logs.
const callersNumber = "+4915198765432"

// heard is a TwiML document as a telephone service reads it.
type heard struct {
	Say    []string `xml:"Say"`
	Dial   string   `xml:"Dial"`
	Hangup *struct{}
	Gather *struct {
		Digits int      `xml:"numDigits,attr"`
		Action string   `xml:"action,attr"`
		Say    []string `xml:"Say"`
	}
}

// lastStep is the last step of a call, to be told again.
type lastStep struct {
	address string
	form    url.Values
	next    string
}

// dial is a caller: DIGITS are typed one group after the other. A call that was begun goes on under its name. forged
// signs with another secret; again tells the last step once more. $SECRET has the secret.
func dial(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: dial CALL [forged|again] [DIGITS]...")
	}
	w := worldOf(ts)
	if w.calls == nil {
		w.calls = map[string]*lastStep{}
	}
	secret, name, typed := ts.Getenv("SECRET"), args[0], args[1:]
	c := w.calls[name]
	if c == nil {
		c = &lastStep{next: ts.Getenv("WEB") + "/voice/call"}
		w.calls[name] = c
		typed = append([]string{""}, typed...)
	}
	again := len(typed) > 0 && slices.Contains(typed, "again")
	if i := slices.Index(typed, "forged"); i >= 0 {
		secret, typed = "another", slices.Delete(typed, i, i+1)
	}
	var all strings.Builder
	failed := false
	for _, digits := range typed {
		if !again {
			c.address, c.form = c.next, url.Values{
				"AccountSid": {"AC1"}, "CallSid": {name}, "From": {callersNumber}, "Caller": {callersNumber},
				"To": {"+4930901820"}, "Digits": {digits}, "Direction": {"inbound"},
			}
			if digits == "" {
				c.form.Del("Digits")
			}
		}
		status, body := callStep(ts, secret, c.address, c.form)
		all.WriteString(body + "\n")
		if failed = status >= 400; failed {
			break
		}
		var h heard
		ts.Check(xml.Unmarshal([]byte(body), &h))
		if h.Gather != nil && !again {
			c.next = h.Gather.Action
		}
	}
	say(ts, all.String())
	if neg != failed {
		ts.Fatalf("the call %s: %s", name, all.String())
	}
}

// callStep is one call of a telephone service. Its answer is held against xmllint, where that is there.
func callStep(ts *testscript.TestScript, secret, address string, form url.Values) (status int, body string) {
	signed := address
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range form {
			if !yield(k) {
				return
			}
		}
	}) {
		signed += k + form.Get(k)
	}
	h := hmac.New(sha1.New, []byte(secret))
	_, _ = io.WriteString(h, signed)
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(h.Sum(nil)))
	res, err := (&http.Client{Timeout: patience, Transport: toLoopback(nil)}).Do(req)
	ts.Check(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	ts.Check(err)
	if path, missing := exec.LookPath("xmllint"); missing == nil && res.StatusCode == http.StatusOK {
		lint := exec.Command(path, "--noout", "-")
		lint.Stdin = strings.NewReader(string(raw))
		if out, err := lint.CombinedOutput(); err != nil {
			ts.Fatalf("xmllint: %s\n%s", out, raw)
		}
	}
	return res.StatusCode, string(raw)
}
