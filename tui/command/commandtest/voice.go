package commandtest

import (
	"context"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// InviteCode is the code of an invitation: [Service.Invite] makes it, and [Service.Join] takes no other.
const InviteCode = "J-7XQ2M-8CD3K-9PTRV"

// aVoice is an access by phone.
func aVoice() view.Voice {
	return view.Voice{State: "on", Number: "48210937", Line: "+49 30 901820", Set: after(0)}
}

// Voice returns the access.
func (s *Service) Voice(context.Context, view.Caller) (view.Voice, error) {
	return call(s, "Voice", func() (view.Voice, error) { return aVoice(), nil })
}

// SetVoicePIN makes a PIN where none is given.
func (s *Service) SetVoicePIN(_ context.Context, _ view.Caller, pin string) (view.Voice, error) {
	return call(s, "SetVoicePIN", func() (view.Voice, error) {
		v := aVoice()
		if pin == "" {
			v.PIN = "731942"
			return v, nil
		}
		return v, ledger.CheckPIN(pin)
	})
}

// VoiceOff ends it.
func (s *Service) VoiceOff(context.Context, view.Caller) (view.Voice, error) {
	return call(s, "VoiceOff", func() (view.Voice, error) { return view.Voice{State: "off", Line: "+49 30 901820"}, nil })
}

// VoiceThaw thaws the wallet.
func (s *Service) VoiceThaw(context.Context, view.Caller) (view.Voice, error) {
	return call(s, "VoiceThaw", func() (view.Voice, error) { return aVoice(), nil })
}

// DeskAnswered knows one request.
func (s *Service) DeskAnswered(_ context.Context, _ view.Caller, id, _ string) (view.CaseFile, error) {
	return call(s, "DeskAnswered", func() (view.CaseFile, error) {
		return view.CaseFile{ID: id, Kind: "caller", Handle: "w_7g2v"}, nil
	})
}

// Invite makes a code.
func (s *Service) Invite(context.Context, view.Caller) (view.Invite, error) {
	return call(s, "Invite", func() (view.Invite, error) {
		v := anInvite("open")
		v.Code, v.Type = InviteCode, "ssh -p 2222 localhost join "+InviteCode+" --accept"
		return v, nil
	})
}

// Invites lists two.
func (s *Service) Invites(_ context.Context, _ view.Caller, _ view.Paging) (view.Page[view.Invite], error) {
	return call(s, "Invites", func() (view.Page[view.Invite], error) {
		used := anInvite("used")
		used.ID, used.Used, used.Handle = "inv_4b7xq", after(time.Hour), "w_7g2v"
		return view.Page[view.Invite]{Data: view.List[view.Invite]{anInvite("open"), used}}, nil
	})
}

func anInvite(state view.State) view.Invite {
	return view.Invite{
		ID: "inv_9c2mk", State: state, By: "max", Created: after(0), Expires: after(ledger.InviteLife),
	}
}
