package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// item does what follows from one item, once.
func (n newsReader) item(tx books.Tx, i bankNews, st ledger.Staff) (v view.NewsItem, user ledger.UserID, err error) {
	if i.Key != "" {
		had, again, err := tx.BankItem(n.network+"/in", i.Key)
		if err != nil || again {
			return told(i.NewsItem, "read already: "+had.Done, false), 0, err
		}
	}
	i.ID = strings.ToUpper(i.ID)
	sent, known, err := tx.BankItem(n.network+"/out", i.ID)
	if err != nil {
		return v, 0, err
	}
	switch {
	case known && sent.Redemption != 0:
		v, user, err = n.redemption(tx, i.NewsItem, sent)
	case known && sent.Settlement != 0:
		v, err = n.payout(tx, i.NewsItem, sent, st)
	case i.Kind == funding.NewsOurs && i.Batch != "":
		v, err = n.batchPaid(tx, i.NewsItem)
	case i.Kind == funding.NewsReturn && i.Credit && !known && n.network == ledger.NetworkSEPA:
		v, user, err = n.credit(tx, i.NewsItem, st)
	case i.Kind == funding.NewsReturn && i.Credit && known:
		v = personal(i.NewsItem, "the bank says that money was paid to it, and it is a debit")
	case i.Kind == funding.NewsCredit && known:
		v = told(i.NewsItem, "what a debit has brought", false)
	case i.Kind == funding.NewsCredit:
		v, user, err = n.credit(tx, i.NewsItem, st)
	case i.Kind == funding.NewsTaken:
		v, err = n.taken(tx, i)
	case i.Kind == funding.NewsOurs:
		v = told(i.NewsItem, "left alone", false)
	case i.Kind == funding.NewsPerson:
		v = personal(i.NewsItem, i.Why)
	case !known:
		v = personal(i.NewsItem, "nothing was sent under this id")
	default:
		user = sent.User
		v, err = n.back(tx, i.NewsItem, sent)
	}
	if err != nil {
		return v, user, err
	}
	return v, user, n.note(tx, i.NewsItem, v.Outcome, sent)
}

// taken writes that the bank has a file.
func (n newsReader) taken(tx books.Tx, i bankNews) (view.NewsItem, error) {
	no, err := openBankFileID(i.File)
	if err != nil {
		return view.NewsItem{}, err
	}
	_, err = fileTaken(tx, no, i.in, systemActor, n.at)
	i.ID = i.File
	return told(i.NewsItem, i.Why, false), err
}

// back does what follows from an order of ours that came back, or for which there is another account number.
func (n newsReader) back(tx books.Tx, i funding.NewsItem, sent books.BankItem) (view.NewsItem, error) {
	name := n.s.seal.Deposit(ledger.DepositID{User: sent.User, Number: sent.Number})
	mandate := ledger.MandateID{User: sent.User, Number: sent.Number}
	d, _, err := tx.Deposit(ledger.DepositID{User: sent.User, Number: sent.Number})
	switch {
	case err != nil:
		return view.NewsItem{}, err
	case sent.Asks:
		name = n.s.seal.Mandate(mandate)
	default:
		mandate.Number = d.Mandate
	}
	if i.Name != "" && i.Name != funding.ShortName(name) {
		return personal(i, "the number that came back is not the one that was sent"), nil
	}
	if i.Amount.Micros != 0 && i.Amount != sent.Amount && !sent.Asks {
		return personal(i, "sent were "+sent.Amount.String()), nil
	}
	m, _, err := tx.Mandate(mandate)
	if err != nil {
		return view.NewsItem{}, err
	}
	u, _, err := tx.User(sent.User)
	if err != nil {
		return view.NewsItem{}, err
	}
	i.ID = name
	var v view.NewsItem
	switch {
	case i.Kind == funding.NewsChange:
		v, err = n.corrected(tx, i, m)
	case sent.Asks:
		v, err = n.noAccount(tx, i, m)
	default:
		v, err = n.returned(tx, i, d, m)
	}
	v.Handle = u.Handle
	return v, err
}

