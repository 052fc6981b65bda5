package command

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Calling is what a wallet and the desk need of calls by phone.
type Calling interface {
	// Voice returns the wallet's access by phone.
	Voice(ctx context.Context, who view.Caller) (view.Voice, error)
	// SetVoicePIN sets a PIN, "" has one made: it is in this answer and in no later one.
	SetVoicePIN(ctx context.Context, who view.Caller, pin string) (view.Voice, error)
	// VoiceOff ends the access. VoiceThaw thaws what was frozen by phone, and nothing else (ledger.ErrNotAllowed).
	VoiceOff(ctx context.Context, who view.Caller) (view.Voice, error)
	VoiceThaw(ctx context.Context, who view.Caller) (view.Voice, error)

	// DeskAnswered ends the request of a caller for a representative.
	DeskAnswered(ctx context.Context, who view.Caller, id, reason string) (view.CaseFile, error)
	// Invite makes a code with which a caller opens a wallet, in this answer only. Invites lists them.
	Invite(ctx context.Context, who view.Caller) (view.Invite, error)
	Invites(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.Invite], error)
}

// voiceCommands are those of a wallet that is reached by phone (claim 35).
func voiceCommands() []Command {
	one := func(path, help, long string, run func(*Run) (view.Voice, error), inputs ...Input) Command {
		return Command{
			Path: path, Help: help, Long: long, Role: ledger.RoleUser, Inputs: inputs, JSON: view.Voice{},
			Run: func(r *Run) error { return r.answerFacts(run(r)) },
		}
	}
	return []Command{
		one("voice", "show how your wallet is reached by phone",
			"A caller types the voice number and the PIN, hears balance and last purchases, and can freeze the wallet,\n"+
				"dispute the last purchase and ask for a representative. Nothing is bought or sent by phone, and the number\n"+
				"that you call from is not kept.",
			func(r *Run) (view.Voice, error) { return r.Service.Voice(r.Ctx, r.Who) }),
		one("voice pin", "set a new PIN for calls; without PIN one is made and shown once",
			"Five wrong PINs in an hour lock calls for an hour, twenty in a row end them. An earlier PIN and a lock end.",
			func(r *Run) (view.Voice, error) {
				pin := ""
				if len(r.Args) > 0 {
					pin = r.Args[0]
				}
				return r.Service.SetVoicePIN(r.Ctx, r.Who, pin)
			}, arg(KindPIN).optional()),
		one("voice off", "end the access by phone, with its number and its PIN", "",
			func(r *Run) (view.Voice, error) { return r.Service.VoiceOff(r.Ctx, r.Who) }),
		one("voice thaw", "thaw the wallet that you froze by phone",
			"What staff or a debt have frozen they alone can thaw.",
			func(r *Run) (view.Voice, error) { return r.Service.VoiceThaw(r.Ctx, r.Who) }),
	}
}

// callerCommands are what the desk does for callers.
func callerCommands() []Command {
	return []Command{
		{
			Path: "desk answered", Help: "end the request of a caller for a representative", Role: ledger.RoleRep,
			Place: "desk", Acts: true,
			Long: "The owner of the wallet reads the reason in the history: no phone number is kept to call back.",
			Inputs: []Input{
				arg(KindCaller), option("reason", KindWords, "the answer, in words that the owner reads").needed(),
			},
			JSON: view.CaseFile{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.DeskAnswered(r.Ctx, r.Who, r.Args[0], r.flag("reason")))
			},
		},
		{
			Path: "desk invite", Help: "make a code with which a caller opens a wallet, once", Role: ledger.RoleRep,
			Acts: true,
			Long: "It is good for seven days. Tell the caller what is printed: the wallet is the caller's key's, not yours.\n" +
				"Nothing of the caller is kept; desk invites shows whether the code was used.",
			JSON: view.Invite{}, Run: func(r *Run) error { return r.answerFacts(r.Service.Invite(r.Ctx, r.Who)) },
		},
		{
			Path: "desk invites", Help: "list invitations, with what became of them", Role: ledger.RoleRep,
			Inputs: []Input{pageSize(), option("cursor", KindCursor, "go on after the page that ended with this")},
			JSON:   view.Page[view.Invite]{}, Run: runInvites,
		},
	}
}

func runInvites(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	p, err := r.Service.Invites(r.Ctx, r.Who, view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))})
	return answerPage(r, p, err, "Nobody was invited lately.", view.InviteTable)
}
