package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/paper"
	"tuppence/server/view"
)

// mailingPurpose binds the sealed bytes of a batch of letters to their use: they have postal addresses.
func mailingPurpose(number uint64) string { return fmt.Sprintf("mailing:%d", number) }

// billTo is to whom bills are paid.
func (s *Server) billTo() (to funding.Payee, found bool) {
	m, _, found := s.methodNamed(ledger.BillMethod)
	payable, is := m.(funding.Payable)
	if !found || !is {
		return to, false
	}
	return payable.PayTo(), true
}

// billSheet is a bill on paper, or a reminder of it.
func (s *Server) billSheet(
	b ledger.Bill, left int64, reminder uint32, handle string, at time.Time,
) (paper.Sheet, error) {
	to, found := s.billTo()
	if !found {
		return paper.Sheet{}, ledger.RefuseState("bill", "paid in the wallet here, so nothing is printed for it")
	}
	sum := ledger.Amount{Micros: left, Currency: b.Amount.Currency}
	pay := sum.WholeMinor()
	sheet := paper.Sheet{
		Title: billTitles[reminder], House: s.house.Name, Reference: b.Reference, Amount: pay, Payee: to.Name,
		IBAN: to.IBAN, Creditor: paper.ParseParty(to.Name, to.Address), Made: at, Simulated: s.house.Simulated,
		Facts: []paper.Fact{
			{Name: "Bill", Value: fmt.Sprintf("%d of %s", b.Number, day(b.Issued))},
			{Name: "For", Value: "purchases from " + day(b.From) + " to " + day(b.Till)},
			{Name: "Billed", Value: b.Amount.String()},
			{Name: "To be paid", Value: pay.String()},
			{Name: "Due", Value: day(b.Due)},
			{Name: "Payable to", Value: to.Name},
			{Name: "Account", Value: to.IBAN},
			{Name: "Reference", Value: b.Reference},
			{Name: "Wallet", Value: handle},
		},
		Steps: []string{"Pay " + pay.String() + " by " + day(b.Due) + ", with the reference " + b.Reference + "."},
	}
	if reminder > 0 {
		sheet.Steps = []string{
			"This bill was due on " + day(b.Due) + ". Until it is paid nothing can be bought on credit.",
			"Pay " + pay.String() + " now, with the same reference " + b.Reference + ". There is no fee.",
		}
	}
	return sheet, nil
}

// billTitles are what letters are called.
var billTitles = [...]string{"Bill", "First reminder of a bill", "Second reminder of a bill", "Last reminder of a bill"}

// billOf is what is printed for a bill that its owner asks for.
func (s *Server) billOf(r books.Reader, d ledger.Deposit, handle string, at time.Time) (sheet paper.Sheet, err error) {
	b, found, err := r.Bill(d.ID.User, d.Amount.Currency, d.No)
	if err != nil || !found {
		return sheet, orMissing(err)
	}
	w, _, err := r.Wallet(d.ID.User, d.Amount.Currency)
	if err != nil {
		return sheet, err
	}
	state, left := b.StateIn(w, at)
	if left == 0 {
		return sheet, ledger.RefuseState("bill", view.State(state).Words())
	}
	return s.billSheet(b, left, 0, handle, b.Issued)
}

// letter is a letter that is to be printed, with all that its sheet was made from.
type letter struct {
	ledger.Letter
	left  int64
	kept  ledger.VaultID
	sheet paper.Sheet
}

// letterFor returns the letter about a bill that waits for the printer, if one does: its owner has given an address.
func (s *Server) letterFor(
	r books.Reader, u ledger.User, w ledger.Wallet, no ledger.EntryNo, at time.Time,
) (l letter, due bool, err error) {
	b, found, err := r.Bill(u.ID, w.Currency, no)
	if err != nil || !found {
		return l, false, orMissing(err)
	}
	p, err := policy(r)
	if err != nil {
		return l, false, err
	}
	if l.Letter, due = b.NextLetter(w, p.Billing.Reminder, at); !due {
		return l, false, nil
	}
	kept, found, err := addressOf(r, u.ID)
	if err != nil || !found {
		return l, false, err
	}
	address, err := s.mailAddress(r, kept)
	if err != nil {
		return l, false, err
	}
	l.kept = kept.ID
	_, l.left = b.StateIn(w, at)
	if l.sheet, err = s.billSheet(b, l.left, l.Reminder, u.Handle, at); err != nil {
		return l, false, err
	}
	l.sheet.To = address.Lines()
	l.sheet.Debtor = paper.Party{
		Name: address.Name, Street: address.Street, Postcode: address.Postcode, Town: address.Town, Country: address.Country,
	}
	return l, true, nil
}

