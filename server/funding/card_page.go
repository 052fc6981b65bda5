package funding

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"tuppence/server/ledger"
)

// The page of the simulated processor stands in for the hosted page of a real one: the payer leaves the terminal and
// decides in a browser, and the processor calls the service. Its calls are signed, and refused otherwise.

// simulatedSecret signs the calls of this run of the program.
var simulatedSecret = []byte(rand.Text())

// signatureHeader carries the signature of a simulated call.
const signatureHeader = "Simulated-Signature"

// simulatedEvent is the body of a simulated call.
type simulatedEvent struct {
	ID    string `json:"id"`
	Order string `json:"order"`
}

func signSimulated(body []byte) string {
	mac := hmac.New(sha256.New, simulatedSecret)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Receive reads a call of the page.
func (c *SimulatedCard) Receive(_ context.Context, header http.Header, body []byte) (News, error) {
	if !hmac.Equal([]byte(header.Get(signatureHeader)), []byte(signSimulated(body))) {
		return News{}, ErrUnsigned
	}
	var e simulatedEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return News{}, err
	}
	return News{ID: e.ID, About: []Found{{Deposit: e.Order}}}, nil
}

var cardPage = template.Must(template.New("card").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Simulated card processor</title>
<style>:root{color-scheme:light dark}body{font:1.1em/1.5 system-ui;max-width:32em;margin:3em auto;padding:0 1em}
button{font:inherit;padding:.5em 1em;margin-right:1em}</style>
<h1>Simulated card processor</h1>
{{if .Open}}<p>SIMULATED: no card is charged, whatever you choose.</p>
<form method="post"><button name="do" value="pay">Pay</button><button name="do" value="decline">Decline</button></form>
{{else}}<p>This payment does not wait for anybody.</p>{{end}}
</html>`))

// Pages is the web site of the simulated processor: GET and POST /pay/{order}.
func (c *SimulatedCard) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pay/{order}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = cardPage.Execute(w, struct{ Open bool }{c.waits(r.PathValue("order"))})
	})
	mux.HandleFunc("POST /pay/{order}", func(w http.ResponseWriter, r *http.Request) {
		name, state := r.PathValue("order"), ledger.DepositSucceeded
		if r.PostFormValue("do") != "pay" {
			state = ledger.DepositFailed
		}
		if c.waits(name) {
			c.mu.Lock()
			c.take(name, state)
			c.mu.Unlock()
			if err := c.tell(r.Context(), name); err != nil { // as with a real one, the service looks it up later
				http.Error(w, "The service did not take the news: "+err.Error(), http.StatusBadGateway)
				return
			}
		}
		http.Redirect(w, r, c.Return, http.StatusSeeOther)
	})
	return mux
}

// waits tells whether an order is to be paid on the page.
func (c *SimulatedCard) waits(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[name] == ledger.DepositRequiresAction
}

// tell calls the service: something has become of an order.
func (c *SimulatedCard) tell(ctx context.Context, name string) error {
	body, err := json.Marshal(simulatedEvent{ID: rand.Text(), Order: name})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, c.News, bytes.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set(signatureHeader, signSimulated(body))
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }()
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", a.Status)
	}
	return nil
}
