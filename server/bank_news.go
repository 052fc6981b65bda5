package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Bounds of what is read of a file of a bank at once.
const (
	newsChunk   = 50  // items of one transaction
	newsPreview = 200 // items of a preview, which is one transaction that is taken back
)

// errPreview takes a preview back.
var errPreview = errors.New("a preview leaves nothing behind")

// bankNews is an item with the deposits that it is about, where it is about a whole file.
type bankNews struct {
	funding.NewsItem
	in []ledger.DepositID
}

// ReadBankFile reads a file of a bank: returns, changes, answers to our files, statements. Its hash is looked for
// first, then each item by its own id: what comes twice is done once. Without yes it tells what would follow, and
// nothing stays. What is not clear is an item for a person, and stops no other one.
//
// It refuses with ErrInvalid a file that is not whole or of no form that is read, and with ErrNotAllowed who is no
// operator.
func (s *Server) ReadBankFile(
	ctx context.Context, who view.Caller, file []byte, yes bool,
) (v view.BankNews, err error) {
	sum := sha256.Sum256(file)
	v.Hash = hex.EncodeToString(sum[:])
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		had, again, err := r.BankItem("file", v.Hash)
		v.Again, v.What, v.Read = again, had.Done, again
		return err
	})
	if err != nil || v.Again {
		return v, err
	}
	news, err := s.bankNews(file)
	if err != nil {
		return v, err
	}
	v.What = news.What
	items, err := s.expand(ctx, news)
	n := newsReader{s: s, who: who, network: news.Network, at: s.clock()}
	switch {
	case err != nil:
		return v, err
	case !yes:
		return n.preview(ctx, v, items)
	}
	// What follows is the bank's word and no act of staff, so it is the service's; who has read the file is told first.
	err = s.updateOperator(ctx, who, func(tx books.Tx, st ledger.Staff) error {
		return tx.PutStaffAct(books.StaffAct{At: n.at, Key: st.Fingerprint, Role: st.Role, Act: "bank read " + v.Hash[:16]})
	})
	if err != nil {
		return v, err
	}
	for chunk := range slices.Chunk(items, newsChunk) {
		shown, err := n.chunk(ctx, chunk)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, shown...)
	}
	v.Read = true
	s.clearing.look()
	return withPersons(v), s.updateOperator(ctx, who, func(tx books.Tx, _ ledger.Staff) error {
		if _, again, err := tx.BankItem("file", v.Hash); err != nil || again {
			return err
		}
		return tx.PutBankItem(books.BankItem{Source: "file", ID: v.Hash, Done: v.What, At: n.at})
	})
}

// bankNews reads a file of a bank.
func (s *Server) bankNews(file []byte) (news funding.BankNews, err error) {
	for _, one := range s.methods {
		if m, is := one.(funding.Collector); is && s.offered(m.Info()) {
			return m.Read(file)
		}
	}
	return news, ledger.Invalid("file", "Set up echeck or autodebit first.", "No files of banks are read here.")
}

// withPersons adds up what a person has to look at.
func withPersons(v view.BankNews) view.BankNews {
	v.Person = 0
	for _, i := range v.Items {
		if i.Person {
			v.Person++
		}
	}
	return v
}

