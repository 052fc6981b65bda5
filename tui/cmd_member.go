package tui

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func memberCommands() []Command {
	return []Command{
		{
			Path: "help", Args: "[COMMAND…]", Help: "list the commands of your key, or explain one",
			Key: "?", JSON: []helpJSON(nil), Run: runHelp,
		},
		{
			Path: "join", Help: "open a wallet for this key", Place: "signup", JSON: joinedJSON{},
			Long: "Without --accept it prints the terms. The wallet belongs to this SSH key: no name, no address, no password.\n" +
				"The recovery code is printed once. Write it down: with it, and only with it, another key can take the wallet over.",
			Flags: func(fs *pflag.FlagSet) {
				fs.Bool("accept", false, "accept the terms")
				fs.String("zone", "", "time `ZONE` in which your days begin, for example Europe/Berlin")
			},
			Run: runJoin,
		},
		{
			Path: "recover", Args: "[CODE]", Help: "take over a wallet with its recovery code; its old keys end", Place: "signup",
			Long: "Without CODE the code is read from the first line of the input, so that it stays out of your shell's history:\n" +
				"  ssh HOST recover < code.txt",
			JSON: joinedJSON{}, Run: runRecover,
		},
		{Path: "whoami", Help: "say what this key may do", JSON: identityJSON{}, Run: runWhoAmI},
		{
			Path: "settings", Help: "show or change time zone and theme", Role: ledger.RoleUser, JSON: identityJSON{},
			Flags: func(fs *pflag.FlagSet) {
				fs.String("zone", "", "time `ZONE` in which your days begin, for example Europe/Berlin")
				fs.String("theme", "", "colours of the screens: `THEME` is dark, light, contrast or mono")
			},
			Run: runSettings,
		},
		{
			Path: "window", Help: "open the purchase window, as any key press in the terminal does", Role: ledger.RoleUser, Key: "w",
			Long: "While it is open, linked vendors may charge inside their limits. Scripts that only read do not open it.",
			JSON: windowJSON{}, Run: runWindow,
		},
		{
			Path: "lock", Help: "close the purchase window now", Role: ledger.RoleUser, Key: "ctrl+x",
			JSON: windowJSON{}, Run: runLock,
		},
		{Path: "version", Help: "tell the version, and the terms of this house", JSON: versionJSON{}, Run: runVersion},
	}
}

func runJoin(r *Run) error {
	if !r.on("accept") {
		return r.terms()
	}
	joined, err := r.Service.Join(r.Ctx, r.Who, ledger.JoinRequest{Accept: true, Zone: r.flag("zone")})
	if err != nil {
		return err
	}
	return r.answerJoined(joined, "Welcome. The wallet "+joined.Handle+" belongs to this key.")
}

// terms is the answer to a join that does not accept them: they are printed, and nothing is written.
func (r *Run) terms() error {
	house, err := r.Service.House(r.Ctx)
	if err != nil {
		return err
	}
	return r.answer(r.wireVersion(house), func(s *sheet) {
		s.drawTerms(house)
		s.gap()
		s.line("If you agree, type: join --accept")
	})
}

// drawTerms is what a person agrees to, in plain sentences.
func (s *sheet) drawTerms(h ledger.House) {
	s.line("Terms of " + h.Name)
	if h.Simulated {
		s.line("  This is a demonstration: payment methods are simulated and no real money moves.")
	}
	s.line("  You prepay tokens and spend them at vendors. Vendors never learn who you are.")
	s.line("  Currencies: " + strings.Join(codes(h.Currencies), ", ") + ". Vendors pay a commission of " + h.Commission + "; you pay none on a purchase.")
	s.line("  A new wallet may spend " + boundsWords(h.Limits) + "; you can change that with: limits set PERIOD AMOUNT")
	s.line("  Vendors can be paid for " + durationWords(h.Window) + " after your last key press, never when you are away.")
	s.line("  The SSH key is the wallet. If you lose it, only the recovery code helps.")
}

