package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// VoiceLine is how the service is reached by phone (claim 35). The zero value is not at all.
type VoiceLine struct {
	On     bool   // a telephone service calls and signs
	Number string // that people call, "" if it is told elsewhere
	Desk   string // of a representative, "" if a caller leaves a request
}

// refuseNoLine says that nobody can call.
func refuseNoLine() error {
	return ledger.Refuse(ledger.ErrNotAllowed, "Use the terminal, or ask its operator.", "This service takes no calls.")
}

// Voice shows the wallet's access by phone.
func (s *Server) Voice(ctx context.Context, who view.Caller) (v view.Voice, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(_ books.Reader, u ledger.User) error {
		v = s.voiceView(u, at)
		return nil
	})
	return v, err
}

// SetVoicePIN gives the wallet a PIN for calls, and a voice number if it has none. Without a PIN one is made, which is
// in this answer and in no later one. An earlier PIN ends, a lock with it, and the calls that are under way.
//
// It refuses with ErrNotAllowed a new key and a service that takes no calls, and with ErrInvalid a PIN that is guessed
// first.
func (s *Server) SetVoicePIN(ctx context.Context, who view.Caller, pin string) (v view.Voice, err error) {
	made := pin == ""
	for made && ledger.CheckPIN(pin) != nil {
		if pin, err = s.seal.Digits(ledger.VoicePINLength); err != nil {
			return v, err
		}
	}
	switch err := ledger.CheckPIN(pin); {
	case !s.voice.On:
		return v, refuseNoLine()
	case err != nil:
		return v, err
	}
	number, err := s.freeVoiceNumber(ctx)
	if err != nil {
		return v, err
	}
	salt, err := s.seal.Random(16)
	if err != nil {
		return v, err
	}
	q := ledger.VoicePIN{Number: number, Salt: [16]byte(salt), Actor: memberActor(who)}
	q.Hash = s.seal.HashPIN(pin, q.Salt)
	v, err = s.changeVoice(ctx, who, func(_ books.Tx, f ledger.VoiceFacts, at time.Time) (ledger.VoiceOutcome, error) {
		return ledger.DecideVoicePIN(q, f, at)
	})
	if err == nil && made {
		v.PIN = pin
	}
	return v, err
}

// freeVoiceNumber draws a number that no wallet has. Two wallets that draw the same at once are told apart by the
// index, which refuses the second.
func (s *Server) freeVoiceNumber(ctx context.Context) (number string, err error) {
	for taken := true; taken && err == nil; {
		if number, err = s.seal.Digits(ledger.VoiceNumberLength); err != nil {
			return "", err
		}
		err = s.view(ctx, func(r books.Reader) (err error) {
			_, taken, err = r.UserByVoice(number)
			return err
		})
	}
	return number, err
}

// VoiceOff ends the wallet's access by phone. It refuses with ErrState one that is off.
func (s *Server) VoiceOff(ctx context.Context, who view.Caller) (view.Voice, error) {
	return s.changeVoice(ctx, who, func(_ books.Tx, f ledger.VoiceFacts, at time.Time) (ledger.VoiceOutcome, error) {
		return ledger.DecideVoiceOff(memberActor(who), "", f, at)
	})
}

// VoiceThaw thaws what the owner has frozen by phone. It refuses with ErrState a wallet that is not frozen, and with
// ErrNotAllowed what staff or a debt have frozen, and a new key.
func (s *Server) VoiceThaw(ctx context.Context, who view.Caller) (view.Voice, error) {
	return s.changeVoice(ctx, who, func(_ books.Tx, f ledger.VoiceFacts, at time.Time) (ledger.VoiceOutcome, error) {
		thawed, err := ledger.DecideResume(memberActor(who), ledger.FreezeFacts{No: f.No, User: f.User}, at)
		return ledger.VoiceOutcome(thawed), err
	})
}

// changeVoice stores what a member changes of the access by phone.
func (s *Server) changeVoice(
	ctx context.Context, who view.Caller,
	decide func(books.Tx, ledger.VoiceFacts, time.Time) (ledger.VoiceOutcome, error),
) (v view.Voice, err error) {
	at := s.clock()
	var id ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		f := ledger.VoiceFacts{User: u}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := decide(tx, f, at)
		if err != nil {
			return err
		}
		id, v = u.ID, s.voiceView(out.User, at)
		return putVoice(tx, out)
	})
	if err != nil {
		return view.Voice{}, err
	}
	s.notifier.wake(topicUser(id))
	return v, nil
}

// putVoice writes a step.
func putVoice(tx books.Tx, out ledger.VoiceOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutUser(out.User)
}

// voiceOff ends the access by phone beside something else, and writes the user.
func voiceOff(tx books.Tx, u ledger.User, a ledger.Actor, reason string, at time.Time) (ledger.User, error) {
	if u.Voice.Number == "" {
		return u, nil
	}
	no, err := tx.Next()
	if err != nil {
		return u, err
	}
	out, err := ledger.DecideVoiceOff(a, reason, ledger.VoiceFacts{No: no, User: u}, at)
	if err != nil {
		return u, err
	}
	return out.User, putVoice(tx, out)
}

