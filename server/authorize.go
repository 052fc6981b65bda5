package server

import (
	"context"
	"crypto/ed25519"
	"slices"
	"strconv"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// A program pays for what a site has asked 402 for (claims 13, 29): it shows the terms here, signed with the key of an
// agent. Limits and funds are looked at, the money waits, and the program gets an attestation for this vendor and these
// terms alone. The vendor takes the money when it has delivered, or gives it back; see present.go.
//
// The program does not sign for the vendor: a signature needs the public key, and one key that two vendors see would
// join them (claim 1).

// Payer is a program that has shown a live key of an agent: what it may do are its methods.
type Payer struct {
	s           *Server
	User        ledger.UserID
	agent       uint32
	fingerprint string
}

// AuthenticateAgent finds the wallet behind the key of an agent. Whoever calls it then compares what was signed with
// the key that it returns. It refuses with ErrUnauthenticated a key that is not known or over.
func (s *Server) AuthenticateAgent(
	ctx context.Context, fingerprint string,
) (p *Payer, key ed25519.PublicKey, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		a, found, err := r.AgentByKey(fingerprint)
		if err != nil {
			return err
		}
		if !found || !a.Live(at) {
			return ledger.RefuseUnauthenticated()
		}
		p, key = &Payer{s, a.User, a.Number, a.Fingerprint}, a.Public[:]
		return nil
	})
	return p, key, err
}

// Name is the payer as one that is bounded.
func (p *Payer) Name() string {
	return "p/" + strconv.FormatUint(uint64(p.User), 10) + "/" + strconv.FormatUint(uint64(p.agent), 10)
}

// Purse is what the agent may pay, and what is there for it.
func (p *Payer) Purse(ctx context.Context) (out view.Purse, err error) {
	at := p.s.clock()
	err = p.s.viewFor(ctx, p.Name(), func(r books.Reader) error {
		a, found, err := r.Agent(p.User, p.agent)
		if err != nil || !found {
			return firstOf(err, ledger.RefuseUnauthenticated())
		}
		u, found, err := r.User(p.User)
		if err != nil || !found {
			return orMissing(err)
		}
		if out.Agent, err = p.s.agentView(r, u, a, at); err != nil {
			return err
		}
		pol, err := policy(r)
		if err != nil {
			return err
		}
		w, err := walletOrNew(r, p.User, a.Currency, pol)
		out.Available = ledger.Amount{Micros: w.Spendable(at), Currency: a.Currency}
		return err
	})
	return out, err
}

// AuthorizeOrder is what a program agrees to pay.
type AuthorizeOrder struct {
	Vendor ledger.VendorID
	Price  ledger.Amount // all or nothing, or the most: see [ledger.Resource].UpTo
	// Resource is what it is for. Its Until is decided here.
	Resource ledger.Resource
	Life     time.Duration // for how long the attestation may be shown, at most [ledger.MaxResourceLife]
}

// fingerprint tells terms from others. It is of what was agreed to and not of how a site has spelt it: one that asks
// again for the same sends another challenge.
func (o AuthorizeOrder) fingerprint() [32]byte {
	r := o.Resource
	return fingerprint("authorize", strconv.FormatUint(uint64(o.Vendor), 10), string(o.Price.Currency),
		strconv.FormatInt(o.Price.Micros, 10), r.URL, r.Method, r.Digest, strconv.FormatBool(r.UpTo))
}

// owner is the payer as one that idempotency keys belong to: the wallet, so that two agents of it do not buy twice what
// one of them was asked to.
func (p *Payer) owner() string { return "p/" + strconv.FormatUint(uint64(p.User), 10) }