// why is a reason with its code.
func why(i funding.NewsItem) string {
	return ledger.CleanLine(strings.TrimSpace(i.Code+" "+i.Why), 140)
}

// noAccount ends the question for an account: it cannot be debited.
func (n newsReader) noAccount(tx books.Tx, i funding.NewsItem, m ledger.Mandate) (view.NewsItem, error) {
	ev := ledger.MandateEvent{What: cmp.Or(i.Mandate, ledger.MandateSuspend), Reason: why(i), Actor: systemActor}
	m, err := stepMandate(tx, m, ev, n.at)
	return told(i, "the account cannot be debited: mandate "+string(m.State), i.Look), err
}

// returned takes a debit back, with what its reason does to mandate and wallet, and tries it again where the rules of
// the network permit that.
func (n newsReader) returned(
	tx books.Tx, i funding.NewsItem, d ledger.Deposit, m ledger.Mandate,
) (v view.NewsItem, err error) {
	if !slices.Contains(d.Next(), ledger.DepositReturned) {
		return personal(i, "the deposit is "+view.State(d.State).Words()), nil
	}
	if err := n.s.refillDebited(tx, d, false, n.at); err != nil {
		return v, err
	}
	late := d.State == ledger.DepositCleared
	outcome := "returned"
	if late {
		outcome = "returned late"
	}
	d, err = advance(tx, d, ledger.DepositEvent{
		To: ledger.DepositReturned, Reason: why(i), Freeze: i.Freeze, Actor: systemActor,
	}, n.at)
	if err != nil {
		return v, err
	}
	if i.Mandate != "" && m.State != ledger.MandateEnded && (m.State != ledger.MandateSuspended ||
		i.Mandate == ledger.MandateRefused) {
		m, err = stepMandate(tx, m, ledger.MandateEvent{What: i.Mandate, Reason: why(i), Actor: systemActor}, n.at)
		if err != nil {
			return v, err
		}
		outcome += ", mandate " + string(m.State)
	}
	u, _, err := tx.User(d.ID.User)
	if err != nil {
		return v, err
	}
	if u.Status == ledger.UserFrozen {
		outcome += ", wallet frozen"
	}
	if w, _, err := tx.Wallet(u.ID, d.Amount.Currency); err != nil {
		return v, err
	} else if late && w.Owed > 0 {
		outcome += ", which owes " + ledger.Amount{Micros: w.Owed, Currency: w.Currency}.String()
	}
	if d.Try < i.Retries && !late {
		again, err := n.again(tx, d, m, u)
		if err != nil {
			return v, err
		}
		outcome += again
	}
	return told(i, outcome, i.Look), nil
}

// again orders a debit a second or third time. Where that is refused the payer has to order it.
func (n newsReader) again(tx books.Tx, d ledger.Deposit, m ledger.Mandate, u ledger.User) (string, error) {
	_, err := n.s.announce(tx, u, ledger.DepositOrder{
		Method: d.Method, Kind: ledger.DepositDebit, Amount: d.Amount, Fee: d.Fee, Mandate: m, Try: d.Try + 1, After: d.No,
		Refill: d.Refill,
		Actor:  systemActor,
	}, n.at)
	var no *ledger.Refusal
	if errors.As(err, &no) {
		return ", not tried again: " + no.Detail, nil
	}
	return ", tried again with the next file", err
}

// corrected keeps the account that a bank has corrected. The one before stays until a debit has cleared.
func (n newsReader) corrected(tx books.Tx, i funding.NewsItem, m ledger.Mandate) (v view.NewsItem, err error) {
	if m.State != ledger.MandateActive && m.State != ledger.MandatePending {
		return personal(i, "the mandate is "+string(m.State)), nil
	}
	kept, err := n.s.correctAccount(tx, i.Corrected, m, n.at)
	if err != nil {
		return v, err
	}
	if m.Former != 0 {
		if err := forgetInVault(tx, vaultOf(m, m.Former), systemActor, n.at); err != nil {
			return v, err
		}
	}
	_, err = stepMandate(tx, m, ledger.MandateEvent{
		What: ledger.MandateReplaced, Bank: kept.ID.Number, Last4: kept.Last4, Reason: why(i), Actor: systemActor,
	}, n.at)
	return told(i, "the account is now "+kept.Mask, false), err
}