// voiceView shows the access to its owner.
func (s *Server) voiceView(u ledger.User, at time.Time) view.Voice {
	v := view.Voice{
		State: "off", Number: u.Voice.Number, Line: s.voice.Number, Set: view.At(u.Voice.Set), Wrong: int(u.Voice.Total),
		Asked: u.Voice.Asked != 0, Paused: u.Paused != 0,
	}
	switch {
	case u.Voice.Number == "":
	case !s.voice.On:
		v.State = "no_calls"
	case u.Voice.Open(at):
		v.State = "on"
	default:
		v.State, v.LockedUntil = "locked", view.At(u.Voice.Locked)
	}
	return v
}

// DeskAnswered ends the request of a caller for a representative; the owner of the wallet reads the reason. It refuses
// with ErrNotFound what is no such request, with ErrState one that is answered, and with ErrNotAllowed one of the own
// wallet.
func (s *Server) DeskAnswered(ctx context.Context, who view.Caller, id, reason string) (v view.CaseFile, err error) {
	no, err := s.seal.OpenCaller(strings.TrimSpace(id))
	if err != nil {
		return v, ledger.Refuse(ledger.ErrNotFound, "Copy the id from: desk queue --kind caller", "There is no such request.")
	}
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, "desk answered", func(tx books.Tx, st ledger.Staff) error {
		ref, u, err := s.callerCase(tx.Reader, no)
		if err != nil {
			return err
		}
		f := ledger.VoiceFacts{Staff: st, User: u}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideVoiceHelped(no, reason, f, at)
		if err != nil {
			return err
		}
		owner, v = u.ID, view.CaseFile{ID: s.caseName(ref), Kind: caseWords[ref.Kind], Handle: u.Handle}
		if err := putVoice(tx, out); err != nil {
			return err
		}
		c, err := tx.Case(ref)
		if err == nil {
			v.CaseNotes, err = caseView(tx.Reader, c, st, at)
		}
		return err
	})
	if err != nil {
		return view.CaseFile{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// callerCase finds the request of a caller and its wallet, also one that is answered.
func (s *Server) callerCase(r books.Reader, no ledger.EntryNo) (ref ledger.CaseRef, u ledger.User, err error) {
	rec, found, err := r.Entry(no)
	if err == nil && (!found || rec.Voice == nil || rec.Voice.Act != ledger.VoiceAsked) {
		err = ledger.Refuse(ledger.ErrNotFound, "Copy the id from: desk queue --kind caller", "There is no such request.")
	}
	if err != nil {
		return ref, u, err
	}
	u, _, err = r.User(rec.User)
	return ledger.CaseRef{Kind: ledger.CaseCaller, User: rec.User, No: uint64(no)}, u, err
}

// orderTasks are the purchase orders that wait for a person: one that a representative has typed waits for a second
// one. An invoice that nobody has paid in time waits, too.
func orderTasks(r books.Reader) (all []task, err error) {
	open, err := r.OpenDeposits(ledger.Deposit{}, queueWalk)
	if err != nil {
		return nil, err
	}
	for _, d := range open {
		if !d.Is(ledger.DepositOnOrder) {
			continue
		}
		t := task{
			ref:  ledger.CaseRef{Kind: ledger.CaseDeposit, User: d.ID.User, No: d.ID.Number},
			user: d.ID.User, amount: d.Amount, state: view.State(d.State), kind: "order",
		}
		switch d.State {
		case ledger.DepositSubmitted:
			if t.due, t.leads = d.Created.Add(receiptPromise), "po accept"; d.Order.Until.Before(t.due) {
				t.due = d.Order.Until
			}
			t.about = "order " + d.Order.Number + ", signed"
			if d.Receiver != "" {
				by, err := nameOf(r, d.Receiver)
				if err != nil {
					return nil, err
				}
				t.about = "order " + d.Order.Number + " waits for a second person, typed by " + by
			}
		case ledger.DepositOverdue:
			t.due, t.leads, t.about = d.Order.Due, "po write-off", "order "+d.Order.Number+", its invoice is not paid"
		default:
			continue
		}
		all = append(all, t)
	}
	return all, nil
}

// callerTasks are the requests of callers for a representative.
func callerTasks(r books.Reader) (all []task, err error) {
	waiting, err := r.Callers(queueWalk)
	if err != nil {
		return nil, err
	}
	for _, u := range waiting {
		rec, found, err := r.Entry(u.Voice.Asked)
		if err != nil || !found {
			return nil, orMissing(err)
		}
		all = append(all, task{
			ref:  ledger.CaseRef{Kind: ledger.CaseCaller, User: u.ID, No: uint64(u.Voice.Asked)},
			user: u.ID, due: rec.At.Add(callerPromise), about: "asked by phone for a representative", state: "waiting",
			leads: "desk answered",
		})
	}
	return all, nil
}

// callerPromise is by when somebody should have answered a caller.
const callerPromise = 24 * time.Hour
