package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// callLife is how long the next step of a call may take.
	callLife = 10 * time.Minute
	// callTries is how many PINs are typed in one call, spokenRows how many purchases are read out.
	callTries, spokenRows = 3, 3
)

// What a step of a call asks for.
const (
	askNumber  = "number"
	askPIN     = "pin"
	askMenu    = "menu"
	askFreeze  = "freeze"
	askDispute = "dispute"
)

// callState is how far a call has come. It travels sealed through the telephone service, so a call keeps nothing here.
type callState struct {
	Call   string         `json:"c"` // hash of the name of the call
	Step   int            `json:"s"`
	Until  int64          `json:"u"`
	Ask    string         `json:"a"`
	Tries  int            `json:"t,omitempty"`
	Number string         `json:"n,omitempty"`
	User   ledger.UserID  `json:"w,omitempty"`
	PIN    []byte         `json:"p,omitempty"` // of the hash of the PIN that was typed: another one ends the call
	Charge ledger.EntryNo `json:"e,omitempty"`
}

// errCallOver says that a call cannot go on: it took too long, its PIN is another one by now, or its state is of
// another call.
var errCallOver = errors.New("the call is over")

// Call is one step of a call: what was typed, and how far the call had come. What follows is said, and asked. A step
// that is told again changes nothing again. The caller's number is not among what it takes.
//
// It refuses with ErrNotFound where no calls are taken, and with ErrInvalid a call without a name. Everything else is
// an answer for the caller.
func (s *Server) Call(ctx context.Context, q view.CallStep) (view.Spoken, error) {
	switch {
	case !s.voice.On:
		return view.Spoken{}, ledger.RefuseNotFound("page")
	case q.Call == "" || len(q.Call) > 100:
		return view.Spoken{}, ledger.Invalid("CallSid", "Send the name of the call.", "The call has no name.")
	}
	at := s.clock()
	sum := sha256.Sum256([]byte("tuppence call " + q.Call))
	name := base64.RawURLEncoding.EncodeToString(sum[:16])
	if q.State == "" {
		say := []string{"Welcome to " + ledger.SpokenText(s.house.Name) + "."}
		if s.house.Simulated {
			say = append(say, "This is a demonstration. No real money moves.")
		}
		return s.askNumber(callState{Call: name}, append(say, "Please type your voice number, eight digits."), at)
	}
	st, err := s.openCall(q.State, name, at)
	var v view.Spoken
	if err == nil {
		v, err = s.callStep(ctx, st, typedDigits(q.Digits), s.seal.Phone(q.From), at)
	}
	no, refused := errors.AsType[*ledger.Refusal](err)
	switch {
	case errors.Is(err, errCallOver), errors.Is(err, ledger.ErrKeyReused):
		return view.Spoken{Say: []string{"This call is over. Please call again."}}, nil
	case refused:
		return view.Spoken{Say: []string{ledger.CleanLine(no.Detail, 200), "Goodbye."}}, nil
	}
	return v, err
}

// openCall reads how far a call has come.
func (s *Server) openCall(sealed, name string, at time.Time) (st callState, err error) {
	raw, err := s.seal.OpenCall(sealed)
	if err != nil || json.Unmarshal(raw, &st) != nil || st.Call != name {
		return st, errCallOver
	}
	until := time.Unix(st.Until, 0)
	if !at.Before(until) || until.Sub(at) > 2*callLife {
		return st, errCallOver
	}
	return st, nil
}

// next says something and asks for digits.
func (s *Server) next(st callState, ask string, digits int, say []string, at time.Time) (v view.Spoken, err error) {
	st.Ask, st.Step, st.Until = ask, st.Step+1, at.Add(callLife).Unix()
	raw, err := json.Marshal(st)
	if err != nil {
		return v, err
	}
	v = view.Spoken{Say: say, Digits: digits}
	v.State, err = s.seal.SealCall(raw)
	return v, err
}

func (s *Server) askNumber(st callState, say []string, at time.Time) (view.Spoken, error) {
	return s.next(st, askNumber, ledger.VoiceNumberLength, say, at)
}

