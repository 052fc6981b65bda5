package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"

	gossh "golang.org/x/crypto/ssh"
)

// person is a key at an address.
type person struct {
	s    *siege
	key  gossh.Signer
	seed []byte // of the key
	from string
}

func (s *siege) person(from string) *person {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err) // the machine has no randomness
	}
	key, err := gossh.NewSignerFromKey(private)
	if err != nil {
		panic(err)
	}
	return &person{s, key, private.Seed(), from}
}

// login opens an SSH connection that ends with ctx.
func (p *person) login(ctx context.Context) (*gossh.Client, error) {
	conn, err := p.s.dial(ctx, p.from, p.s.service.ssh)
	if err != nil {
		return nil, err
	}
	cc, chans, reqs, err := gossh.NewClientConn(conn, "localhost", &gossh.ClientConfig{
		User: "any", Auth: []gossh.AuthMethod{gossh.PublicKeys(p.key)},
		HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return gossh.NewClient(cc, chans, reqs), nil
}

// command runs one command on a connection; the error has its output.
func command(c *gossh.Client, line string) (string, error) {
	session, err := c.NewSession()
	if err != nil {
		return "", err
	}
	defer session.Close()
	out, err := session.CombinedOutput(line)
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", line, err, out)
	}
	return string(out), err
}

// run logs in, runs commands one after the other, and returns the output of the last.
func (p *person) run(ctx context.Context, lines ...string) (out string, err error) {
	c, err := p.login(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()
	for _, line := range lines {
		if out, err = command(c, line); err != nil {
			break
		}
	}
	return out, err
}

// open opens a screen and reads what it draws until it ends. It can be typed into.
func open(c *gossh.Client, line string) (keys io.Writer, ended <-chan struct{}, err error) {
	session, err := c.NewSession()
	if err != nil {
		return nil, nil, err
	}
	keys, err = session.StdinPipe()
	if err == nil {
		err = session.RequestPty("xterm-256color", 24, 80, gossh.TerminalModes{})
	}
	var drawn io.Reader
	if err == nil {
		drawn, err = session.StdoutPipe()
	}
	if err == nil && line != "" {
		err = session.Start(line)
	} else if err == nil {
		err = session.Shell()
	}
	if err != nil {
		return nil, nil, err
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _, _ = io.Copy(io.Discard, drawn) }()
	return keys, gone, nil
}

// stall is a vendor with one offer.
type stall struct{ Name, Key, Offer string }

// openStall opens a vendor's account.
func (s *siege) openStall(ctx context.Context, name, price string) (*stall, error) {
	out, err := s.operator.run(ctx, "vendor create "+name+" --origin https://"+name+".example --json")
	if err != nil {
		return nil, err
	}
	v := &stall{Name: name}
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		return nil, err
	}
	v.Key = made.Key
	var offer struct{ ID string }
	_, err = s.api(ctx, v, "127.0.0.1", "/offers", `{"title":"How rivers freeze","kind":"content","price":{"amount":"`+
		price+`","currency":"EUR"},"content_url":"https://`+name+`.example/rivers","views":5,"days":30}`, &offer)
	v.Offer = offer.ID
	return v, err
}

// api posts a call of a vendor from an address. Into is filled where the call was successful; else the error says why.
func (s *siege) api(ctx context.Context, v *stall, from, path, body string, into any) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.service.http+"/v1"+path,
		bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+v.Key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", rand.Text())
	line := http.Transport{
		DisableKeepAlives: true, // the connection ends with the call
		DialContext: func(ctx context.Context, _, to string) (net.Conn, error) {
			return s.dial(context.WithoutCancel(ctx), from, to)
		},
	}
	res, err := (&http.Client{Transport: &line, Timeout: patience}).Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s: %s", path, res.Status, raw)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(raw, into)
	}
	return res.StatusCode, err
}

// allow opens a purchase window and lets a vendor charge; it returns the link.
func (p *person) allow(ctx context.Context, v *stall) (link string, err error) {
	out, err := p.run(ctx, "window", "link "+v.Name+" --per-charge 0.50 --budget 20 --period month --json")
	var made struct{ ID string }
	if err == nil {
		err = json.Unmarshal([]byte(out), &made)
	}
	return made.ID, err
}

// charge sells the vendor's offer over a link.
func (v *stall) charge(link string) string {
	return `{"link_id":"` + link + `","offer_id":"` + v.Offer + `"}`
}
