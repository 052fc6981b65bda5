package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
)

// browserAttempts are ways in which others have a browser, which a wallet knows, buy at the stall: the headers that it
// sends, and what it asks for.
var browserAttempts = []struct {
	name    string
	method  string
	headers string // one after the other, with a line break between them
	order   string // in place of what the stall sells
	cookies func(lid, did string) string
}{
	{name: "nobody says who has sent it"},
	{name: "another site", headers: "Referer: https://evil.example/x"},
	{name: "a site with a longer name", headers: "Referer: https://stall.example.evil.example/"},
	{name: "a site behind a user name", headers: "Referer: https://stall.example@evil.example/"},
	{name: "the site without TLS", headers: "Referer: http://stall.example/"},
	{name: "the site on another port", headers: "Referer: https://stall.example:8443/"},
	{name: "no origin, and another site", headers: "Origin: null\nReferer: https://evil.example/"},
	{name: "a frame", headers: "Referer: https://stall.example/\nSec-Fetch-Dest: iframe"},
	{name: "a picture", headers: "Referer: https://stall.example/\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image"},
	{name: "a program of the page", headers: "Referer: https://stall.example/\nSec-Fetch-Mode: cors"},
	{name: "in advance", headers: "Referer: https://stall.example/\nSec-Purpose: prefetch"},
	{name: "a look", method: http.MethodHead, headers: "Referer: https://stall.example/"},
	{name: "a form", method: http.MethodPost, headers: "Origin: https://stall.example"},
	{
		name: "a changed login id", headers: "Referer: https://stall.example/",
		cookies: func(lid, _ string) string { return "lid=" + lid[:60] + "AAAA" + lid[64:] },
	},
	{
		name: "a changed device id", headers: "Referer: https://stall.example/",
		cookies: func(_, did string) string { return "did=" + did[:40] + "AAAA" + did[44:] },
	},
	{
		name: "a device id in place of a login id", headers: "Referer: https://stall.example/",
		cookies: func(_, did string) string { return "lid=" + did },
	},
	{
		name: "more than was allowed", headers: "Referer: https://stall.example/",
		order: `"price":{"amount":"0.51","currency":"EUR"}`,
	},
	{
		name: "another currency", headers: "Referer: https://stall.example/",
		order: `"price":{"amount":"0.25","currency":"USD"}`,
	},
}

// throughDoors tries what nobody may through the doors that need no key: nothing comes of it.
func throughDoors(ctx context.Context, s *siege) error {
	ann := s.person("127.0.13.1")
	if _, err := ann.run(ctx, "join --accept", "fund 10.00 EUR --method card"); err != nil {
		return err
	}
	b, err := s.knownBrowser(ctx, ann)
	if err != nil {
		return err
	}
	bought := 0
	for _, a := range browserAttempts {
		to, err := b.attempt(ctx, a.method, a.headers, a.order, a.cookies)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if strings.Contains(to, "code=") {
			bought++
			fmt.Fprintln(s.t.Output(), "  a browser has bought by", a.name)
		}
	}
	s.report.count(fmt.Sprintf("of %d attempts by a browser bought", len(browserAttempts)), bought, 0)
	if err := b.atTheLimit(ctx); err != nil {
		return err
	}
	return s.byPhone(ctx)
}

// known is a browser that a wallet knows.
type known struct {
	s        *siege
	owner    *person
	client   *http.Client
	lid, did string
}

var (
	txnOf    = regexp.MustCompile(`/c/(txn_[0-9a-z]+)`)
	numberOf = regexp.MustCompile(`class="code">([0-9]{2})<`)
)

