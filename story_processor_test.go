package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tuppence/server/books"
	"tuppence/server/funding/btcpay/btcpaytest"
	"tuppence/server/funding/stripe/stripetest"
	"tuppence/server/ledger"
	"tuppence/store"
)

// Secrets of the stories' processors. Those of Stripe are live ones by their form, and real to its double alone.
const (
	stripeSecret = "whsec_StoryStoryStoryStory"
	btcpaySecret = "StoryStoryStoryStory"
)

// doubleOfStripe is the story command stripe. DEPOSIT is the id of a deposit whose page is meant:
//
//	up                            starts the double; $STRIPE is the address of its API
//	calls                         it calls $HTTP/in/card from here on
//	loses PART, finds             answers to requests with that in their method or path are lost, or not any more
//	pay, expire, fail, lie DEPOSIT      the payer pays; nobody does; the payment fails late; nothing, but it says paid
//	dispute DEPOSIT STATUS        the bank of the card's holder takes the money, or decides
//	payout DEPOSIT...             to the operator's bank
//	refund STATUS                 what becomes of the newest refund
//	back N                        how much was sent back, in minor units
//	again                         the last call once more
//	orders N                      how many orders there were
//
// Calls print what they were answered with.
func doubleOfStripe(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if len(args) == 0 || neg {
		ts.Fatalf("usage: stripe VERB [arg...]")
	}
	verb, args := args[0], args[1:]
	if verb == "up" {
		w.stripe = stripetest.New(w.t, time.Now)
		w.pages = w.stripe.OpenPages().Transport.(*http.Transport).TLSClientConfig
		ts.Setenv("STRIPE", w.stripe.URL)
		return
	}
	var pages []string
	for _, a := range args {
		if verb == "refund" || verb == "back" {
			break
		}
		pages = append(pages, w.stripe.Page(a))
	}
	switch d := w.stripe; verb {
	case "calls":
		d.Call(ts.Getenv("HTTP")+"/in/card", stripeSecret)
	case "loses":
		d.Lose("", args[0])
	case "finds":
		d.Lose("", "")
	case "pay":
		say(ts, d.Paid(pages[0])+"\n")
	case "expire":
		say(ts, d.End(pages[0])+"\n")
	case "fail":
		say(ts, d.Fail(pages[0])+"\n")
	case "lie":
		say(ts, d.Lie(pages[0])+"\n")
	case "dispute":
		say(ts, d.Disputed(pages[0], args[1])+"\n")
	case "payout":
		say(ts, d.PaidOut(pages...)+"\n")
	case "again":
		say(ts, d.Again()+"\n")
	case "refund":
		say(ts, d.Refunded(args[0])+"\n")
	case "back":
		if n := strconv.FormatInt(d.Back(), 10); n != args[0] {
			ts.Fatalf("%s were sent back, want %s", n, args[0])
		}
	case "orders":
		if n := strconv.Itoa(d.Orders()); n != args[0] {
			ts.Fatalf("%s orders, want %s", n, args[0])
		}
	default:
		ts.Fatalf("stripe: %q", verb)
	}
}

// doubleOfBTCPay is the story command btcpay:
//
//	up                            starts the double; $BTCPAY is its address, $BTCSTORE the id of its store
//	calls                         it calls $HTTP/in/ecurrency from here on
//	pay DEPOSIT VALUE             bitcoins are seen; 0.00002 are a euro
//	confirm, expire DEPOSIT       the network confirms what came; the hour is over
//	again                         the last call once more, as a delivery of its own
//
// Calls print what they were answered with.
func doubleOfBTCPay(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if len(args) == 0 || neg {
		ts.Fatalf("usage: btcpay VERB [arg...]")
	}
	switch verb, d := args[0], w.btcpay; verb {
	case "up":
		w.btcpay = btcpaytest.New(w.t, time.Now, httptest.NewServer)
		ts.Setenv("BTCPAY", w.btcpay.URL)
		ts.Setenv("BTCSTORE", btcpaytest.Store)
	case "calls":
		d.Call(ts.Getenv("HTTP")+"/in/ecurrency", btcpaySecret)
	case "pay":
		say(ts, d.Tell(args[1], func(v *btcpaytest.Invoice) string { return v.Come(args[2]) })+"\n")
	case "confirm":
		say(ts, d.Tell(args[1], (*btcpaytest.Invoice).Confirm)+"\n")
	case "expire":
		say(ts, d.Tell(args[1], (*btcpaytest.Invoice).Expire)+"\n")
	case "again":
		say(ts, d.Again()+"\n")
	default:
		ts.Fatalf("btcpay: %q", verb)
	}
}

// logged is the story command that looks into the log of the running service.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(args) != 1 || strings.Contains(w.log.String(), args[0]) == neg {
		ts.Fatalf("logged %q: %v\n%s", args, neg, w.log)
	}
}

// posted is the story command that sums up the journal of a halted service: all accounts of a class together. EUR/2000
// is the tokens of all wallets. Debits are positive.
func posted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: posted EUR/2000 -20.00")
	}
	engine, err := store.Open(ts.MkAbs("data/"+booksDir), store.Options{ReadOnly: true})
	ts.Check(err)
	defer engine.Close()
	sum := int64(0)
	ts.Check(engine.View(context.Background(), func(kv store.Reader) error {
		for rec, err := range books.Read(kv).Journal(0, 0) {
			if err != nil {
				return err
			}
			for _, p := range rec.Entry.Postings {
				if name := p.Account.String(); name == args[0] || strings.HasPrefix(name, args[0]+"/") {
					sum += p.Micros
				}
			}
		}
		return nil
	}))
	if got := (ledger.Amount{Micros: sum, Currency: "EUR"}).Number(); got != args[1] {
		ts.Fatalf("%s has %s, want %s", args[0], got, args[1])
	}
}