// answerJoined prints a recovery code, once.
func (r *Run) answerJoined(j ledger.Joined, welcome string) error {
	return r.answer(joinedJSON{j.Handle, j.RecoveryCode, moment(j.LockedUntil)}, func(s *sheet) {
		s.line(welcome)
		s.gap()
		s.line("Recovery code, shown this once:")
		s.gap()
		s.line("  " + j.RecoveryCode)
		s.gap()
		s.line("Write it down on paper. It replaces the key if that is ever lost.")
		if !j.LockedUntil.IsZero() {
			s.line("Money cannot leave the wallet before " + s.at(j.LockedUntil) + ".")
		}
	})
}

// recoverySize bounds what is read of the input: a code is a few words.
const recoverySize = 512

func runRecover(r *Run) error {
	code := strings.Join(r.Args, " ")
	if code == "" && r.In != nil {
		typed, err := bufio.NewReaderSize(io.LimitReader(r.In, recoverySize), recoverySize).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		code = strings.TrimSpace(typed)
	}
	if code == "" {
		return r.misuse("CODE is missing, on the command line and in the input.")
	}
	joined, err := r.Service.Recover(r.Ctx, r.Who, code)
	if err != nil {
		return err
	}
	return r.answerJoined(joined, "The wallet "+joined.Handle+" belongs to this key now. Its earlier keys and the old recovery code have ended.")
}

func runWhoAmI(r *Run) error { return r.answerIdentity(r.Me) }

func (r *Run) answerIdentity(id ledger.Identity) error {
	return r.answer(r.wireIdentity(id), func(s *sheet) {
		role := roleWord(id.Role)
		if id.Role == ledger.RoleNone {
			role = "none: this key has no wallet yet (type: join)"
		}
		s.facts("", fact{"role", role}, fact{"wallet", id.Handle}, fact{"name", id.Name}, fact{"key", r.Who.Fingerprint},
			fact{"zone", zoneWord(id.Zone)}, fact{"theme", id.Theme})
	})
}

func runSettings(r *Run) error {
	zone, theme := r.flag("zone"), r.flag("theme")
	if zone == "" && theme == "" {
		return r.answerIdentity(r.Me)
	}
	id, err := r.Service.Settings(r.Ctx, r.Who, zone, theme)
	if err != nil {
		return err
	}
	r.Me = id
	return r.answerIdentity(id)
}

func runWindow(r *Run) error {
	if err := r.Service.Touch(r.Ctx, r.Who); err != nil {
		return err
	}
	o, err := r.Service.Overview(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(windowJSON{!o.WindowUntil.IsZero(), moment(o.WindowUntil)}, func(s *sheet) {
		s.line("Purchase window open until " + s.at(o.WindowUntil) + ". To close it, type: lock")
	})
}

func runLock(r *Run) error {
	if err := r.Service.Lock(r.Ctx, r.Who); err != nil {
		return err
	}
	return r.answer(windowJSON{}, func(s *sheet) {
		s.line("Locked: no vendor can be paid until you come back.")
	})
}

func runVersion(r *Run) error {
	house, err := r.Service.House(r.Ctx)
	if err != nil {
		return err
	}
	w := r.wireVersion(house)
	return r.answer(w, func(s *sheet) {
		simulated := ""
		if house.Simulated {
			simulated = "demonstration, no real money"
		}
		s.facts("", fact{"version", w.Version}, fact{"house", house.Name}, fact{"ssh", house.Host}, fact{"web", house.URL}, fact{"mode", simulated},
			fact{"currencies", strings.Join(codes(house.Currencies), ", ")}, fact{"commission", house.Commission},
			fact{"new wallets", boundsWords(house.Limits)}, fact{"window", durationWords(house.Window)})
	})
}

func (r *Run) wireVersion(h ledger.House) versionJSON {
	return versionJSON{r.Options.Version, h.Name, h.Host, h.URL, h.Simulated, codes(h.Currencies), h.Commission, wireBounds(h.Limits), int64(h.Window.Seconds())}
}
