package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding/billfile"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// filePurpose binds the sealed bytes of a file for a biller to their use: it has numbers of accounts.
const filePurpose = "biller file"

// BillerFile returns a file of charges for a biller: the one with a number, or for 0 a new one of all that wait. A file
// is made once, in one transaction with what says which charges are in it; named again it has the same bytes.
//
// It refuses with ErrNotAllowed a key that is not an operator's, with ErrNotFound a file that is not there, and with
// ErrState a biller for which nothing waits, or not yet after a restore, and a file that is so old that its bytes were
// deleted.
func (s *Server) BillerFile(
	ctx context.Context, who view.Caller, biller string, number uint64,
) (v view.BillerFile, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "biller file", func(tx books.Tx, st ledger.Staff) error {
		b, err := billerNamed(tx.Reader, biller)
		if err != nil {
			return err
		}
		if number > 0 {
			v, err = s.frozenFile(tx.Reader, b, number)
			return err
		}
		if err := s.refuseRestored(tx.Reader); err != nil {
			return err
		}
		charges, file, err := s.waitingCharges(tx.Reader, b, at)
		if err != nil {
			return err
		}
		raw, err := billfile.Write(charges)
		if err != nil {
			return err
		}
		sealed, err := s.seal.Seal(raw, filePurpose)
		if err != nil {
			return err
		}
		f := ledger.BillerFacts{Biller: b}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		file.Hash, file.Sealed = sha256.Sum256(raw), sha256.Sum256(sealed)
		out := ledger.FreezeFile(file, staffActor(st), f, at)
		if err := putBiller(tx, out); err != nil {
			return err
		}
		v = billerFileView(out.File, raw)
		return tx.PutFrozenFile(books.FrozenFile{BillerFile: out.File, Bytes: sealed})
	})
	return v, err
}

func billerFileView(f ledger.BillerFile, raw []byte) view.BillerFile {
	return view.BillerFile{
		Biller: f.Biller, Number: f.Number, Lines: int(f.Lines), Sum: f.Sum, SHA256: hex.EncodeToString(f.Hash[:]),
		Made: view.At(f.At), Text: string(raw),
	}
}

// frozenFile reads a file that was made before.
func (s *Server) frozenFile(r books.Reader, b ledger.Biller, number uint64) (v view.BillerFile, err error) {
	f, found, err := r.FrozenFile(b.Name, number)
	if err == nil && !found {
		err = ledger.Refuse(ledger.ErrNotFound, fmt.Sprintf("They go from 1 to %d.", b.Files),
			"There is no file %d for %s.", number, b.Name)
	}
	if err != nil {
		return v, err
	}
	if len(f.Bytes) == 0 {
		return v, ledger.RefuseState("file", "deleted, because it is old")
	}
	raw, err := s.seal.Open(f.Bytes, filePurpose)
	if err != nil {
		return v, err
	}
	return billerFileView(f.BillerFile, raw), nil
}

// waitingCharges are the charges that no file has, in the order in which they were begun.
func (s *Server) waitingCharges(
	r books.Reader, b ledger.Biller, at time.Time,
) (all []billfile.Charge, file ledger.BillerFile, err error) {
	file.Sum.Currency = b.Currency
	for behind := (ledger.Deposit{}); len(all) < billfile.MaxLines; {
		page, err := r.OpenDeposits(behind, duePage)
		if err != nil {
			return nil, file, err
		}
		for _, d := range page {
			if d.Bill.Biller != b.Name || d.State != ledger.DepositSubmitted || b.Sent(d) || len(all) == billfile.MaxLines {
				continue
			}
			c, err := s.charge(r, d, at)
			if err != nil {
				return nil, file, err
			}
			all = append(all, c)
			file.Lines, file.Sum.Micros, file.Upto = file.Lines+1, file.Sum.Micros+d.Amount.Micros, d.No
		}
		if len(page) < duePage {
			break
		}
		behind = page[len(page)-1]
	}
	if len(all) == 0 {
		err = ledger.Refuse(ledger.ErrState, "An earlier file comes again with --number.", "Nothing waits for %s.", b.Title)
	}
	return all, file, err
}

