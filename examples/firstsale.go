// A first sale in Go, and nothing else:  KEY=sk_test_… go run examples/firstsale.go
// KEY is the vendor's API key, and SITE the origin that its account was opened for. Whoever runs this may type a charge
// (chg_…): its money goes back.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

var (
	apiKey   = os.Getenv("KEY")
	tuppence = cmp.Or(os.Getenv("TUPPENCE"), "http://127.0.0.1:8080")
	port     = cmp.Or(os.Getenv("PORT"), "8090")
	site     = cmp.Or(os.Getenv("SITE"), "http://localhost:"+port)

	offer, hook thing // what is sold, and where events go
)

// object is what we send, and thing what we read of an answer, whichever it is.
type (
	object map[string]any
	thing  struct {
		ID, URL, Secret string
		Used            int `json:"views_used"`
		Amount          struct{ Amount, Currency string }
		Charge, Grant   *thing
	}
)

// refusal is problem+json: a code for programs, and for people what was wrong and what to do.
type refusal struct {
	Status               int
	Code, Detail, Remedy string
}

func (r *refusal) Error() string { return r.Detail + " " + r.Remedy }

// post calls the service. Sent again with the same idempotency key, because no answer came, it acts once.
func post(path, key string, body object) (got thing, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return got, err
	}
	req, err := http.NewRequest(http.MethodPost, tuppence+"/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return got, err
	}
	req.Header = http.Header{
		"Authorization": {"Bearer " + apiKey}, "Content-Type": {"application/json"}, "Idempotency-Key": {key},
	}
	res, err := (&http.Client{Timeout: 15 * time.Second}).Do(req)
	if err != nil {
		return got, err
	}
	defer res.Body.Close()
	if res.StatusCode < http.StatusBadRequest {
		err = json.NewDecoder(res.Body).Decode(&got)
		return got, err
	}
	no := &refusal{}
	if err := json.NewDecoder(res.Body).Decode(no); err != nil {
		return got, err
	}
	fmt.Printf("refused: %d %s: %s\n", no.Status, no.Code, no)
	return got, no
}

// genuine tells whether an event is signed with our secret and no older than five minutes (Standard Webhooks). While a
// secret is replaced it has a signature by each of the two.
func genuine(h http.Header, body []byte) bool {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hook.Secret, "whsec_"))
	at, wrong := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || wrong != nil || time.Since(time.Unix(at, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%d.%s", h.Get("webhook-id"), at, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for s := range strings.SplitSeq(h.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(s), []byte(want)) {
			return true
		}
	}
	return false
}

// read is the article. A view is counted before anything is handed out; a reader without one sees the price.
func read(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if grant, err := r.Cookie("grant"); err == nil {
		path := "/grants/" + url.PathEscape(grant.Value) + "/consume"
		used, err := post(path, rand.Text(), object{"request_id": rand.Text()})
		var no *refusal
		switch {
		case err == nil:
			fmt.Fprintf(w, "<h1>How rivers freeze</h1><p>Reading %d of 2: first there is frazil.", used.Used)
			return
		case !errors.As(err, &no) || no.Status >= http.StatusInternalServerError:
			http.Error(w, err.Error(), http.StatusBadGateway) // nothing is known: the reader may have paid
			return
		}
	}
	w.WriteHeader(http.StatusPaymentRequired)
	fmt.Fprint(w, `<h1>How rivers freeze</h1><form method="post" action="/buy"><button>Read for 0.25 EUR</button></form>`)
}

// buy sends the browser to the service, and the reader says yes or no in the wallet.
func buy(w http.ResponseWriter, r *http.Request) {
	checkout, err := post("/checkouts", rand.Text(), object{
		"offer_id": offer.ID, "mode": "charge", "success_url": site + "/paid", "cancel_url": site + "/",
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, checkout.URL, http.StatusSeeOther)
}

// paid takes the browser that is back with a code, which is worth nothing without our API key: it becomes a charge and
// a grant.
func paid(w http.ResponseWriter, r *http.Request) {
	id := url.PathEscape(r.FormValue("checkout"))
	sold, err := post("/checkouts/"+id+"/redeem", "redeem "+id, object{"code": r.FormValue("code")})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Printf("sold: %s for %s %s\n", sold.Charge.ID, sold.Charge.Amount.Amount, sold.Charge.Amount.Currency)
	http.SetCookie(w, &http.Cookie{
		Name: "grant", Value: sold.Grant.ID, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(site, "https:"),
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// receive is told what has happened. What is not signed is not read.
func receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	var event struct {
		Type string
		Data thing
	}
	if err != nil || !genuine(r.Header, body) || json.Unmarshal(body, &event) != nil {
		fmt.Println("event: forged")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	fmt.Printf("event: %s %s\n", event.Type, event.Data.ID)
	w.WriteHeader(http.StatusNoContent)
}

func main() {
	// The keys are the same at every start, so a second one makes no second offer, and has the same secret again. After
	// the secret was replaced keep the new one instead.
	var err error
	if offer, err = post("/offers", "offer "+site, object{
		"title": "How rivers freeze", "price": object{"amount": "0.25", "currency": "EUR"},
		"kind": "content", "content_url": site + "/", "views": 2, "days": 30,
	}); err != nil {
		log.Fatal(err)
	}
	if hook, err = post("/webhook_endpoints", "hook "+site, object{"url": site + "/hook"}); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /{$}", read)
	http.HandleFunc("POST /buy", buy)
	http.HandleFunc("GET /paid", paid)
	http.HandleFunc("POST /hook", receive)
	listening, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("selling: %s at %s/\n", offer.ID, site)
	go func() { log.Fatal(http.Serve(listening, nil)) }()

	// All that is left of a charge goes back.
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		refund, err := post("/refunds", "refund "+lines.Text(), object{"charge_id": lines.Text()})
		if err != nil {
			fmt.Println("not refunded:", err)
			continue
		}
		fmt.Printf("refunded: %s %s\n", refund.Amount.Amount, refund.Amount.Currency)
	}
	select {}
}