// callStep answers what was typed.
func (s *Server) callStep(
	ctx context.Context, st callState, typed, phone string, at time.Time,
) (view.Spoken, error) {
	switch st.Ask {
	case askNumber: // nothing is looked up yet, so all numbers sound alike
		st.Number = typed
		return s.next(st, askPIN, ledger.VoicePINLength, []string{"Please type your PIN, six digits."}, at)
	case askPIN:
		return s.callPIN(ctx, st, typed, phone, at)
	}
	u, err := s.callerWallet(ctx, st)
	if err != nil {
		return view.Spoken{}, err
	}
	switch {
	case st.Ask == askFreeze && typed == "1":
		return s.callFreeze(ctx, st, u, typed, at)
	case st.Ask == askDispute && len(typed) == 1 && strings.Contains("1234", typed):
		return s.callDispute(ctx, st, u, typed, at)
	case st.Ask != askMenu:
		return s.menu(st, []string{"Nothing was done."}, at)
	}
	switch typed {
	case "1":
		return s.callBalance(ctx, st, u, at)
	case "2":
		return s.callPurchases(ctx, st, u, at)
	case "3":
		return s.next(st, askFreeze, 1, []string{
			"To freeze your wallet press 1. Then nothing is bought, funded or sent. You thaw it in your wallet, not by phone.",
			"For the menu press any other key.",
		}, at)
	case "4":
		return s.callLastCharge(ctx, st, u, at)
	case "5":
		return s.callPerson(ctx, st, u, at)
	case "9":
		return view.Spoken{Say: []string{"Goodbye."}}, nil
	}
	return s.menu(st, nil, at)
}

// menu says what can be typed, after something else.
func (s *Server) menu(st callState, said []string, at time.Time) (view.Spoken, error) {
	return s.next(st, askMenu, 1, append(said,
		"For your balance press 1. For your last purchases press 2. To freeze your wallet press 3. "+
			"To dispute your last purchase press 4. For a representative press 5. To hang up press 9."), at)
}

// callPIN looks at a number and its PIN. Whatever is wrong has one answer, and takes as long.
func (s *Server) callPIN(ctx context.Context, st callState, pin, phone string, at time.Time) (view.Spoken, error) {
	if !s.pins.allow(phone, at) {
		if s.pins.siege(at) {
			s.log.Warn("more wrong PINs are typed in calls than ever by mistake", "an hour", allPINs)
		}
		return view.Spoken{Say: []string{"Too many wrong PINs were typed. Please call again in an hour."}}, nil
	}
	u, right, again, err := s.tryPIN(ctx, st, pin, at)
	switch {
	case err != nil:
		return view.Spoken{}, err
	case right:
		st.User, st.PIN, st.Number = u.ID, u.Voice.Hash[:8], ""
		return s.menu(st, []string{"Thank you."}, at)
	}
	if !again {
		s.pins.wrong(phone, at)
	}
	const wrong = "This number and PIN open no wallet, or it takes no calls now. Your wallet shows which."
	if st.Tries++; st.Tries >= callTries {
		return view.Spoken{Say: []string{wrong, "Goodbye."}}, nil
	}
	return s.askNumber(st, []string{wrong, "Please type your voice number, eight digits."}, at)
}

// tryPIN counts a PIN as a wrong one, then looks at it, then takes the count back or lets the rules act on it: what is
// cut off between two of these was never free. The same step told again is not counted again.
func (s *Server) tryPIN(
	ctx context.Context, st callState, pin string, at time.Time,
) (u ledger.User, right, again bool, err error) {
	counted := false
	q := request{
		Owner: "voice", Key: "pin/" + st.Call + "/" + strconv.Itoa(st.Step), At: at, Fingerprint: fingerprint(st.Number, pin),
	}
	_, again, err = s.idempotent(ctx, q, func(tx books.Tx) (string, []byte, error) {
		counted = false
		found := false
		if u, found, err = tx.UserByVoice(st.Number); err != nil || !found {
			return "", nil, err
		}
		if u.Voice, counted = u.Voice.TryPIN(at); counted {
			return "voice", []byte{1}, tx.PutUser(u)
		}
		return "", nil, s.voiceWrong(tx, &u, at) // a lock that was cut off
	})
	if err != nil {
		return u, false, again, err
	}
	if again {
		if u, counted, err = s.calledWallet(ctx, st.Number, at); err != nil {
			return u, false, again, err
		}
	}
	hash := s.seal.HashPIN(pin, u.Voice.Salt) // also for nobody's number: it takes as long
	right = counted && subtle.ConstantTimeCompare(hash[:], u.Voice.Hash[:]) == 1
	if again || !counted {
		return u, right, again, nil
	}
	err = s.update(ctx, func(tx books.Tx) error {
		now, found, err := tx.User(u.ID)
		if err != nil || !found || now.Voice.Hash != u.Voice.Hash {
			right = false
			return err
		}
		if right {
			now.Voice = now.Voice.RightPIN()
			return tx.PutUser(now)
		}
		return s.voiceWrong(tx, &now, at)
	})
	if err == nil && !right {
		s.notifier.wake(topicUser(u.ID))
	}
	return u, right, again, err
}

