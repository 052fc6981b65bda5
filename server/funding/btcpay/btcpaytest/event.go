package btcpaytest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"testing"
)

// Signed is the header of a call.
func Signed(secret string, body []byte) http.Header {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return http.Header{"Btcpay-Sig": {"sha256=" + hex.EncodeToString(m.Sum(nil))}}
}

// Event is the body of a call with some fields changed, held against a schema of the published description.
func Event(t testing.TB, schema string, change map[string]any) []byte {
	t.Helper()
	fields := map[string]any{
		"deliveryId": "d1", "webhookId": "w1", "originalDeliveryId": "d1", "isRedelivery": false, "type": "InvoiceSettled",
		"timestamp": 1592312018, "storeId": Store, "invoiceId": "inv1", "metadata": map[string]any{"orderId": Order},
		"manuallyMarked": false, "overPaid": true,
	}
	maps.Copy(fields, change)
	body, err := json.MarshalIndent(fields, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var read any
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatal(err)
	}
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas[schema].Value.VisitJSON(read); err != nil {
		t.Fatalf("BTCPay does not send this: %v", err)
	}
	return body
}

// hook is where calls go.
type hook struct {
	to, secret string
	sent       int
	last       map[string]any
}

// Call says where calls go from now on, and by which secret they are signed.
func (d *Double) Call(to, secret string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hook.to, d.hook.secret = to, secret
}

// Tell has something happen to the invoice of an order and calls about it. It returns what the call was answered with.
func (d *Double) Tell(order string, happens func(*Invoice) (event string)) (answered string) {
	d.mu.Lock()
	v := d.invoice(func(v *Invoice) bool { return v.Order == order })
	if v == nil {
		d.mu.Unlock()
		return "there is no invoice for " + order
	}
	d.hook.sent++
	id := "delivery" + strconv.Itoa(d.hook.sent)
	d.hook.last = map[string]any{
		"type": happens(v), "deliveryId": id, "originalDeliveryId": id, "timestamp": d.now().Unix(),
		"invoiceId": v.ID, "metadata": map[string]any{"orderId": v.Order},
	}
	last := d.hook.last
	d.mu.Unlock()
	return d.send(last)
}

// Again delivers the last call once more: under an id of its own, as BTCPay does.
func (d *Double) Again() (answered string) {
	d.mu.Lock()
	d.hook.sent++
	last := maps.Clone(d.hook.last)
	last["deliveryId"], last["isRedelivery"] = "delivery"+strconv.Itoa(d.hook.sent), true
	d.mu.Unlock()
	return d.send(last)
}

// send calls. Nobody may hold the lock: the service asks back before it answers.
func (d *Double) send(fields map[string]any) (answered string) {
	body := Event(d.t, "WebhookInvoiceEvent", fields)
	d.mu.Lock()
	to, header := d.hook.to, Signed(d.hook.secret, body)
	d.mu.Unlock()
	q, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	q.Header = header
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return fmt.Sprintf("nothing: %v", err)
	}
	_ = a.Body.Close()
	return a.Status
}
