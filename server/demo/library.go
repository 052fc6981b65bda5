package demo

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A buyer opens an article from the wallet, too: the service comes for it with the signed token of the grant. That view
// is counted there already, so the site only looks whether the token is good: by the public keys, without a call for
// each.

// ticket is what a token says of a grant (RFC 7519).
type ticket struct {
	Expires  int64  `json:"exp"`
	Sites    sites  `json:"aud"`
	Resource string `json:"res"`
}

// sites are whom a token is for: one text, or a list of them.
type sites []string

// UnmarshalJSON reads both forms.
func (s *sites) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*s = sites{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(s))
}

// bearer is the token of a request, "" for a browser.
func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// hand gives an article to who comes with a token for it, as a small page without a frame around it.
func (n *Newspaper) hand(w http.ResponseWriter, r *http.Request, a *article) {
	if err := n.admit(r.Context(), bearer(r), n.url+"/a/"+a.Slug, time.Now()); err != nil {
		n.log.Info("a token is refused", "article", a.Slug, "error", err)
		http.Error(w, "This token does not open the article.", http.StatusForbidden)
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<article><h1>%s</h1>\n", html.EscapeString(a.Title))
	for _, p := range a.Paragraphs {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(p))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(b.String() + "</article>\n")) // who went away needs no answer
}

// admit checks a token: signed by the service, for this site and this article, and not over.
func (n *Newspaper) admit(ctx context.Context, token, resource string, now time.Time) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("no token")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	keys, err := n.publicKeys(ctx)
	if err != nil {
		return err
	}
	signed := func(k ed25519.PublicKey) bool { return ed25519.Verify(k, []byte(parts[0]+"."+parts[1]), signature) }
	if !slices.ContainsFunc(keys, signed) {
		return errors.New("not signed by the service")
	}
	var head struct {
		Type string `json:"typ"`
	}
	var t ticket
	if err := errors.Join(part(parts[0], &head), part(parts[1], &t)); err != nil {
		return err
	}
	switch {
	case head.Type != "grant+jwt":
		return errors.New("another kind of token")
	case now.Unix() >= t.Expires:
		return errors.New("over")
	case !slices.Contains(t.Sites, n.url) || t.Resource != resource:
		return errors.New("for something else")
	}
	return nil
}

// part reads one of the first two parts of a token.
func part(text string, to any) error {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, to)
}

// publicKeys are the keys that sign tokens (RFC 8037).
func (n *Newspaper) publicKeys(ctx context.Context) (all []ed25519.PublicKey, err error) {
	var set struct {
		Keys []struct {
			Curve string `json:"crv"`
			X     string `json:"x"`
		} `json:"keys"`
	}
	root := api{base: strings.TrimSuffix(n.api.base, "/v1"), client: n.api.client} // keys are public: no API key is sent
	if err := root.get(ctx, "/.well-known/jwks.json", &set); err != nil {
		return nil, err
	}
	for _, k := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err == nil && k.Curve == "Ed25519" && len(x) == ed25519.PublicKeySize {
			all = append(all, x)
		}
	}
	return all, nil
}