// calledWallet is the wallet of a voice number, if PINs of it are looked at.
func (s *Server) calledWallet(ctx context.Context, number string, at time.Time) (u ledger.User, open bool, err error) {
	err = s.view(ctx, func(r books.Reader) (err error) {
		u, open, err = r.UserByVoice(number)
		open = open && u.Voice.Open(at)
		return err
	})
	return u, open, err
}

// voiceWrong lets the rules act on wrong PINs.
func (s *Server) voiceWrong(tx books.Tx, u *ledger.User, at time.Time) error {
	no, err := tx.Next()
	if err != nil {
		return err
	}
	out, changed := ledger.DecideVoiceWrong(ledger.VoiceFacts{No: no, User: *u}, at)
	if !changed {
		return nil
	}
	*u = out.User
	return putVoice(tx, out)
}

// callerWallet is the wallet of a call that has typed its PIN. A PIN that was set anew ends the call.
func (s *Server) callerWallet(ctx context.Context, st callState) (u ledger.User, err error) {
	err = s.view(ctx, func(r books.Reader) (err error) {
		u, err = stillCalls(r, st)
		return err
	})
	return u, err
}

// stillCalls is callerWallet on a snapshot.
func stillCalls(r books.Reader, st callState) (ledger.User, error) {
	u, found, err := r.User(st.User)
	if err == nil && (!found || st.User == 0 || u.Voice.Number == "" || !bytes.Equal(u.Voice.Hash[:8], st.PIN) ||
		u.Status == ledger.UserClosed) {
		err = errCallOver
	}
	return u, err
}

// callOnce does one step of a call that changes something, and returns the words for it: those of the first time if the
// step is told again.
func (s *Server) callOnce(
	ctx context.Context, st callState, typed string, at time.Time,
	do func(tx books.Tx, u ledger.User, no ledger.EntryNo) (said string, err error),
) (said string, err error) {
	if err := spend(s.budgets.changes, userOwner(st.User), "changes of this wallet", at); err != nil {
		return "", err
	}
	q := request{
		Owner: userOwner(st.User), Key: "voice/" + st.Call + "/" + strconv.Itoa(st.Step), At: at,
		Fingerprint: fingerprint(st.Ask, typed, strconv.FormatUint(uint64(st.Charge), 10)),
	}
	words, _, err := s.idempotent(ctx, q, func(tx books.Tx) (string, []byte, error) {
		u, err := stillCalls(tx.Reader, st)
		if err != nil {
			return "", nil, err
		}
		no, err := tx.Next()
		if err != nil {
			return "", nil, err
		}
		said, err := do(tx, u, no)
		if no, is := errors.AsType[*ledger.Refusal](err); is { // nothing was written, so the step may be tried again
			return "", nil, no
		}
		return "voice", []byte(said), err
	})
	return string(words), err
}

// after is the menu after something was done, or refused.
func (s *Server) after(st callState, said string, err error, at time.Time) (view.Spoken, error) {
	if no, is := errors.AsType[*ledger.Refusal](err); is && !errors.Is(err, ledger.ErrKeyReused) {
		said, err = ledger.CleanLine(no.Detail, 200), nil
	}
	if err != nil {
		return view.Spoken{}, err
	}
	s.notifier.wake(topicUser(st.User))
	st.Charge = 0
	return s.menu(st, []string{said}, at)
}

func (s *Server) callFreeze(
	ctx context.Context, st callState, _ ledger.User, typed string, at time.Time,
) (view.Spoken, error) {
	said, err := s.callOnce(ctx, st, typed, at, func(tx books.Tx, u ledger.User, no ledger.EntryNo) (string, error) {
		out, err := ledger.DecidePause(ledger.FreezeFacts{No: no, User: u}, at)
		if err != nil {
			return "", err
		}
		return "Your wallet is frozen. Thaw it in your wallet.", putVoice(tx, ledger.VoiceOutcome(out))
	})
	return s.after(st, said, err, at)
}

