package server

import (
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Files that were made for banks, billers and printers have account numbers, names and addresses in them. They can be
// printed again for a time; then their bytes are deleted by the clock alone, whatever became of them and whether
// another file follows or not. What was in them stays known, with their hash and their totals.

const (
	// fileRetention is how long the bytes of a file are kept, from when it was made: what is in it has ended long before
	// that, or can be taken back by its owner alone, and who asks then is answered from the books.
	fileRetention = 100 * 24 * time.Hour
	// filesLooked is how often all files are looked at: they are many, and a day is as good as an hour.
	filesLooked = 24 * time.Hour
	// filesForgotten bounds how many of them one transaction changes.
	filesForgotten = 50
)

// sweepFiles deletes the bytes of files that are old, once a day and after each start.
func (s *Server) sweepFiles(ctx context.Context, now time.Time) error {
	if !s.oldFiles.due(now) {
		return nil
	}
	before := now.Add(-fileRetention)
	err := errors.Join(
		s.forgetBankFiles(ctx, before), s.forgetBillerFiles(ctx, before), s.forgetMailings(ctx, before, now),
	)
	if err != nil {
		s.oldFiles.look()
		return err
	}
	s.oldFiles.at(now.Add(filesLooked))
	return nil
}

// inPages changes what is old in pages, until a page is not full. A page that is read anew does not have what was
// changed.
func inPages[T any](
	ctx context.Context, s *Server, read func(books.Reader) ([]T, error), change func(books.Tx, T) error,
) error {
	for more := true; more && ctx.Err() == nil; {
		var old []T
		err := s.view(ctx, func(r books.Reader) (err error) {
			old, err = read(r)
			return err
		})
		if err != nil || len(old) == 0 {
			return err
		}
		err = s.update(ctx, func(tx books.Tx) error {
			for _, one := range old {
				if err := change(tx, one); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		more = len(old) >= filesForgotten
	}
	return ctx.Err()
}

// forgetBankFiles deletes the bytes of files for banks: debits, payouts and redemptions.
func (s *Server) forgetBankFiles(ctx context.Context, before time.Time) error {
	return inPages(ctx, s, func(r books.Reader) (old []uint64, err error) {
		return old, r.EachBankFile(func(f books.BankFile) (more bool) {
			if len(f.Data) > 0 && f.Created.Before(before) {
				old = append(old, f.No)
			}
			return len(old) < filesForgotten
		})
	}, func(tx books.Tx, no uint64) error {
		f, _, err := tx.BankFile(no)
		if err != nil {
			return err
		}
		f.Data = nil
		return tx.PutBankFile(f)
	})
}

// forgetBillerFiles deletes the bytes of files for billers.
func (s *Server) forgetBillerFiles(ctx context.Context, before time.Time) error {
	var billers []ledger.Biller
	err := s.view(ctx, func(r books.Reader) (err error) {
		billers, err = r.Billers()
		return err
	})
	for _, b := range billers {
		if err != nil {
			break
		}
		err = inPages(ctx, s, func(r books.Reader) (old []uint64, err error) {
			list, err := r.FrozenFiles(b.Name, 0)
			for _, f := range list {
				if len(f.Bytes) > 0 && f.At.Before(before) && len(old) < filesForgotten {
					old = append(old, f.Number)
				}
			}
			return old, err
		}, func(tx books.Tx, number uint64) error {
			f, _, err := tx.FrozenFile(b.Name, number)
			if err != nil {
				return err
			}
			f.Bytes = nil
			return tx.PutFrozenFile(f)
		})
	}
	return err
}

// forgetMailings deletes the files of batches of letters.
func (s *Server) forgetMailings(ctx context.Context, before, now time.Time) error {
	return inPages(ctx, s, oldMailings(before), func(tx books.Tx, number uint64) error {
		f, _, err := tx.Mailing(number)
		if err != nil {
			return err
		}
		f.Bytes, f.Dropped = nil, now
		return tx.PutMailing(f)
	})
}

// oldMailings reads which batches are old and not forgotten, the newest first.
func oldMailings(before time.Time) func(books.Reader) ([]uint64, error) {
	return func(r books.Reader) (old []uint64, err error) {
		for number := uint64(0); ; {
			page, err := r.Mailings(number, 20)
			if err != nil || len(page) == 0 {
				return old, err
			}
			for _, f := range page {
				if f.Dropped.IsZero() && f.At.Before(before) && len(old) < filesForgotten {
					old = append(old, f.Number)
				}
				number = f.Number
			}
		}
	}
}