// expand makes an item for each debit of a file that came back as a whole.
func (s *Server) expand(ctx context.Context, news funding.BankNews) (all []bankNews, err error) {
	for _, i := range news.Items {
		if i.File == "" {
			all = append(all, bankNews{NewsItem: i})
			continue
		}
		in, orders, err := s.ordersIn(ctx, i.File)
		if err != nil {
			i.Kind, i.File = funding.NewsPerson, ""
			i.Why = "the bank answers to a file that is not known here"
		}
		if i.Kind != funding.NewsReturn {
			all = append(all, bankNews{i, in})
			continue
		}
		for _, id := range orders {
			one := i
			one.File, one.ID, one.Key = "", id, i.Key+" "+id
			all = append(all, bankNews{NewsItem: one})
		}
		err = s.view(ctx, func(r books.Reader) error {
			for _, id := range in {
				d, _, err := r.Deposit(id)
				if err != nil {
					return err
				}
				one := i
				one.File, one.ID, one.Key = "", d.External, i.Key+" "+d.External
				all = append(all, bankNews{NewsItem: one})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ordersIn reads what of a file is still on its way: debits, or the ids of payouts.
func (s *Server) ordersIn(ctx context.Context, id string) (in []ledger.DepositID, orders []string, err error) {
	no, err := openBankFileID(id)
	if err != nil {
		return nil, nil, err
	}
	if in, err = s.debitsIn(ctx, no); err != nil {
		return nil, nil, err
	}
	err = s.view(ctx, func(r books.Reader) error {
		f, _, err := r.BankFile(no)
		if err == nil {
			orders, err = s.payoutsIn(r, f)
		}
		return err
	})
	return in, orders, err
}

// newsReader does what follows from the items of one file.
type newsReader struct {
	s       *Server
	who     view.Caller
	network string
	at      time.Time
}

// updateOperator runs fn as one transaction for an operator, and writes no line of the staff log.
func (s *Server) updateOperator(ctx context.Context, who view.Caller, fn func(books.Tx, ledger.Staff) error) error {
	return s.update(ctx, func(tx books.Tx) error {
		st, err := requireStaff(tx.Reader, who, operatorOnly)
		if err != nil {
			return err
		}
		return fn(tx, st)
	})
}

// preview tells what would follow, by doing it and taking it back.
func (n newsReader) preview(ctx context.Context, v view.BankNews, items []bankNews) (view.BankNews, error) {
	shown := items[:min(len(items), newsPreview)]
	err := n.s.updateOperator(ctx, n.who, func(tx books.Tx, st ledger.Staff) error {
		v.Items = nil
		for _, i := range shown {
			one, _, err := n.item(tx, i, st)
			if one, err = orPerson(one, i, err); err != nil {
				return err
			}
			v.Items = append(v.Items, one)
		}
		return errPreview
	})
	if !errors.Is(err, errPreview) {
		return v, err
	}
	v.Left = len(items) - len(shown)
	return withPersons(v), nil
}

// orPerson makes a refusal an item for a person.
func orPerson(v view.NewsItem, i bankNews, err error) (view.NewsItem, error) {
	var no *ledger.Refusal
	if !errors.As(err, &no) {
		return v, err
	}
	return personal(i.NewsItem, no.Detail), nil
}

// chunk does some items in one transaction. If one of them is refused, each is done by itself.
func (n newsReader) chunk(ctx context.Context, items []bankNews) (shown []view.NewsItem, err error) {
	var changed []ledger.UserID
	err = n.s.updateOperator(ctx, n.who, func(tx books.Tx, st ledger.Staff) error {
		shown, changed = nil, nil
		for _, i := range items {
			one, user, err := n.item(tx, i, st)
			if err != nil {
				return err
			}
			shown = append(shown, one)
			changed = append(changed, user)
		}
		return nil
	})
	var no *ledger.Refusal
	switch {
	case err == nil:
		for _, u := range changed {
			n.s.notifier.wake(topicUser(u), topicDesk)
		}
		return shown, nil
	case !errors.As(err, &no) || errors.Is(err, ledger.ErrNotAllowed) || errors.Is(err, ledger.ErrUnavailable):
		return nil, err
	case len(items) == 1:
		one := personal(items[0].NewsItem, no.Detail)
		return []view.NewsItem{one}, n.s.updateOperator(ctx, n.who, func(tx books.Tx, _ ledger.Staff) error {
			return n.note(tx, items[0].NewsItem, one.Outcome, books.BankItem{})
		})
	}
	shown = nil
	for _, i := range items {
		one, err := n.chunk(ctx, []bankNews{i})
		if err != nil {
			return nil, err
		}
		shown = append(shown, one...)
	}
	return shown, nil
}

// note writes down that an item is done.
func (n newsReader) note(tx books.Tx, i funding.NewsItem, done string, about books.BankItem) error {
	if i.Key == "" {
		return nil
	}
	source := n.network + "/in"
	if _, again, err := tx.BankItem(source, i.Key); err != nil || again {
		return err
	}
	return tx.PutBankItem(books.BankItem{
		Source: source, ID: i.Key, User: about.User, Number: about.Number, Done: ledger.CleanLine(done, 140), At: n.at,
	})
}

// personal is an item for a person.
func personal(i funding.NewsItem, why string) view.NewsItem {
	return told(i, "for a person: "+why, true)
}

// told is an item with what follows from it.
func told(i funding.NewsItem, outcome string, person bool) view.NewsItem {
	v := view.NewsItem{ID: i.ID, Code: i.Code, Outcome: outcome, Person: person}
	if i.Amount.Micros != 0 {
		v.Amount = &i.Amount
	}
	return v
}
