// Package httpsig reads signatures of HTTP requests (RFC 9421) by ed25519 keys, as an SSH agent can make them. It knows
// no keys: who has read a signature looks for the key that it names, and asks whether it is by that one.
package httpsig

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

const (
	// Skew is how far the clock of who signs may be off, either way.
	Skew = 5 * time.Minute
	// maxComponents bounds what a signature covers, maxField the bytes of each of its two fields.
	maxComponents, maxField = 16, 4 << 10
	algorithm               = "ed25519"
)

// Request is what a signature may cover. Method and header are as they came. The target is absolute: scheme and host
// are those that this service is configured with, since the Host header is the client's word; path and query are as
// they came.
type Request struct {
	Method string
	Target *url.URL
	Header http.Header
}

// Of is a request at the service of a base URL, which has no slash at the end.
func Of(r *http.Request, base string) (Request, error) {
	target, err := url.Parse(base + r.URL.RequestURI())
	return Request{Method: r.Method, Target: target, Header: r.Header}, err
}

// Signature is the one signature of a request, not yet compared with a key.
type Signature struct {
	KeyID   string // of the key that is said to have signed
	Nonce   string
	Tag     string // what the signature is for; "" for what needs none
	Created time.Time
	Expires time.Time // zero: said nothing

	base  []byte // the bytes that are signed, RFC 9421 section 2.5
	value []byte
}

// Read reads the signature of a request. It has to cover all of need, may cover more, and is for the tag and nothing
// else. Each error says in a few words what is wrong.
func Read(r Request, tag string, need []string, now time.Time) (Signature, error) {
	covered, value, err := fields(r.Header)
	if err != nil {
		return Signature{}, err
	}
	s, err := params(covered.Params)
	if err != nil {
		return Signature{}, err
	}
	switch {
	case s.Tag != tag:
		return s, fmt.Errorf("it is for the tag %q and not for %q", s.Tag, tag)
	case now.Sub(s.Created) > Skew, s.Created.Sub(now) > Skew:
		return s, fmt.Errorf("created is more than %d seconds from now", int(Skew.Seconds()))
	case !s.Expires.IsZero() && !now.Before(s.Expires):
		return s, fmt.Errorf("it has expired")
	}
	s.value = value
	s.base, err = base(r, covered, need)
	return s, err
}

// By tells whether a key has made the signature.
func (s Signature) By(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && len(s.value) == ed25519.SignatureSize && len(s.base) > 0 &&
		ed25519.Verify(key, s.base, s.value)
}

// fields reads the two fields of a request that has exactly one signature.
func fields(h http.Header) (covered httpsfv.InnerList, value []byte, err error) {
	input, signature := h.Values("Signature-Input"), h.Values("Signature")
	if len(input) != 1 || len(signature) != 1 {
		return covered, nil, fmt.Errorf("one Signature-Input and one Signature are needed")
	}
	if len(input[0]) > maxField || len(signature[0]) > maxField {
		return covered, nil, fmt.Errorf("it is too long")
	}
	inputs, err := httpsfv.UnmarshalDictionary(input)
	if err != nil || len(inputs.Names()) != 1 {
		return covered, nil, fmt.Errorf("Signature-Input is not one signature")
	}
	signatures, err := httpsfv.UnmarshalDictionary(signature)
	if err != nil || len(signatures.Names()) != 1 || signatures.Names()[0] != inputs.Names()[0] {
		return covered, nil, fmt.Errorf("Signature is not the one that Signature-Input names")
	}
	member, _ := inputs.Get(inputs.Names()[0])
	covered, isList := member.(httpsfv.InnerList)
	member, _ = signatures.Get(inputs.Names()[0])
	item, isItem := member.(httpsfv.Item)
	if !isList || !isItem || len(covered.Items) > maxComponents {
		return covered, nil, fmt.Errorf("Signature-Input is no list, or names too much")
	}
	value, isBytes := item.Value.([]byte)
	if !isBytes || len(value) != ed25519.SignatureSize {
		return covered, nil, fmt.Errorf("Signature is not the 64 bytes of an ed25519 signature")
	}
	return covered, value, nil
}