// Authorize lets the price wait for the vendor, and attests it. A repetition with the same key and terms gives the same
// attestation, with what became of the money meanwhile; a refusal stores nothing, so the same key decides anew.
//
// It refuses with ErrInvalid what is no resource, with ErrNotFound an unknown vendor, with ErrOrigin a resource that is
// not on a proven site of the vendor (claim 28), and as a purchase is refused. The words are for the buyer.
func (p *Payer) Authorize(
	ctx context.Context, key string, o AuthorizeOrder,
) (out view.Authorization, replayed bool, err error) {
	if err := o.Resource.Check(); err != nil {
		return out, false, err
	}
	if o.Life <= 0 {
		return out, false, ledger.Invalid("maxTimeoutSeconds", "Let the seller name 1 second or more.",
			"There is no time in which to show the payment.")
	}
	at := p.s.clock()
	if err := spend(p.s.budgets.holds, p.Name(), "payments of this program", at); err != nil {
		return out, false, err
	}
	asked := request{Owner: p.owner(), Key: key, Fingerprint: o.fingerprint(), At: at}
	ref, replayed, err := p.s.idempotent(ctx, asked, func(tx books.Tx) (string, []byte, error) {
		sold, err := p.hold(tx, o, at)
		return "authorization", entryRef(sold.entry.No), err
	})
	if err != nil {
		return out, false, err
	}
	if !replayed {
		p.s.notifier.wake(topicUser(p.User))
		p.s.webhooks.Wake()
	}
	err = p.s.view(ctx, func(r books.Reader) error {
		sold, found, err := saleOf(r, refEntry(ref))
		if err != nil || !found {
			return orMissing(err)
		}
		out, err = p.s.authorizationView(sold)
		return err
	})
	return out, replayed, err
}

// hold is Authorize inside its transaction. The agent is read again: a key that has ended meanwhile buys nothing.
func (p *Payer) hold(tx books.Tx, o AuthorizeOrder, at time.Time) (sold sale, err error) {
	f := ledger.PurchaseFacts{}
	agent, found, err := tx.Agent(p.User, p.agent)
	if err != nil || !found {
		return sold, firstOf(err, ledger.RefuseUnauthenticated())
	}
	f.Agent = &agent
	if f.User, found, err = tx.User(p.User); err != nil || !found {
		return sold, orMissing(err)
	}
	if f.Vendor, found, err = tx.Vendor(o.Vendor); err != nil || !found {
		return sold, firstOf(err, ledger.RefuseNotFound("vendor"))
	}
	if !o.Resource.IsTool() && !f.Vendor.Owns(o.Resource.URL) {
		return sold, ledger.Refuse(ledger.ErrOrigin, "Do not pay it: ask the site for its own terms.",
			"The one who is to be paid does not own the site of the resource.")
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return sold, err
	}
	if !slices.Contains(f.Policy.Currencies, o.Price.Currency) {
		return sold, ledger.Invalid("asset", "Pay in one of the currencies of this service.",
			"There are no accounts in %s here.", o.Price.Currency)
	}
	if f.Link, err = relation(tx.Reader, p.User, o.Vendor, o.Price.Currency, f.Policy); err != nil {
		return sold, err
	}
	what := o.Resource
	what.Until = at.Add(min(o.Life, ledger.MaxResourceLife))
	return p.s.sell(tx, ledger.PurchaseRequest{
		Offer: ledger.Offer{
			ID: ledger.OfferID{Vendor: o.Vendor}, Title: what.Title(), Kind: ledger.Service, Price: o.Price,
		},
		Quantity: 1, Expect: o.Price, Hold: true, HoldFor: what.Until.Sub(at) + ledger.ResourceGrace,
		Resource: &what, Actor: ledger.Actor{Role: ledger.RoleUser, Key: p.fingerprint},
	}, f, at)
}

// authorizationView is what the payer is told of its hold. Nothing of it is stored beside the sale: the same sale gives
// the same attestation.
func (s *Server) authorizationView(sold sale) (out view.Authorization, err error) {
	e, what := sold.entry, sold.entry.Sale.Resource
	if what == nil {
		return out, ledger.RefuseNotFound("authorization")
	}
	proof := seal.Proof{
		Issuer: s.house.URL, Vendor: e.Vendor, Wallet: s.seal.Pseudonym(e.User, e.Vendor), Charge: s.seal.Charge(e.No),
		TxnID: s.seal.TxnOf(e), Price: e.Amount, Resource: *what, At: e.At, HoldUntil: e.Sale.HoldUntil,
	}
	out = view.Authorization{
		ID: proof.Charge, TxnID: proof.TxnID, Status: ledger.StateWord(sold.purchase.State), Amount: e.Amount,
		Expires: view.At(what.Until),
	}
	out.Attestation, err = s.seal.Attest(proof)
	return out, err
}
