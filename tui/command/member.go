package command

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// memberCommands are about the key itself, and those that any key may use (claim 8).
func memberCommands() []Command {
	return []Command{
		{
			Path: "help", Help: "list the commands of your key, or explain one", Key: "? f1 help:/", KeyHelp: "these keys",
			Inputs: []Input{arg(KindCommand).optional().repeated()}, JSON: view.Page[helpJSON]{}, Run: runHelp,
		},
		joinCommand(),
		{
			Path: "recover", Help: "take over a wallet with its recovery code; its old keys end",
			Place: "signup", Key: "signup:r", Inputs: []Input{arg(KindRecovery).optional()},
			Long: "Without CODE the code is read from the first line of the input, so that your shell's " +
				"history does not keep it:\n" +
				"  ssh HOST recover < code.txt",
			JSON: view.Joined{}, Run: runRecover,
		},
		{Path: "whoami", Help: "say what this key may do", JSON: view.Identity{}, Run: runWhoAmI},
		{
			Path: "settings", Help: "show or change time zone, theme and how the screens behave", Role: ledger.RoleUser,
			Key: "ctrl+t", KeyHelp: "other colours",
			Inputs: []Input{
				zoneInput(), option("theme", KindTheme, "colours of the screens: auto, dark, light, contrast or mono"),
				option("notices", KindNotices, "of requests that wait for you: off, bell, or osc9 for one of the desktop"),
				option("plain", KindOnOff, "plain mode: one line after the other, nothing is drawn over"),
				option("mouse", KindOnOff, "a click chooses, the wheel scrolls; text is marked with shift then"),
				option("ascii", KindOnOff, "the screens have signs of ASCII only"),
			},
			JSON: view.Identity{}, Run: runSettings,
		},
		{
			Path: "window", Help: "open the purchase window, as any key press in the terminal does", Role: ledger.RoleUser,
			Key: "w", KeyHelp: "open buying",
			Long: "While it is open, linked vendors may charge inside their limits. Scripts that only read do not open it.",
			JSON: window{}, Run: runWindow,
		},
		{
			Path: "lock", Help: "close the purchase window now", Role: ledger.RoleUser, Key: "ctrl+x",
			KeyHelp: "lock buying now",
			JSON:    window{}, Run: runLock,
		},
		{Path: "version", Help: "tell the version, and the terms of this service", JSON: version{}, Run: runVersion},
		plainCommand(),
		completionCommand(),
		manualCommand(),
	}
}

// joinCommand opens a wallet.
func joinCommand() Command {
	return Command{
		Path: "join", Help: "open a wallet for this key", Place: "signup", Key: "signup:y signup:i", JSON: view.Joined{},
		Long: "Without --accept it prints the terms. The wallet belongs to this SSH key: no name, no address, no " +
			"password.\nCODE is for who was invited by a representative, or comes from a vendor's link: nobody needs one.\n" +
			"The recovery code is printed once. Write it down: with it, and only with it, another key can take the " +
			"wallet over.",
		Inputs: []Input{
			arg(KindInvite).optional(), on("accept", "accept the terms"), zoneInput(),
		},
		Run: runJoin,
	}
}

// zoneInput is the time zone of a wallet. Limits of a day, a week and a month begin anew at its midnight (claim 23).
func zoneInput() Input {
	return option("zone", KindZone, "time zone in which your days begin, for example Europe/Berlin")
}

