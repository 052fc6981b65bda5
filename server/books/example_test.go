package books_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/store"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	bank = ledger.Account{Class: ledger.Bank, Currency: "EUR"}
	paid = ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: 1}
	sold = ledger.Account{Class: ledger.VendorPending, Currency: "EUR", Owner: 1}
)

// money is an entry that moves cents from one account to another.
func money(cents int64, from, to ledger.Account) ledger.Entry {
	micros := cents * 10_000
	e := ledger.Entry{
		At: noon, Kind: ledger.KindStaff, User: 1, Amount: ledger.Amount{Micros: micros, Currency: "EUR"},
		Postings: []ledger.Posting{{Account: from, Micros: micros}, {Account: to, Micros: -micros}},
	}
	if from == sold || to == sold {
		e.Vendor = 1
	}
	return e
}

// update runs fn in one transaction and stops the program at an error.
func update(s store.Store, fn func(books.Tx) error) {
	err := s.Update(context.Background(), func(kv store.Tx) error { return fn(books.Write(kv)) })
	if err != nil {
		log.Fatal(err)
	}
}

// view runs fn on a snapshot and stops the program at an error.
func view(s store.Store, fn func(books.Reader) error) {
	err := s.View(context.Background(), func(kv store.Reader) error { return fn(books.Read(kv)) })
	if err != nil {
		log.Fatal(err)
	}
}

// funded is a store in which user 1 has paid 5 EUR into a wallet, and may have bought for 30 cents each.
func funded(purchases int) store.Store {
	s := store.NewMemory()
	update(s, func(tx books.Tx) error {
		id, err := tx.NextUser()
		if err != nil {
			return err
		}
		if _, err := tx.Append(ledger.Entry{At: noon, Kind: ledger.KindJoined, User: id}); err != nil {
			return err
		}
		if err := tx.PutUser(ledger.User{ID: id, Handle: "w_abc"}); err != nil {
			return err
		}
		if err := tx.PutWallet(ledger.Wallet{User: id, Currency: "EUR"}); err != nil {
			return err
		}
		_, err = tx.Append(money(500, bank, paid))
		return err
	})
	for range purchases {
		update(s, func(tx books.Tx) error {
			_, err := tx.Append(money(30, paid, sold))
			return err
		})
	}
	return s
}

// One Append moves every row that an entry concerns; an entry that would overdraw the wallet is refused, and nothing of
// its transaction stays.
func ExampleTx_Append() {
	s := funded(0)
	update(s, func(tx books.Tx) error {
		rec, err := tx.Append(money(30, paid, sold))
		fmt.Printf("entry %d after entry %d of the wallet\n", rec.No, rec.PrevUser)
		return err
	})
	err := s.Update(context.Background(), func(kv store.Tx) error {
		_, err := books.Write(kv).Append(money(99_999, paid, sold))
		return err
	})
	fmt.Println("refused:", errors.Is(err, books.ErrSign))
	view(s, func(r books.Reader) error {
		w, _, err := r.Wallet(1, "EUR")
		fmt.Println("wallet:", ledger.Amount{Micros: w.Paid, Currency: "EUR"})
		t, _, err2 := r.Till(1, "EUR")
		fmt.Println("vendor:", ledger.Amount{Micros: t.Pending, Currency: "EUR"})
		return errors.Join(err, err2)
	})
	// Output:
	// entry 3 after entry 2 of the wallet
	// refused: true
	// wallet: 4.70 EUR
	// vendor: 0.30 EUR
}

// A sale hands over the wallet that its decision has read, with new counters: balances and counters are one row, which
// is written once.
func ExampleTx_AppendSpent() {
	s := funded(0)
	update(s, func(tx books.Tx) error {
		w, _, err := tx.Wallet(1, "EUR")
		if err != nil {
			return err
		}
		w.Spent.Day = ledger.Counter{Start: noon.Unix(), Spent: 300_000}
		_, err = tx.AppendSpent(money(30, paid, sold), w, ledger.Day{})
		return err
	})
	view(s, func(r books.Reader) error {
		w, _, err := r.Wallet(1, "EUR")
		fmt.Println("paid", w.Paid, "spent today", w.Spent.Day.Spent)
		return err
	})
	// Output:
	// paid 4700000 spent today 300000
}

// The journal is read in order from any entry on. Each record seals all before it: the hash of the newest is that of
// the head.
func ExampleReader_Journal() {
	view(funded(2), func(r books.Reader) error {
		_, head, err := r.Head()
		if err != nil {
			return err
		}
		for rec, err := range r.Journal(1, 0) {
			if err != nil {
				return err
			}
			fmt.Printf("entry %d: %s, %d postings, newest: %v\n", rec.No, rec.Amount, len(rec.Postings), rec.Hash == head)
		}
		return nil
	})
	// Output:
	// entry 2: 5.00 EUR, 2 postings, newest: false
	// entry 3: 0.30 EUR, 2 postings, newest: false
	// entry 4: 0.30 EUR, 2 postings, newest: true
}

// A wallet's statement is read from the newest entry back, a page at a time.
func ExampleReader_UserEntries() {
	view(funded(3), func(r books.Reader) error {
		var before ledger.EntryNo
		for {
			page, err := r.UserEntries(1, "EUR", before, 2)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, rec := range page {
				fmt.Print(rec.No, " ")
				before = rec.No
			}
			fmt.Println("| next page before", before)
		}
	})
	// Output:
	// 5 4 | next page before 4
	// 3 2 | next page before 2
}

// An audit recomputes everything from the journal. Here a row is changed behind its back.
func ExampleAudit() {
	s := funded(1)
	audit := func() {
		view(s, func(books.Reader) error { return nil })
		err := s.View(context.Background(), func(kv store.Reader) error {
			r, err := books.Audit(context.Background(), kv, nil)
			fmt.Println(r.Entries, "entries, clean:", r.Clean())
			for _, f := range r.Findings {
				fmt.Println(f.Invariant+":", f.What)
			}
			return err
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	audit()
	update(s, func(tx books.Tx) error {
		return tx.PutUser(ledger.User{ID: 1, Handle: "w_abc", Deposits: 7})
	})
	audit()
	// Output:
	// 3 entries, clean: true
	// 3 entries, clean: false
	// rows equal the journal: user 1 of 1 has 7 deposits; joined: true, deposits in the journal: 0
}

// A program brings books up to its own format when it starts, and refuses those that a newer one wrote.
func ExampleUpgrade() {
	s := funded(0)
	format := func(name string) {
		update(s, func(tx books.Tx) error { return tx.PutMeta(books.FormatName, []byte(name)) })
		err := books.Upgrade(context.Background(), s, books.UpgradeOptions{Batch: 4, Progress: func(done, all uint64) {
			fmt.Printf("%d of %d rows\n", done, all)
		}})
		fmt.Println("newer:", errors.Is(err, store.ErrNewer))
	}
	format("books 1")
	format("books 9.1")
	// Output:
	// 4 of 11 rows
	// 8 of 11 rows
	// 11 of 11 rows
	// newer: false
	// newer: true
}
