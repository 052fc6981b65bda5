package voice

import (
	"bytes"
	"encoding/xml"
	"net/url"

	"tuppence/server/view"
)

// response is a TwiML document: verbs in their order.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Verbs   []any
}

type say struct {
	XMLName xml.Name `xml:"Say"`
	Text    string   `xml:",chardata"`
}

// gather asks for digits. Its texts are heard while they may be typed already.
type gather struct {
	XMLName xml.Name `xml:"Gather"`
	Input   string   `xml:"input,attr"`
	Digits  int      `xml:"numDigits,attr"`
	Timeout int      `xml:"timeout,attr"`
	Method  string   `xml:"method,attr"`
	Action  string   `xml:"action,attr"`
	Verbs   []any
}

type dial struct {
	XMLName xml.Name `xml:"Dial"`
	Number  string   `xml:",chardata"`
}

type hangup struct {
	XMLName xml.Name `xml:"Hangup"`
}

// digitsTime is how many seconds of silence end what is typed.
const digitsTime = 10

// twiml writes an answer. Each text is a verb of its own, so that a stranger's begins and ends where we say; the
// encoder leaves none of its marks.
func twiml(base string, s view.Spoken) ([]byte, error) {
	texts := make([]any, 0, len(s.Say))
	for _, text := range s.Say {
		texts = append(texts, say{Text: text})
	}
	r := response{}
	switch {
	case s.Digits > 0:
		r.Verbs = []any{
			gather{
				Input: "dtmf", Digits: s.Digits, Timeout: digitsTime, Method: "POST",
				Action: base + step + "?state=" + url.QueryEscape(s.State), Verbs: texts,
			},
			say{Text: "Nothing was typed. Goodbye."},
			hangup{},
		}
	case s.Dial != "":
		r.Verbs = append(texts, dial{Number: s.Dial})
	default:
		r.Verbs = append(texts, hangup{})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	err := xml.NewEncoder(&b).Encode(r)
	return b.Bytes(), err
}