// correctAccount puts a corrected account into the vault, beside the one that was there.
func (s *Server) correctAccount(
	tx books.Tx, c funding.Account, m ledger.Mandate, at time.Time,
) (kept ledger.VaultRecord, err error) {
	return s.correctedAccount(tx, c, vaultOf(m, m.Bank), ledger.VaultBank, at)
}

// correctedAccount puts a corrected account of an owner into the vault, beside the one that was there.
func (s *Server) correctedAccount(
	tx books.Tx, c funding.Account, id ledger.VaultID, purpose string, at time.Time,
) (kept ledger.VaultRecord, err error) {
	plain, err := s.openVault(tx.Reader, id)
	if err != nil {
		return kept, err
	}
	var a funding.Account
	if err := json.Unmarshal(plain, &a); err != nil {
		return kept, errors.New("a record of the vault is no bank account")
	}
	a.Routing, a.Number = cmp.Or(c.Routing, a.Routing), cmp.Or(c.Number, a.Number)
	if c.Number != "" {
		a.Last4 = c.Number[len(c.Number)-min(4, len(c.Number)/2):]
	}
	if plain, err = json.Marshal(a); err != nil {
		return kept, err
	}
	return s.keepInVault(tx, ledger.VaultRecord{
		ID: id, Purpose: purpose, Mask: a.Mask(), Country: a.Country, Last4: a.Last4,
	}, plain, systemActor, at)
}

// credit clears the one open deposit that money names, of the same amount. Any other money is a receipt: no machine
// guesses whose it is.
func (n newsReader) credit(
	tx books.Tx, i funding.NewsItem, st ledger.Staff,
) (v view.NewsItem, user ledger.UserID, err error) {
	var open []ledger.Deposit
	text := ""
	for _, number := range i.References {
		text = ledger.Reference(number)
		id, found, err := tx.DepositByReference(text)
		if err != nil || !found {
			if err != nil {
				return v, 0, err
			}
			continue
		}
		d, _, err := tx.Deposit(id)
		if err != nil {
			return v, 0, err
		}
		if d.State == ledger.DepositAwaiting || d.State == ledger.DepositUncollected {
			open = append(open, d)
		}
	}
	if len(open) == 1 && open[0].Amount == i.Amount {
		u, _, err := tx.User(open[0].ID.User)
		if err != nil {
			return v, 0, err
		}
		if st.RefuseOwnWallet(u) == nil {
			return n.cleared(tx, i, open[0], u)
		}
	}
	f, err := n.s.receiptFacts(tx, ledger.Receipt{}, st)
	if err != nil {
		return v, 0, err
	}
	r := ledger.Receipt{Source: "bank", Amount: i.Amount, External: i.Key, Text: text}
	if len(open) == 1 {
		r.About = open[0].ID
	}
	out, err := ledger.NewReceipt(r, f, staffActor(st), n.at)
	if err != nil {
		return v, 0, err
	}
	shown, err := n.s.putReceipt(tx, out)
	i.ID = shown.ID
	return told(i, "kept apart as a receipt", true), 0, err
}

// cleared credits a deposit that was announced, as the bank says that it has the money.
func (n newsReader) cleared(
	tx books.Tx, i funding.NewsItem, d ledger.Deposit, u ledger.User,
) (v view.NewsItem, user ledger.UserID, err error) {
	for _, to := range []ledger.DepositState{ledger.DepositUncollected, ledger.DepositCleared} {
		if d.State == to {
			continue
		}
		if d, err = advance(tx, d, ledger.DepositEvent{To: to, Amount: i.Amount, Actor: systemActor}, n.at); err != nil {
			return v, 0, err
		}
	}
	i.ID = n.s.seal.Deposit(d.ID)
	v = told(i, "cleared", false)
	v.Handle = u.Handle
	return v, u.ID, nil
}
