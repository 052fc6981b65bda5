package main

import (
	"context"
	"time"

	"tuppence/server/funding/debit/simbank"
	"tuppence/server/view"
)

// Files that the simulated banks look at, and methods whose files the demo makes.
const bankFilesShown = 50

var bankMethodNames = []string{"echeck", "autodebit"}

// bankAnswer is a file of a simulated bank that is not read yet.
type bankAnswer struct {
	at   time.Time
	file []byte
}

// playBanks is both the operator and the banks of the demo: each banking day it makes the files, brings them to the
// simulated banks, and reads what they answer. Only the other side is simulated: the files are real ones.
func (s *service) playBanks(ctx context.Context) {
	day := time.Duration(s.c.BankDay) * time.Second
	if day <= 0 { // banks that never open: of settings that were not loaded
		return
	}
	tick := time.NewTicker(day / 2)
	defer tick.Stop()
	bank, due := &simbank.Bank{}, []bankAnswer(nil)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		more, err := s.toBanks(ctx, bank, day)
		if err == nil {
			due, err = s.fromBanks(ctx, append(due, more...))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("simulated banks", "error", err)
		}
	}
}

// toBanks makes the files of today, brings those that no bank has to one, and returns what will be answered.
func (s *service) toBanks(ctx context.Context, bank *simbank.Bank, day time.Duration) (due []bankAnswer, err error) {
	who := view.Caller{Fingerprint: s.operator}
	for _, method := range bankMethodNames {
		if _, err := s.svc.MakeBankFiles(ctx, who, method); err != nil {
			return nil, err
		}
	}
	files, err := s.svc.BankFiles(ctx, who, view.Paging{Limit: bankFilesShown})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if !f.Sent.IsZero() {
			continue
		}
		plain, err := s.svc.BankFile(ctx, who, f.ID)
		if err != nil {
			return due, err
		}
		answers, err := bank.Take(f.Network, plain, time.Now())
		if err != nil {
			return due, err
		}
		if _, err := s.svc.BankSent(ctx, who, f.ID); err != nil {
			return due, err
		}
		for _, a := range answers {
			due = append(due, bankAnswer{time.Now().Add(time.Duration(1+a.After) * day), a.File})
		}
	}
	return due, nil
}

// fromBanks reads the answers that have come, and returns those that have not.
func (s *service) fromBanks(ctx context.Context, due []bankAnswer) (later []bankAnswer, err error) {
	for _, a := range due {
		if a.at.After(time.Now()) {
			later = append(later, a)
			continue
		}
		if _, err := s.svc.ReadBankFile(ctx, view.Caller{Fingerprint: s.operator}, a.file, true); err != nil {
			return later, err
		}
	}
	return later, nil
}
