package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// methodOrder is the name of the method of purchase orders.
const methodOrder = funding.OrderName

// maxSignedOrder bounds an order with its signature, in bytes.
const maxSignedOrder = 16 << 10

// orderHouse is the host name under which browsers reach the service: what an order calls it.
func (s *Server) orderHouse() string {
	u, err := url.Parse(s.house.URL)
	if err != nil {
		return s.house.Host
	}
	return u.Hostname()
}

// orderNamespace is what an order is signed for: this service and no other.
func (s *Server) orderNamespace() string { return "purchase@" + s.orderHouse() }

// OrderTemplate returns the text of a purchase order to sign. It refuses with ErrInvalid a number or an amount that no
// order has.
func (s *Server) OrderTemplate(
	ctx context.Context, who view.Caller, number string, amount ledger.Amount, until time.Time,
) (v view.OrderText, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(_ books.Reader, u ledger.User) error {
		if until.IsZero() {
			until = at.Add(oneDay * 30)
		}
		o := ledger.OrderText{Number: number, House: s.orderHouse(), Account: u.Handle, Amount: amount, Until: until.UTC()}
		if _, err := ledger.NewOrder(o, "", [32]byte{}, at); err != nil {
			return err
		}
		v = view.OrderText{Text: o.String(), Namespace: s.orderNamespace()}
		return nil
	})
	return v, err
}