// runJoin opens a wallet. Terms are accepted by a flag and not by a question: a command never asks, because scripts
// call it.
func runJoin(r *Run) error {
	switch {
	case r.Me.Handle != "":
		return ledger.Refuse(ledger.ErrState, "Log in: it is ready.", "This key already has the wallet %s.", r.Me.Handle)
	case !r.on("accept"):
		return r.terms()
	}
	q := view.JoinRequest{Accept: true, Zone: r.flag("zone")}
	q.Invite = r.joinCode()
	joined, err := r.Service.Join(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	welcome := "Welcome. The wallet " + joined.Handle + " belongs to this key."
	if joined.BroughtBy != "" {
		welcome += " You were brought by " + joined.BroughtBy + "; to end that, type: referral end"
	}
	return r.answerJoined(joined, welcome)
}

// joinCode is the code that came with a join, "" for none.
func (r *Run) joinCode() string {
	if len(r.Args) == 0 {
		return ""
	}
	return r.Args[0]
}

// terms is the answer to a join that does not accept them: they are printed, and nothing is written.
func (r *Run) terms() error {
	house, err := r.Service.House(r.Ctx)
	by, accept := view.Inviting{}, "join --accept"
	if code := r.joinCode(); code != "" && err == nil {
		accept = "join " + typed(code) + " --accept"
		if by, err = r.Service.Inviting(r.Ctx, code); errors.Is(err, ledger.ErrNotFound) {
			by, err = view.Inviting{}, nil // a representative's: the join looks at it
		}
	}
	return r.answerOf(version{r.Options.Version, house}, err, func(s *textWriter) {
		s.line("Terms of " + house.Name)
		s.facts("  ", house.Terms()...)
		s.text("  ", "You prepay tokens and spend them at vendors, which never learn who you are. The SSH key is the "+
			"wallet: if you lose it, only the recovery code helps.")
		if by.Vendor != "" {
			s.gap()
			s.text("  ", "You come by "+by.Words()+". "+view.Brings)
		}
		s.gap()
		s.line("If you agree, type: " + accept)
	})
}

// answerJoined prints a recovery code, once. It stands on a line of its own, so that it can be copied whole.
func (r *Run) answerJoined(j view.Joined, welcome string) error {
	return r.answer(j, func(s *textWriter) {
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

// recoverySize bounds what is read of the input, in bytes: a code is a few words, and a file of another kind is not
// read to its end.
const recoverySize = 512

// code takes a code from the command line, in groups or not, or from the first line of the input.
func (r *Run) code() (string, error) {
	// A code on the command line stays in the shell's history and in the list of processes; the input is in neither.
	code := strings.Join(r.Args, " ")
	if code == "" && r.In != nil {
		typed, err := bufio.NewReaderSize(io.LimitReader(r.In, recoverySize), recoverySize).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		code = strings.TrimSpace(typed)
	}
	if code == "" {
		return "", r.misuse("CODE is missing, on the command line and in the input.")
	}
	return code, nil
}

// runRecover gives the wallet to this key.
func runRecover(r *Run) error {
	code, err := r.code()
	if err != nil {
		return err
	}
	joined, err := r.Service.Recover(r.Ctx, r.Who, code)
	if err != nil {
		return err
	}
	return r.answerJoined(joined,
		"The wallet "+joined.Handle+" belongs to this key now. Its earlier keys and the old recovery code have ended.")
}

// window tells until when linked vendors may charge (claim 26). Both fields are there so that a script need not compare
// times.
type window struct {
	Open  bool      `json:"open"`
	Until view.Time `json:"window_until"`
}

// version is the program and the service that it runs, in one object: a client asks once what it talks to.
type version struct {
	Version string `json:"version"`
	view.House
}

// codes are currencies in one line.
func codes(all []ledger.Currency) string {
	return strings.Join(view.Map(all, func(c ledger.Currency) string { return string(c) }), ", ")
}

// runWhoAmI asks nothing more of the service: who the caller is was looked up before the command was found.
func runWhoAmI(r *Run) error { return r.answerIdentity(r.Me) }

// answerIdentity tells what a key may do. The fingerprint is the caller's own, also where the service knows nothing
// of it.
func (r *Run) answerIdentity(id view.Identity) error {
	id.Zone = cmp.Or(id.Zone, "UTC")
	return r.answer(id, func(s *textWriter) {
		role := id.Role.String()
		if id.Role == ledger.RoleNone {
			role = "none: this key has no wallet yet (type: join)"
		}
		s.facts("", view.Fact{Label: "Alarm", Value: id.Alarm, Tone: view.Bad}, fact("Role", role),
			fact("Wallet", id.Handle), fact("Brought by", s.broughtBy(id)), fact("Name", id.Name),
			fact("Works for", worksFor(id)), fact("Key", r.Who.Fingerprint),
			fact("Zone", id.Zone), fact("Theme", id.Theme), fact("Notices", id.Notices), fact("Plain", onOff(id.Plain)),
			fact("Mouse", onOff(id.Mouse)), fact("ASCII", onOff(id.ASCII)))
	})
}

// worksFor is the vendor in whose team a key is, with its role there.
func worksFor(id view.Identity) string {
	if id.Shop == "" {
		return ""
	}
	return id.Shop + ", " + id.ShopRole
}

// broughtBy tells which vendor earns by what the wallet buys, and until when.
func (s *textWriter) broughtBy(id view.Identity) string {
	if id.BroughtBy == "" {
		return ""
	}
	return id.BroughtBy + ", until " + s.at(id.BroughtUntil)
}

// onOff is a switch for people, "" where it is off.
func onOff(is bool) string {
	if is {
		return "on"
	}
	return ""
}

// runSettings shows the settings, or stores those that are given.
func runSettings(r *Run) error {
	given := func(flag string) *bool {
		if text := r.flag(flag); text != "" {
			return new(text == "on")
		}
		return nil
	}
	c := view.SettingsChange{
		Zone: r.flag("zone"), Theme: r.flag("theme"), Notices: r.flag("notices"), Plain: given("plain"),
		Mouse: given("mouse"), ASCII: given("ascii"),
	}
	if c == (view.SettingsChange{}) { // nothing to store: it only shows
		return r.answerIdentity(r.Me)
	}
	id, err := r.Service.Settings(r.Ctx, r.Who, c)
	if err != nil {
		return err
	}
	// Times in the answer are in the zone that has just been set.
	r.Me = id
	return r.answerIdentity(id)
}

// runWindow opens the purchase window (claim 26), as a key press in the screens does.
func runWindow(r *Run) error {
	if err := r.Service.Touch(r.Ctx, r.Who); err != nil {
		return err
	}
	o, err := r.Service.Overview(r.Ctx, r.Who)
	return r.answerOf(window{!o.WindowUntil.IsZero(), o.WindowUntil}, err, func(s *textWriter) {
		s.line("Purchase window open until " + s.at(o.WindowUntil) + ". To close it, type: lock")
	})
}

// runLock closes the purchase window, so that no linked vendor can charge.
func runLock(r *Run) error {
	if err := r.Service.Lock(r.Ctx, r.Who); err != nil {
		return err
	}
	return r.answer(window{}, func(s *textWriter) {
		s.line("Locked: no vendor can be paid until you come back.")
	})
}

// runVersion tells what a key without a wallet may know before joining: terms, currencies and fees (claim 8).
func runVersion(r *Run) error {
	house, err := r.Service.House(r.Ctx)
	w := version{r.Options.Version, house}
	return r.answerOf(w, err, func(s *textWriter) {
		simulated := ""
		if house.Simulated {
			simulated = "demonstration, no real money"
		}
		s.facts("", fact("Version", w.Version), fact("Service", house.Name), fact("SSH", house.Host),
			fact("Web", house.URL), fact("Mode", simulated), fact("Currencies", codes(house.Currencies)),
			fact("Commission", house.Commission), fact("New wallets", house.Limits.Words()),
			fact("Window", view.Span(house.Window.Duration())))
	})
}