// charge is the line of a deposit in a file: nobody but the biller gets the number of the account.
func (s *Server) charge(r books.Reader, d ledger.Deposit, at time.Time) (c billfile.Charge, err error) {
	a, _, err := r.BillerAccount(d.ID.User, d.Bill.Biller)
	if err != nil {
		return c, err
	}
	plain, err := s.seal.Open(a.Sealed, accountPurpose)
	if err != nil {
		return c, err
	}
	number, code, _ := strings.Cut(string(plain), "\x00")
	c = billfile.Charge{
		Reference: d.Reference, Account: number, Amount: d.Amount, Day: at, Text: "Tokens of " + s.house.Name,
	}
	if d.Bill.First {
		c.Text = s.house.Name + " code " + code
	}
	return c, nil
}

// ReadBillerFile takes a biller's file: all of it in one transaction, or nothing. A file that was taken before changes
// nothing, and so does a line that says what is known. What was remitted otherwise than it was charged is kept apart.
//
// It refuses with ErrInvalid a file that is cut, changed or of another form, and with ErrState one that says what
// cannot follow; the refusal names the line.
func (s *Server) ReadBillerFile(
	ctx context.Context, who view.Caller, biller string, file []byte,
) (v view.BillerRead, err error) {
	lines, err := billfile.Read(file)
	if err != nil {
		return v, err
	}
	at, sum := s.clock(), sha256.Sum256(file)
	name := hex.EncodeToString(sum[:])
	var changed []ledger.UserID
	err = s.updateStaff(ctx, who, operatorOnly, "biller read", func(tx books.Tx, st ledger.Staff) error {
		changed = nil
		b, err := billerNamed(tx.Reader, biller)
		if err != nil {
			return err
		}
		v = view.BillerRead{Biller: b.Name, Lines: len(lines), SHA256: name}
		if _, v.Again, err = tx.Idempotency("biller/"+b.Name, name); err != nil || v.Again {
			return err
		}
		note := ledger.Change{Name: b.Name, New: "file read, SHA-256 " + name}
		if err := appendStaffAct(tx, st, ledger.KindBiller, 0, note, at); err != nil {
			return err
		}
		for i, line := range lines {
			user, err := s.takeLine(tx, b, line, i+1, &v, at)
			if err != nil {
				return err
			}
			if user != 0 {
				changed = append(changed, user)
			}
		}
		return tx.PutIdempotency("biller/"+b.Name, name, books.IdempotencyRecord{Kind: kindNews, At: at})
	})
	if err != nil {
		return view.BillerRead{}, err
	}
	for _, u := range changed {
		s.notifier.wake(topicUser(u), topicDesk)
	}
	return v, nil
}

// lineSteps are what a line of each kind makes of a deposit.
var lineSteps = map[billfile.Kind][]ledger.DepositState{
	billfile.Accepted: {ledger.DepositBillerAccepted, ledger.DepositIssued},
	billfile.Rejected: {ledger.DepositFailed},
	billfile.Remitted: {ledger.DepositRemitted},
	billfile.Reversed: {ledger.DepositBillerReversed},
}

// known are the states in which a line of each kind says nothing new.
var known = map[billfile.Kind][]ledger.DepositState{
	billfile.Accepted: {
		ledger.DepositBillerAccepted, ledger.DepositIssued, ledger.DepositRemitted, ledger.DepositBillerReversed,
	},
	billfile.Rejected: {ledger.DepositFailed},
	billfile.Remitted: {ledger.DepositRemitted, ledger.DepositBillerReversed},
	billfile.Reversed: {ledger.DepositBillerReversed},
}