// waitingLetters reads what waits for the printer, at most a batch of it, in the order of the wallets.
func (s *Server) waitingLetters(
	ctx context.Context, who view.Caller, at time.Time,
) (all []letter, next uint64, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		all = nil
		newest, err := r.Mailings(0, 1)
		if err != nil {
			return err
		}
		if next = 1; len(newest) > 0 {
			next = newest[0].Number + 1
		}
		return eachPostpaid(ctx, r, func(p ledger.Postpaid) (more bool, err error) {
			w, _, err := r.Wallet(p.User, p.Currency)
			if err != nil || len(w.Credit.Bills) == 0 {
				return true, err
			}
			u, _, err := r.User(p.User)
			if err != nil {
				return false, err
			}
			for _, open := range w.Credit.Bills {
				l, due, err := s.letterFor(r, u, w, open.No, at)
				if err != nil {
					return false, err
				}
				if due && len(all) < ledger.MaxLetters {
					all = append(all, l)
				}
			}
			return len(all) < ledger.MaxLetters, nil
		})
	})
	return all, next, err
}

// eachPostpaid visits the accounts that pay later, in pages, until visit has enough.
func eachPostpaid(ctx context.Context, r books.Reader, visit func(ledger.Postpaid) (more bool, err error)) error {
	for behind := (ledger.Postpaid{}); ; {
		page, err := r.Postpaids(behind, duePage)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for _, p := range page {
			if more, err := visit(p); err != nil || !more {
				return err
			}
			behind = p
		}
		if len(page) < duePage {
			return nil
		}
	}
}

// PrintBills returns a batch of letters for the printer, as PDF with a letter on each page: the one with a number, or
// for 0 a new one of the bills and reminders that wait, for wallets with a postal address. A batch is frozen once, with
// the day on which its bills were mailed; named again it has the same bytes, for 100 days.
//
// It refuses with ErrNotAllowed a key that is not an operator's, with ErrNotFound a batch that is not there, and with
// ErrState where no letter waits and a batch that is too old.
func (s *Server) PrintBills(ctx context.Context, who view.Caller, number uint64) (v view.Mailing, err error) {
	at := s.clock()
	if number > 0 {
		return s.printedAgain(ctx, who, number, at)
	}
	for range 3 { // a bill may be paid while its letter is drawn: then the batch is drawn again
		letters, next, err := s.waitingLetters(ctx, who, at)
		if err != nil {
			return v, err
		}
		if v, err = s.freezeMailing(ctx, who, letters, next, at); !errors.Is(err, errMailingMoved) {
			return v, err
		}
	}
	return v, ledger.RefuseState("batch", "not ready: bills are being paid. Try it again")
}

// errMailingMoved says that what was drawn is not what would be drawn now.
var errMailingMoved = errors.New("server: letters have changed")