func (s *Server) callBalance(ctx context.Context, st callState, u ledger.User, at time.Time) (view.Spoken, error) {
	var said []string
	err := s.view(ctx, func(r books.Reader) error {
		return eachWallet(r, u, func(w ledger.Wallet) error {
			shown, err := s.accountView(r, u, w, ledger.Days{}, at)
			if err != nil {
				return err
			}
			text := "You have " + shown.Available.String() + " to spend."
			if w.Owed > 0 {
				text += " You owe " + shown.Owed.String() + "."
			}
			said = append(said, text)
			return nil
		})
	})
	if u.Status == ledger.UserFrozen {
		said = append(said, "Your wallet is frozen.")
	}
	if err != nil {
		return view.Spoken{}, err
	}
	return s.menu(st, said, at)
}

// lastPurchases reads the newest purchases of a wallet.
func (s *Server) lastPurchases(ctx context.Context, u ledger.User, some int, at time.Time) (all []view.Row, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		page, err := s.history.Of(r, u, at).Page(view.HistoryQuery{Kind: "purchase", Paging: view.Paging{Limit: some}})
		all = page.Data
		return err
	})
	return all, err
}

// spokenRow says a purchase. What the vendor has named is said by itself, so that it cannot pass for our words.
func spokenRow(row view.Row) []string {
	sum := row.Amount
	sum.Micros = max(sum.Micros, -sum.Micros)
	title := ledger.SpokenText(row.Title)
	if title == "" {
		title = "without a title"
	}
	return []string{
		"On " + row.At.Format("2 January") + ", " + sum.String() + " at the vendor", ledger.SpokenText(row.Vendor),
		"who calls it", title,
	}
}

func (s *Server) callPurchases(ctx context.Context, st callState, u ledger.User, at time.Time) (view.Spoken, error) {
	all, err := s.lastPurchases(ctx, u, spokenRows, at)
	if err != nil {
		return view.Spoken{}, err
	}
	var said []string
	for _, row := range all {
		said = append(said, spokenRow(row)...)
	}
	if len(all) == 0 {
		said = []string{"You have bought nothing yet."}
	}
	return s.menu(st, said, at)
}

func (s *Server) callLastCharge(ctx context.Context, st callState, u ledger.User, at time.Time) (view.Spoken, error) {
	all, err := s.lastPurchases(ctx, u, 1, at)
	if err != nil {
		return view.Spoken{}, err
	}
	if len(all) == 0 {
		return s.menu(st, []string{"You have bought nothing yet."}, at)
	}
	if st.Charge, err = s.seal.OpenCharge(all[0].ID); err != nil {
		return view.Spoken{}, err
	}
	return s.next(st, askDispute, 1, append(spokenRow(all[0]),
		"To dispute it: if you did not buy it press 1, if it did not come press 2, if it is not what was said press 3, "+
			"if you paid twice press 4. For the menu press any other key."), at)
}

// callDispute contests the purchase that was said, and no newer one.
func (s *Server) callDispute(
	ctx context.Context, st callState, _ ledger.User, typed string, at time.Time,
) (view.Spoken, error) {
	reason := ledger.DisputeReasons[typed[0]-'1']
	said, err := s.callOnce(ctx, st, typed, at, func(tx books.Tx, u ledger.User, _ ledger.EntryNo) (string, error) {
		v, err := s.openDispute(tx, u, st.Charge, ledger.DisputeCase{
			Reason: reason, Text: "By phone.", Actor: ledger.Actor{Role: ledger.RoleUser, Key: ledger.PhoneKey},
		}, at)
		if err != nil {
			return "", err
		}
		if v.State == view.State(ledger.DisputeAutoResolved) {
			return "It is disputed, and " + v.Amount.String() + " are back in your wallet.", nil
		}
		return "It is disputed. Your wallet shows what becomes of it.", nil
	})
	if err == nil {
		s.tellDispute(st.User)
	}
	return s.after(st, said, err, at)
}

// callPerson connects the caller with a representative, or notes the request for one.
func (s *Server) callPerson(ctx context.Context, st callState, _ ledger.User, at time.Time) (view.Spoken, error) {
	if s.voice.Desk != "" {
		return view.Spoken{Say: []string{"One moment."}, Dial: s.voice.Desk}, nil
	}
	said, err := s.callOnce(ctx, st, "5", at, func(tx books.Tx, u ledger.User, no ledger.EntryNo) (string, error) {
		out, asked := ledger.DecideVoiceAsk(ledger.VoiceFacts{No: no, User: u}, at)
		if !asked {
			return "Your request waits already. Your wallet shows when it is answered.", nil
		}
		return "Your request is noted. We keep no phone number: the answer will stand in your wallet.", putVoice(tx, out)
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return s.after(st, said, err, at)
}
