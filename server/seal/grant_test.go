package seal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

// A grant token is checked offline with the public key, for its audience and while it lives.
func TestGrantToken(t *testing.T) {
	s := sealer(t, "one")
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	left := int64(4)
	token, err := s.GrantToken(GrantClaims{
		Claims: jwt.Claims{
			Issuer: "https://tuppence.example", Audience: jwt.Audience{"https://news.example"}, Subject: "w_1", ID: "grt_1",
			IssuedAt: jwt.NewNumericDate(at), Expiry: jwt.NewNumericDate(at.Add(GrantLife)),
		},
		Resource: "https://news.example/rivers", ViewsLeft: &left,
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.OpenGrantToken(token, "https://news.example", at.Add(time.Minute))
	if err != nil || c.ID != "grt_1" || *c.ViewsLeft != 4 {
		t.Errorf("OpenGrantToken = %+v, %v", c, err)
	}
	if _, err := s.OpenGrantToken(token, "https://evil.example", at); err == nil {
		t.Error("another audience opens the token")
	}
	if _, err := s.OpenGrantToken(token, "https://news.example", at.Add(GrantLife+time.Second)); err == nil {
		t.Error("the token outlives itself")
	}
	if _, err := sealer(t, "two").OpenGrantToken(token, "https://news.example", at); err == nil {
		t.Error("another service's key opens the token")
	}
	if keys := s.JWKS(); len(keys.Keys) != 1 || !keys.Keys[0].IsPublic() {
		t.Errorf("JWKS has %d keys, or a private one", len(keys.Keys))
	}
}

// A vendor's site asks for a grant, gets a token with it, and checks each reading against the token alone.
func ExampleSealer_GrantToken() {
	s, err := New(make([]byte, MasterSize), strings.NewReader(""))
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	token, err := s.GrantToken(GrantClaims{
		Claims: jwt.Claims{
			Audience: jwt.Audience{"https://news.example"}, ID: s.Grant(1), Expiry: jwt.NewNumericDate(now.Add(GrantLife)),
		},
		Resource: "https://news.example/rivers",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := s.OpenGrantToken(token, "https://news.example", now)
	fmt.Println(claims.Resource, err)
	_, err = s.OpenGrantToken(token, "https://news.example", now.Add(time.Hour))
	fmt.Println(err)
	// Output:
	// https://news.example/rivers <nil>
	// go-jose/go-jose/jwt: validation failed, token is expired (exp)
}

func FuzzOpenGrantToken(f *testing.F) {
	s, now := sealer(f, "one"), time.Unix(1_800_000_000, 0)
	good, err := s.GrantToken(GrantClaims{Claims: jwt.Claims{
		Audience: jwt.Audience{"https://news.example"}, Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := s.OpenGrantToken(token, "https://news.example", now)
		// The last letter has bits that belong to no byte: base64 of RFC 7515 does not forbid to set them.
		if err == nil && !strings.HasPrefix(token, good[:len(good)-1]) {
			t.Errorf("%q is taken for a token: %+v", token, c)
		}
	})
}