// freezeMailing draws a batch outside of the writer, and freezes it if all of it is still so.
func (s *Server) freezeMailing(
	ctx context.Context, who view.Caller, letters []letter, number uint64, at time.Time,
) (v view.Mailing, err error) {
	m := ledger.Mailing{Number: number}
	sheets := make([]paper.Sheet, len(letters))
	for i, l := range letters {
		m.Letters, sheets[i] = append(m.Letters, l.Letter), l.sheet
	}
	var raw, sealed []byte
	if len(letters) > 0 {
		if raw, err = paper.Pages(fmt.Sprintf("Bills, batch %d", number), sheets); err != nil {
			return v, err
		}
		if sealed, err = s.seal.Seal(raw, mailingPurpose(number)); err != nil {
			return v, err
		}
	}
	m.Hash, m.Sealed = sha256.Sum256(raw), sha256.Sum256(sealed)
	err = s.updateStaff(ctx, who, operatorOnly, "bills print", func(tx books.Tx, st ledger.Staff) error {
		if n, err := tx.NextMailing(); err != nil || n != number {
			return errors.Join(err, errMailingMoved)
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, frozen, err := ledger.FreezeMailing(m, staffActor(st), no, at)
		if err != nil {
			return err
		}
		for _, l := range letters {
			if err := s.mailed(tx, l, e.At); err != nil {
				return err
			}
		}
		if _, err := tx.Append(e); err != nil {
			return err
		}
		if v, err = s.mailingView(tx.Reader, books.FrozenMailing{Mailing: frozen}, raw); err != nil {
			return err
		}
		return tx.PutMailing(books.FrozenMailing{Mailing: frozen, Bytes: sealed})
	})
	if err != nil {
		return view.Mailing{}, err
	}
	for _, l := range letters {
		s.notifier.wake(topicUser(l.User), topicDesk)
	}
	return v, nil
}

// mailed writes that a bill has got a letter, if that is still the one that waits.
func (s *Server) mailed(tx books.Tx, l letter, at time.Time) error {
	u, _, err := tx.User(l.User)
	if err != nil {
		return err
	}
	w, _, err := tx.Wallet(l.User, l.Currency)
	if err != nil {
		return err
	}
	now, due, err := s.letterFor(tx.Reader, u, w, l.Bill, at)
	if err != nil {
		return err
	}
	if !due || now.Letter != l.Letter || now.left != l.left || now.kept != l.kept {
		return errMailingMoved
	}
	b, _, err := tx.Bill(l.User, l.Currency, l.Bill)
	if err != nil {
		return err
	}
	return tx.PutBill(b.After(l.Letter, at))
}

// printedAgain reads a batch that was frozen before. It has addresses in plain, so that is a line of the staff log.
func (s *Server) printedAgain(
	ctx context.Context, who view.Caller, number uint64, at time.Time,
) (v view.Mailing, err error) {
	act := fmt.Sprintf("bills print --number %d", number)
	err = s.updateStaff(ctx, who, operatorOnly, act, func(tx books.Tx, st ledger.Staff) error {
		f, found, err := tx.Mailing(number)
		if err != nil || !found {
			return orMissing(err)
		}
		if !f.Dropped.IsZero() || f.At.Add(fileRetention).Before(at) {
			return ledger.RefuseState("batch", "deleted, because it is old")
		}
		raw, err := s.seal.Open(f.Bytes, mailingPurpose(number))
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(raw); !bytes.Equal(sum[:], f.Hash[:]) {
			return fmt.Errorf("batch %d is not the one that was made", number)
		}
		if v, err = s.mailingView(tx.Reader, f, raw); err != nil {
			return err
		}
		return tx.PutStaffAct(books.StaffAct{At: at, Key: st.Fingerprint, Role: st.Role, Act: act})
	})
	return v, err
}

// mailingView shows a batch: what is on which page, and nobody's name.
func (s *Server) mailingView(r books.Reader, f books.FrozenMailing, raw []byte) (v view.Mailing, err error) {
	v = view.Mailing{
		Number: f.Number, Printed: view.At(f.At), SHA256: hex.EncodeToString(f.Hash[:]),
		PDF: base64.StdEncoding.EncodeToString(raw), Letters: len(f.Letters), Deleted: view.At(f.Dropped),
		Simulated: s.house.Simulated,
	}
	for i, l := range f.Letters {
		b, _, err := r.Bill(l.User, l.Currency, l.Bill)
		if err != nil {
			return v, err
		}
		u, _, err := r.User(l.User)
		if err != nil {
			return v, err
		}
		v.Pages = append(v.Pages, view.Letter{
			Page: i + 1, Handle: u.Handle, Bill: s.seal.Entry(b.No), Reference: b.Reference, Reminder: int(l.Reminder),
			Amount: b.Amount,
		})
	}
	return v, nil
}

// Mailings lists the batches of letters, newest first. It refuses with ErrNotAllowed a key that is not an operator's.
func (s *Server) Mailings(ctx context.Context, who view.Caller, p view.Paging) (all []view.Mailing, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		all = nil
		list, err := r.Mailings(0, p.Rows())
		for _, f := range list {
			v := view.Mailing{
				Number: f.Number, Printed: view.At(f.At), SHA256: hex.EncodeToString(f.Hash[:]), Letters: len(f.Letters),
				Deleted: view.At(f.Dropped), Simulated: s.house.Simulated,
			}
			all = append(all, v)
		}
		return err
	})
	return all, err
}