// SubmitOrder takes a purchase order that a member has signed: the text, and below it the signature. A member's live
// key that is not new must have signed it, for this service and this wallet. The same order again is the same deposit.
//
// It refuses with ErrInvalid a text that is not the template's and a signature that is not good, with ErrNotAllowed the
// key of another wallet, with ErrState a number that was used, and with ErrLimit more than the wallet may owe.
func (s *Server) SubmitOrder(ctx context.Context, who view.Caller, signed []byte) (v view.Deposit, err error) {
	text, o, signer, err := s.readOrder(signed)
	if err != nil {
		return v, err
	}
	at := s.clock()
	hash := sha256.Sum256([]byte(text))
	var owner ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		owner = u.ID
		if o.Account != u.Handle {
			return ledger.Refuse(ledger.ErrNotAllowed, "Sign an order for the wallet that you submit it from.",
				"This order is for another wallet.")
		}
		if err := signerOf(u, signer, at); err != nil {
			return err
		}
		order, err := ledger.NewOrder(o, signer, hash, at)
		if err != nil {
			return err
		}
		v, err = s.newOrder(tx, u, order, o.Amount, memberActor(who), at)
		return err
	})
	if err != nil {
		return view.Deposit{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// howToSign is the remedy for what is not signed well.
func (s *Server) howToSign() string {
	return "Sign it: ssh-keygen -Y sign -n " + s.orderNamespace() + " -f KEY < order.txt"
}

// readOrder reads a signed order. Nothing of the books is needed for it.
func (s *Server) readOrder(signed []byte) (text string, o ledger.OrderText, signer string, err error) {
	i := bytes.Index(signed, []byte(seal.SignatureMark))
	if i < 0 || len(signed) > maxSignedOrder {
		return "", o, "", ledger.Invalid("signature", s.howToSign(),
			"There is no signature below the order.")
	}
	text = string(signed[:i])
	if o, err = ledger.ParseOrderText(text); err != nil {
		return "", o, "", err
	}
	if o.House != s.orderHouse() {
		return "", o, "", ledger.Invalid("house", "Take the text that this prints: po template NUMBER AMOUNT CURRENCY.",
			"This order is for another service.")
	}
	if signer, err = seal.SignedBy([]byte(text), signed[i:], s.orderNamespace()); err != nil {
		return "", o, "", ledger.Invalid("signature", s.howToSign(),
			"This is no good signature of this order.")
	}
	return text, o, signer, nil
}

// signerOf refuses a key that is not a member's, or that is new.
func signerOf(u ledger.User, fingerprint string, at time.Time) error {
	live := slices.ContainsFunc(u.Keys, func(m ledger.Member) bool {
		return m.Fingerprint == fingerprint && m.Ended.IsZero()
	})
	if !live {
		return ledger.Refuse(ledger.ErrNotAllowed, "Sign it with a key that the command keys lists.",
			"The key that signed this order does not open this wallet.")
	}
	if until := u.YoungUntil(fingerprint, at); !until.IsZero() {
		return ledger.Refuse(ledger.ErrNotAllowed, "Sign it with an older key, or wait.",
			"The key that signed this order is new.")
	}
	return nil
}

// newOrder writes an order that nobody has decided about. Its number is new for its wallet.
func (s *Server) newOrder(
	tx books.Tx, u ledger.User, o ledger.PurchaseOrder, amount ledger.Amount, a ledger.Actor, at time.Time,
) (v view.Deposit, err error) {
	name := strconv.FormatUint(uint64(u.ID), 10) + "/" + o.Number
	id, taken, err := tx.DepositByExternal(methodOrder, name)
	if err != nil {
		return v, err
	}
	if taken {
		d, _, err := tx.Deposit(id)
		if err == nil && (d.Order.Hash != o.Hash || d.Amount != amount) {
			err = ledger.Refuse(ledger.ErrState, "Give it another number.", "There is an order with this number already.")
		}
		return s.depositView(u, d), err
	}
	d, err := s.announce(tx, u, ledger.DepositOrder{
		Method: methodOrder, Kind: ledger.DepositOnOrder, Amount: amount, Actor: a, Order: o,
	}, at)
	return s.depositView(u, d), err
}

// EnterOrder takes a purchase order on paper that a representative has typed, with the SHA-256 of its scan. Another
// person accepts it. It refuses as [Server.SubmitOrder] does.
func (s *Server) EnterOrder(ctx context.Context, who view.Caller, q view.PaperOrder) (v view.Deposit, err error) {
	scan, err := hex.DecodeString(strings.TrimSpace(q.Scan))
	if err != nil || len(scan) != sha256.Size {
		return v, ledger.Invalid("scan", "Type what sha256sum prints of the scan: 64 digits and letters.",
			"This is no SHA-256 of a scan.")
	}
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, "po enter", func(tx books.Tx, st ledger.Staff) error {
		if owner, err = walletNamed(tx.Reader, strings.TrimSpace(q.Wallet)); err != nil {
			return err
		}
		u, _, err := tx.User(owner)
		if err != nil {
			return err
		}
		if err := st.RefuseOwnWallet(u); err != nil {
			return err
		}
		order, err := ledger.NewOrder(ledger.OrderText{Number: q.Number, Until: q.Until}, "", [32]byte(scan), at)
		if err != nil {
			return err
		}
		v, err = s.newOrder(tx, u, order, q.Amount, staffActor(st), at)
		return err
	})
	if err != nil {
		return view.Deposit{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// SetOrderLimit sets what a wallet may owe for purchase orders. It refuses with ErrNotAllowed a key that is not an
// operator's, and its own wallet.
func (s *Server) SetOrderLimit(
	ctx context.Context, who view.Caller, wallet string, limit ledger.Amount,
) (v view.OrderCredit, err error) {
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, operatorOnly, "po credit", func(tx books.Tx, st ledger.Staff) error {
		f := ledger.OrderLimitFacts{Staff: st}
		if owner, err = walletNamed(tx.Reader, strings.TrimSpace(wallet)); err != nil {
			return err
		}
		if f.User, _, err = tx.User(owner); err != nil {
			return err
		}
		if f.Policy, err = policy(tx.Reader); err != nil {
			return err
		}
		if f.User, err = ensureWallet(tx, f.User, limit.Currency, f.Policy); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideOrderLimit(ledger.OrderLimitRequest{Limit: limit, Actor: staffActor(st)}, f, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		for _, c := range out.User.Credit {
			if c.Currency == limit.Currency {
				v = view.OrderCredit{
					Handle: out.User.Handle, Limit: limit, Used: ledger.Amount{Micros: c.Used, Currency: c.Currency},
				}
			}
		}
		return tx.PutUser(out.User)
	})
	if err != nil {
		return view.OrderCredit{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// orderSteps are what staff may say of an order.
var orderSteps = map[string]ledger.DepositState{
	"accept": ledger.DepositAccepted, "deny": ledger.DepositFailed, "paid": ledger.DepositPaid,
	"write-off": ledger.DepositWrittenOff,
}

// DecideOrder moves a purchase order on: step is accept, deny, paid or write-off. The order is named by its id or its
// reference. With an amount, that must be what was ordered. What is accepted is issued and invoiced at once.
//
// It refuses with ErrNotFound an order that is not there, with ErrState a step that does not follow, with ErrLimit more
// than the wallet may owe, and with ErrNotAllowed who may not: see the rules of two persons in ledger.
func (s *Server) DecideOrder(
	ctx context.Context, who view.Caller, name, step string, amount ledger.Amount, reason string,
) (v view.Deposit, err error) {
	to, known := orderSteps[step]
	if !known {
		return v, ledger.Invalid("step", "Say accept, deny, paid or write-off.", "There is no step %q.",
			ledger.CleanLine(step, 20))
	}
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, "po "+step, func(tx books.Tx, st ledger.Staff) error {
		d, found, err := s.depositNamed(tx.Reader, name)
		if err != nil {
			return err
		}
		if !found || !d.Is(ledger.DepositOnOrder) {
			return ledger.RefuseNotFound("purchase order")
		}
		e := ledger.DepositEvent{To: to, Amount: amount, Reason: reason, Actor: staffActor(st)}
		if d, err = advanceBy(tx, d, e, st, at); err != nil {
			return err
		}
		if to == ledger.DepositAccepted {
			for _, next := range []ledger.DepositState{ledger.DepositIssued, ledger.DepositInvoiced} {
				e := ledger.DepositEvent{To: next, Life: s.invoiceLife(d), Actor: systemActor}
				if d, err = advance(tx, d, e, at); err != nil {
					return err
				}
			}
		}
		u, _, err := tx.User(d.ID.User)
		owner, v = d.ID.User, s.depositView(u, d)
		return err
	})
	if err != nil {
		return view.Deposit{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// invoiceLife is how long an invoice is to be paid in, 0 for the usual time. In a demonstration an amount that ends in
// .16 is due at once, so that its other end can be seen.
func (s *Server) invoiceLife(d ledger.Deposit) time.Duration {
	if s.house.Simulated && d.Amount.Micros%ledger.Unit == 16*ledger.Unit/100 {
		return time.Second
	}
	return 0
}

// overdue is what time has made of an order, "" for nothing.
func overdue(d ledger.Deposit, at time.Time) (to ledger.DepositState, reason string) {
	switch {
	case !d.Is(ledger.DepositOnOrder):
	case d.State == ledger.DepositSubmitted && at.After(d.Order.Until):
		return ledger.DepositExpired, "The order was valid until " + d.Order.Until.Format(time.DateOnly) + "."
	case d.State == ledger.DepositInvoiced && !at.Before(d.Order.Due):
		return ledger.DepositOverdue, "The invoice was due on " + d.Order.Due.Format(time.DateOnly) + "."
	}
	return "", ""
}