// request has the stall ask for a purchase; it returns the address of its page, and the code.
func (k *known) request(ctx context.Context, price string) (page, code string, err error) {
	if price == "" {
		price = `"price":{"amount":"0.25","currency":"EUR"}`
	}
	var made struct {
		URL  string
		Code string `json:"user_code"`
	}
	_, err = k.s.api(ctx, k.s.stall, k.owner.from, "/checkouts", `{"offer":{"title":"Rivers","kind":"content",`+price+
		`,"content_url":"https://stall.example/r","views":1,"days":1},"success_url":"https://stall.example/paid"}`, &made)
	return "http://localhost:" + port(k.s.service.http) + txnOf.FindString(made.URL), made.Code, err
}

func port(addr string) string { return addr[strings.LastIndex(addr, ":")+1:] }

// knownBrowser is a browser whose person has named the number of its page to a stall that may sell.
func (s *siege) knownBrowser(ctx context.Context, owner *person) (*known, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	k := &known{s: s, owner: owner, client: &http.Client{
		Jar: jar, Timeout: patience, Transport: toLoopback(nil),
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Hostname() != "localhost" {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
	if _, err := owner.allow(ctx, s.stall); err != nil {
		return nil, err
	}
	page, code, err := k.request(ctx, "")
	if err != nil {
		return nil, err
	}
	res, body, err := k.visit(ctx, k.client, http.MethodGet, page, "Referer: https://stall.example/")
	if err != nil {
		return nil, err
	}
	number := numberOf.FindStringSubmatch(body)
	if number == nil {
		return nil, fmt.Errorf("%s: %s has no number:\n%s", page, res.Status, body)
	}
	if _, err := owner.run(ctx, "approve "+code+" --expect 0.25 --match "+number[1]); err != nil {
		return nil, err
	}
	if _, _, err := k.visit(ctx, k.client, http.MethodGet, page+"/return", ""); err != nil {
		return nil, err
	}
	at, err := url.Parse(page)
	if err != nil {
		return nil, err
	}
	for _, c := range jar.Cookies(at) {
		switch c.Name {
		case "lid":
			k.lid = c.Value
		case "did":
			k.did = c.Value
		}
	}
	if k.lid == "" || k.did == "" {
		return nil, fmt.Errorf("the browser keeps %v", jar.Cookies(at))
	}
	return k, nil
}

// visit asks for a page.
func (k *known) visit(
	ctx context.Context, client *http.Client, method, page, headers string,
) (res *http.Response, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, page, nil)
	if err != nil {
		return nil, "", err
	}
	for line := range strings.SplitSeq(headers, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			req.Header.Set(name, value)
		}
	}
	if res, err = client.Do(req); err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res, string(raw), err
}

// attempt returns where a browser is sent by a new request of the stall.
func (k *known) attempt(
	ctx context.Context, method, headers, order string, cookies func(lid, did string) string,
) (to string, err error) {
	page, _, err := k.request(ctx, order)
	if err != nil {
		return "", err
	}
	client := k.client
	if cookies != nil {
		other := *client
		other.Jar, client = nil, &other
		headers += "\nCookie: " + cookies(k.lid, k.did)
	}
	if method == "" {
		method = http.MethodGet
	}
	res, _, err := k.visit(ctx, client, method, page, headers)
	if err != nil {
		return "", err
	}
	return res.Header.Get("Location"), nil
}

// atTheLimit has 64 pages of one browser buy at once: the day has room for two.
func (k *known) atTheLimit(ctx context.Context) error {
	_, err := k.owner.run(ctx, "link "+k.s.stall.Name+" --per-charge 0.50 --budget 0.75 --period day --yes")
	if err != nil {
		return err
	}
	var sold, failed atomic.Int64
	each(ctx, 64, 16, func(int) {
		to, err := k.attempt(ctx, "", "Referer: https://stall.example/", "", nil)
		switch {
		case err != nil:
			failed.Add(1)
		case strings.Contains(to, "code="):
			sold.Add(1)
		}
	})
	k.s.report.count("of 64 purchases at once, with room for 2", int(sold.Load()), 2)
	k.s.report.count("of them without an answer", int(failed.Load()), 0)
	return nil
}
