package hook

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/x402"
)

// A vendor with a library of x402 asks here whether a payment is good, and takes the money. What is decided is answered
// with 200, also a no: sellers take an error for "nothing is known" and withhold what they sell.

// errDigest says that a body is not the one that was signed.
var errDigest = errors.New("content-digest is not that of the body")

// facilitatorRoutes are x402's own: they are in its document and not in ours.
func (a *api) facilitatorRoutes() {
	a.served.HandleFunc("GET /x402/supported", a.supported)
	a.served.HandleFunc("POST /x402/verify", func(w http.ResponseWriter, r *http.Request) {
		a.facilitate(w, r, "charges:read", a.verify)
	})
	a.served.HandleFunc("POST /x402/settle", func(w http.ResponseWriter, r *http.Request) {
		a.facilitate(w, r, "charges:write", a.settle)
	})
}

// facilitate reads what a seller sends, and answers what act decides.
func (a *api) facilitate(
	w http.ResponseWriter, r *http.Request, scope string,
	act func(*http.Request, *server.Seller, x402.Presented) (any, error),
) {
	seller, err := a.vendor(r, w.Header(), scope)
	if err != nil {
		a.write(w, a.problem(r.Context(), err))
		return
	}
	var in x402.Presented
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil || in.Version != x402.Version {
		a.write(w, a.problem(r.Context(), ledger.Invalid("body",
			"Send x402Version 2, paymentPayload and paymentRequirements.", "This is no request of x402 version 2.")))
		return
	}
	out, err := act(r, seller, in)
	if err != nil {
		a.write(w, a.problem(r.Context(), err))
		return
	}
	writeJSON(w, http.StatusOK, out)
}

// writeJSON answers with a document.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client went away: there is no one to tell
}

// supported tells what this service understands. It needs no key: a seller asks before it sells.
func (a *api) supported(w http.ResponseWriter, _ *http.Request) {
	out := x402.Supported{
		Extensions: []string{x402.IDExtension},
		Signers:    map[string][]string{"tuppence:*": {a.base + "/.well-known/jwks.json"}},
	}
	for _, scheme := range []string{x402.Exact, x402.UpTo} {
		out.Kinds = append(out.Kinds, x402.Kind{
			Version: x402.Version, Scheme: scheme, Network: a.network,
			Extra: map[string]any{"authority": a.base, "decimals": x402.Decimals},
		})
	}
	writeJSON(w, http.StatusOK, out)
}

// verify tells whether a payment is good for what the seller asks now.
func (a *api) verify(r *http.Request, v *server.Seller, in x402.Presented) (any, error) {
	p, err := a.payment(in, in.Requirements)
	if err != nil {
		return x402.Verified{Reason: x402.BadRequirements}, nil
	}
	out, err := v.VerifyPayment(r.Context(), p)
	return x402.Verified{Valid: out.Valid, Reason: out.Reason, Payer: out.Payer}, err
}

// settle takes the amount that the requirements name; 0 gives the money back. The terms are those that the buyer has
// accepted: what was paid for is compared with these.
func (a *api) settle(r *http.Request, v *server.Seller, in x402.Presented) (any, error) {
	take, ok := x402.Micros(in.Requirements.Amount)
	terms := in.Payment.Accepted
	terms.PayTo = in.Requirements.PayTo
	p, err := a.payment(in, terms)
	if err != nil || !ok {
		return x402.Settled{Reason: x402.BadRequirements, Network: a.network}, nil
	}
	out, err := v.SettlePayment(r.Context(), p, take)
	said := x402.Settled{
		Success: out.Success, Reason: out.Reason, Payer: out.Payer, Transaction: out.Charge, Network: a.network,
	}
	if out.Success {
		said.Amount = strconv.FormatInt(out.Taken, 10)
		said.Extra = &x402.SettledExtra{Status: out.Status, Txn: out.TxnID}
	}
	return said, err
}

// payment is what was shown, compared with what terms ask for.
func (a *api) payment(in x402.Presented, terms x402.Requirements) (p server.Presented, err error) {
	p = server.Presented{Attestation: in.Payment.Payload.Attestation, Repeat: terms.Repeats()}
	p.Price, p.Resource, err = terms.Terms(a.network, in.Payment.Resource.URL)
	if err != nil {
		return p, err
	}
	// An unknown name is nobody: it is compared with the vendor of the key, and is another one.
	p.Vendor, _ = a.names.OpenVendor(terms.PayTo)
	return p, nil
}

// networkOf is how programs that pay name the service.
func networkOf(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return x402.Network(host)
}