// takeLine does what a line says. It returns whose wallet it changed, 0 for nobody's.
func (s *Server) takeLine(
	tx books.Tx, b ledger.Biller, line billfile.Answer, n int, v *view.BillerRead, at time.Time,
) (ledger.UserID, error) {
	no := func(detail string, args ...any) error {
		return ledger.Refuse(ledger.ErrState, "Nothing was taken. Ask the biller about this line.",
			"Line %d: %s", n, fmt.Sprintf(detail, args...))
	}
	d, found, err := s.depositNamed(tx.Reader, line.Reference)
	if err != nil {
		return 0, err
	}
	found = found && d.Bill.Biller == b.Name && b.Sent(d)
	fits := found && d.Amount == line.Amount
	if line.Kind == billfile.Remitted {
		fits = found && b.Takes(d.Amount, line.Amount)
	}
	steps := lineSteps[line.Kind]
	switch {
	case !fits && line.Kind == billfile.Remitted:
		return 0, s.remittedApart(tx, b, line, d, v, at)
	case !found:
		return 0, no("no charge in a file for %s has this reference.", b.Title)
	case !fits:
		return 0, no("%s were charged, not %s.", d.Amount, line.Amount)
	case slices.Contains(known[line.Kind], d.State):
		v.Known++
		return 0, nil
	case !slices.Contains(d.Next(), steps[0]):
		return 0, no("the charge is %s, so it cannot be %s.", view.State(d.State).Words(), line.Kind)
	}
	for _, to := range steps {
		e := ledger.DepositEvent{To: to, Reason: line.Reason, Actor: systemActor}
		if to == ledger.DepositRemitted {
			e.Fee = d.Amount.Micros - line.Amount.Micros
		}
		if d, err = advance(tx, d, e, at); err != nil {
			return 0, err
		}
	}
	v.Count(string(line.Kind))
	return d.ID.User, nil
}

// remittedApart keeps apart what a biller has passed on for no charge, or otherwise than it was charged: a person
// decides. It is known by its kind and its reference, so a line that comes again changes nothing.
func (s *Server) remittedApart(
	tx books.Tx, b ledger.Biller, line billfile.Answer, d ledger.Deposit, v *view.BillerRead, at time.Time,
) error {
	mark := b.Name + "/" + line.Reference
	_, seen, err := tx.ReceiptByExternal(b.Method, mark)
	if err != nil {
		return err
	}
	if seen {
		v.Known++
		return nil
	}
	f, err := s.receiptFacts(tx, ledger.Receipt{}, ledger.Staff{})
	if err != nil {
		return err
	}
	out, err := ledger.NewReceipt(ledger.Receipt{
		Source: b.Method, Amount: line.Amount, External: mark, Text: line.Reference, About: d.ID,
		Reason: "Remitted by " + b.Title + ", and not as it was charged.",
	}, f, systemActor, at)
	if err != nil {
		return err
	}
	v.Apart++
	_, err = s.putReceipt(tx, out)
	return err
}

// PlayBiller plays a biller in a demonstration: it reads the bytes of a file for it, and returns those of what it
// answers: at once, or later, when the bills were paid. It refuses with ErrNotAllowed a service with real money.
func (s *Server) PlayBiller(
	ctx context.Context, who view.Caller, biller string, number uint64, later bool,
) (file []byte, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		if !s.house.Simulated {
			return ledger.Refuse(ledger.ErrNotAllowed, "Ask the biller for its file.",
				"Billers are played in a demonstration only.")
		}
		b, err := billerNamed(r, biller)
		if err != nil {
			return err
		}
		if number == 0 {
			number = b.Files
		}
		v, err := s.frozenFile(r, b, number)
		if err != nil {
			return err
		}
		first, second, err := billfile.Simulate([]byte(v.Text), b.Currency, s.clock())
		if file = first; later {
			file = second
		}
		return err
	})
	return file, err
}