// params reads the parameters of a signature. What is not known is signed, too, and means nothing here.
func params(p *httpsfv.Params) (s Signature, err error) {
	text := func(name string, to *string) {
		if v, has := p.Get(name); has {
			var is bool
			if *to, is = v.(string); !is && err == nil {
				err = fmt.Errorf("the parameter %s is no string", name)
			}
		}
	}
	instant := func(name string, to *time.Time) {
		if v, has := p.Get(name); has {
			seconds, is := v.(int64)
			if !is && err == nil {
				err = fmt.Errorf("the parameter %s is no whole number of seconds", name)
			}
			*to = time.Unix(seconds, 0)
		}
	}
	alg := algorithm
	text("keyid", &s.KeyID)
	text("nonce", &s.Nonce)
	text("tag", &s.Tag)
	text("alg", &alg)
	instant("created", &s.Created)
	instant("expires", &s.Expires)
	switch {
	case err != nil:
	case alg != algorithm:
		err = fmt.Errorf("alg has to be %q", algorithm)
	case s.KeyID == "":
		err = fmt.Errorf("keyid is missing")
	case s.Created.IsZero():
		err = fmt.Errorf("created is missing")
	}
	return s, err
}

// base is what is signed: each component that is covered, in order, and the parameters (RFC 9421 section 2.5).
func base(r Request, covered httpsfv.InnerList, need []string) ([]byte, error) {
	var out strings.Builder
	var names []string
	for _, item := range covered.Items {
		name, is := item.Value.(string)
		if !is || len(item.Params.Names()) > 0 {
			return nil, fmt.Errorf("a covered component has parameters, which is not understood here")
		}
		if slices.Contains(names, name) {
			return nil, fmt.Errorf("%q is covered twice", name)
		}
		names = append(names, name)
		value, err := component(r, name)
		if err != nil {
			return nil, err
		}
		_, _ = fmt.Fprintf(&out, "%q: %s\n", name, value)
	}
	for _, name := range need {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%q has to be covered", name)
		}
	}
	signed, err := httpsfv.Marshal(covered)
	if err != nil {
		return nil, fmt.Errorf("Signature-Input has no canonical form")
	}
	_, _ = fmt.Fprintf(&out, "%q: %s", "@signature-params", signed)
	return []byte(out.String()), nil
}

// component is the value of what is covered: a derived component (RFC 9421 section 2.2), or a field that comes once.
func component(r Request, name string) (string, error) {
	switch name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return r.Target.String(), nil
	case "@authority":
		return strings.ToLower(r.Target.Host), nil
	case "@path":
		return r.Target.EscapedPath(), nil
	case "@query":
		return "?" + r.Target.RawQuery, nil
	}
	values := r.Header.Values(name)
	if name != strings.ToLower(name) || strings.HasPrefix(name, "@") || len(values) != 1 {
		return "", fmt.Errorf("%q is covered, and not understood or not there once", name)
	}
	return strings.TrimSpace(values[0]), nil
}

// Digest is the Content-Digest of a body (RFC 9530).
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// CheckDigest tells whether the Content-Digest of a request is that of its body. Only SHA-256 is understood.
func CheckDigest(h http.Header, body []byte) bool {
	got := h.Values("Content-Digest")
	return len(got) == 1 && subtle.ConstantTimeCompare([]byte(got[0]), []byte(Digest(body))) == 1
}

// Sign signs a request with a key, by its id, over these components: what [Read] reads. Signer gives the 64 bytes of an
// ed25519 signature.
func Sign(r Request, keyID string, cover []string, now time.Time, signer func([]byte) ([]byte, error)) error {
	covered := httpsfv.InnerList{Params: httpsfv.NewParams()}
	for _, name := range cover {
		covered.Items = append(covered.Items, httpsfv.NewItem(name))
	}
	covered.Params.Add("created", now.Unix())
	covered.Params.Add("keyid", keyID)
	covered.Params.Add("alg", algorithm)
	signed, err := base(r, covered, nil)
	if err != nil {
		return err
	}
	value, err := signer(signed)
	if err != nil {
		return err
	}
	input, signature := httpsfv.NewDictionary(), httpsfv.NewDictionary()
	input.Add("sig", covered)
	signature.Add("sig", httpsfv.NewItem(value))
	for name, field := range map[string]*httpsfv.Dictionary{"Signature-Input": input, "Signature": signature} {
		text, err := httpsfv.Marshal(field)
		if err != nil {
			return err
		}
		r.Header.Set(name, text)
	}
	return nil
}
