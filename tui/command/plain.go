package command

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/pflag"

	"tuppence/server/view"
)

// Plain is the reply for readers of lines: one fact a line, in words, no columns and no signs. rows are the ids of its
// list, by which a person names them: 1 is rows[0].
func (r Reply) Plain() (text string, rows []string) {
	if r.object != "" {
		return r.object, nil
	}
	s := &textWriter{plain: true, width: maxWidth, zone: ZoneOf(r.run.Me.Zone)}
	if r.run.Options.Now != nil {
		s.year = r.run.Options.Now().In(s.zone).Year()
	}
	r.draw(s)
	return s.out.String(), s.rows
}

// say puts a sentence on a line of its own.
func (s *textWriter) say(text string) {
	if text = strings.TrimSpace(Spell(view.Clean(text))); text != "" {
		s.out.WriteString(text + "\n")
	}
}

// sentence is a fact that ends as a sentence does.
func (s *textWriter) sentence(text string) {
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "!") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	s.say(text)
}

// spokenFacts puts each fact on a line. Amounts without a currency have that of the first one which names it.
func (s *textWriter) spokenFacts(all []view.Fact) {
	currency := ""
	for _, f := range all {
		if m := namedAmount.FindStringSubmatch(f.Value); m != nil && f.Whole && currency == "" {
			currency = m[1]
		}
	}
	for _, f := range all {
		value := s.spoken(f.Label, f.Value)
		if f.Whole || f.Label == "Permission" || f.Label == "Asks" {
			value = withCurrency(value, currency)
		}
		s.sentence(s.spoken("", f.Label) + ": " + value)
	}
}

// evident are titles that need not be said: the value tells what it is.
var evident = map[string]bool{
	"": true, "When": true, "Made": true, "At": true, "Vendor": true, "Title": true, "State": true, "Amount": true,
	"Price": true, "For": true, "Who": true, "Account": true, "Period": true, "Method": true, "Name": true, "Site": true,
	"Permission": true, "Act": true, "What": true, "Meaning": true, "Value": true, "Code": true, "Reference": true,
}

// spokenTable puts each row on a line: its place in the list, then what is known of it. The id is left out, since the
// place stands for it, and so is the currency, which stands behind each amount.
func (s *textWriter) spokenTable(t view.Table) {
	var rows []string
	for n, row := range t.Rows {
		currency, id := "", ""
		for i, c := range row {
			if m := amountPattern.FindStringSubmatch(c.Text); m != nil && currency == "" {
				currency = m[3]
			}
			if title := t.Columns[i].Title; title == "Currency" || title == "Account" {
				currency = c.Text
			}
			if title := t.Columns[i].Title; id == "" && title != "Wallet" && (wholeID(c.Text) || title == "Code") {
				id = c.Text
			}
		}
		rows = append(rows, id)
		var facts []string
		for i, c := range row {
			if fact := s.spokenCell(t.Columns[i], c.Text, currency); fact != "" {
				facts = append(facts, fact)
			}
		}
		s.sentence(strconv.Itoa(n+1) + " of " + strconv.Itoa(len(t.Rows)) + ". " + strings.Join(facts, ", "))
		if id != "" {
			s.rows = rows
		}
	}
}

// spokenCell is one fact of a row, "" for one that is not said.
func (s *textWriter) spokenCell(c view.Column, text, currency string) string {
	text = view.Clean(text)
	switch {
	case text == "" || c.Title == "Currency" || wholeID(text) && c.Title != "Wallet":
		return ""
	case c.Title == "Vendor" && text == "all":
		return "all vendors"
	}
	text = s.spoken(c.Title, text)
	if !c.Foreign && !strings.Contains(text, "://") {
		text = withCurrency(text, currency)
	}
	if !evident[c.Title] {
		text = strings.ToLower(c.Title) + " " + text
	}
	return text
}

// amountPattern is an amount as a value of its own, with its sign and its currency.
var amountPattern = regexp.MustCompile(`^([+-]?)([0-9]+(?:\.[0-9]*)?)(?: ([A-Z]{3,8}))?$`)

// spoken is a value as it is read out.
func (s *textWriter) spoken(label, value string) string {
	for form, says := range map[string]string{"2006-01-02 15:04": " 15:04", "2006-01-02": ""} {
		if at, err := time.Parse(form, value); err == nil {
			if at.Year() == s.year {
				return at.Format("2 Jan" + says)
			}
			return at.Format("2 Jan 2006" + says)
		}
	}
	if m := amountPattern.FindStringSubmatch(value); m != nil && m[1] != "" {
		return map[string]string{"+": "plus ", "-": "minus "}[m[1]] + value[1:]
	}
	if label == "State" {
		return strings.ToLower(value) // capitals are spelt by some readers
	}
	return value
}

// namedAmount is an amount with its currency inside of a text.
var namedAmount = regexp.MustCompile(`[0-9] ([A-Z]{3,8})\b`)

// bareAmount is a number with decimals, and its currency if it has one.
var bareAmount = regexp.MustCompile(`\b[0-9]+\.[0-9]{2,6}\b(?: [A-Z]{3,8}\b)?`)

// withCurrency puts the currency behind each amount that has none: an amount that is heard stands alone.
func withCurrency(text, currency string) string {
	if currency == "" {
		return text
	}
	return bareAmount.ReplaceAllStringFunc(text, func(amount string) string {
		if strings.Contains(amount, " ") {
			return amount
		}
		return amount + " " + currency
	})
}

// Names that are spelt: ids, the hash of an entry, and codes that are shown once.
var (
	idPattern   = regexp.MustCompile(`\b(chg|grt|rfd|dsp|trf|dep|lnk|ofr|ent|evt|ven|chk|txn|w)_([0-9a-z]{4,})\b`)
	hashPattern = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	codePattern = regexp.MustCompile(`\b[0-9A-Z]{1,5}(?:-[0-9A-Z]{1,5}){4,}\b`)
)

// wholeID tells whether a text is an id and nothing else.
func wholeID(text string) bool {
	return idPattern.FindString(text) == text && text != ""
}

// Spell puts the names of a text into groups of four, as they are read out: chg 9kq4 7d1a.
func Spell(text string) string {
	text = idPattern.ReplaceAllStringFunc(text, func(id string) string {
		kind, name, _ := strings.Cut(id, "_")
		return kind + " " + Fours(name)
	})
	text = hashPattern.ReplaceAllStringFunc(text, Fours)
	return codePattern.ReplaceAllStringFunc(text, func(code string) string {
		return Fours(strings.ReplaceAll(code, "-", ""))
	})
}

// Fours puts a blank behind every fourth character.
func Fours(name string) string {
	var groups []string
	for len(name) > 4 {
		groups, name = append(groups, name[:4]), name[4:]
	}
	return strings.Join(append(groups, name), " ")
}

// Unspelt are the words of a line in which an id was typed as it is read out, or by its place in the last list.
func Unspelt(words, rows []string) []string {
	c, rest := Find(words)
	if c == nil || len(c.args()) == 0 {
		return words
	}
	n := 0
	for n < len(rest) && !strings.HasPrefix(rest[n], "-") {
		n++
	}
	id := UnspeltValue(c.args()[0], strings.Join(rest[:n], " "), rows)
	if n == 0 || id == strings.Join(rest[:n], " ") {
		return words
	}
	return slices.Concat(strings.Fields(c.Path), []string{id}, rest[n:])
}

// UnspeltValue is one value as a command takes it.
func UnspeltValue(i Input, typed string, rows []string) string {
	words := strings.Fields(typed)
	switch i.Kind {
	case KindRow, KindPurchase, KindDispute, KindTransfer, KindDeposit, KindReceipt, KindRequest,
		KindBank, KindMandate, KindFile, KindRedemption:
	default:
		return typed
	}
	if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(rows) && rows[n-1] != "" {
		return rows[n-1]
	}
	switch {
	case len(words) < 2:
	case i.Kind == KindRequest:
		return strings.Join(words, "")
	case idPattern.MatchString(words[0] + "_0000"):
		return words[0] + "_" + strings.Join(words[1:], "")
	}
	return typed
}

// PlainText is a text in printable ASCII and the letters, marks and digits of other scripts. Signs become words or
// their nearest key; what has neither is a blank.
func PlainText(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r != unicode.ReplacementChar && r >= 0xa0 && unicode.In(r, unicode.L, unicode.M, unicode.N):
			b.WriteRune(r)
		case plainSigns[r] != "":
			b.WriteString(plainSigns[r])
		case r == 0x200c || r == 0x200d: // joiners change the shape of letters, not what is read
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// plainSigns are signs of our own words and of punctuation.
var plainSigns = map[rune]string{
	'\u2192': "to", '\u2026': "...", '\u2018': "'", '\u2019': "'", '\u201c': "\"", '\u201d': "\"", '\u201e': "\"",
	'\u2010': "-", '\u2011': "-", '\u2012': "-", '\u2013': "-", '\u2014': "-", '\u2212': "-", '\u00d7': "x",
	'\u20ac': "EUR", '\u00a3': "GBP", '\u00a5': "JPY", '\u00ab': "\"", '\u00bb': "\"",
}

// Secret tells whether what is typed is to be seen by nobody: a code that opens a wallet or takes tokens.
func (k Kind) Secret() bool {
	switch k {
	case KindRecovery, KindClosedCode, KindClaim, KindKeyCode, KindAccount, KindBillerAccount, KindPIN, KindInvite,
		KindTeamCode:
		return true
	}
	return false
}

// Missing returns the command that the words name, nil if they name none or one that the key may not use, and what it
// needs beside them, in the order of the help. Several says that the wallet has more than one account: then one has to
// be named. A line that asks for help, or that cannot be read, lacks nothing: it is for the command to say so.
func Missing(me view.Identity, words []string, several bool) (c *Command, missing []Input) {
	c, rest := Find(words)
	if c == nil || !May(me, c.Role) {
		return nil, nil
	}
	flags := pflag.NewFlagSet(c.Path, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	c.define(flags)
	flags.Bool("json", false, "")
	flags.BoolP("help", "h", false, "")
	if err := flags.Parse(rest); err != nil || flags.Changed("help") {
		return c, nil
	}
	// An account is named by an argument, or by the flag of a command that loosens; elsewhere the flag is a filter.
	account := func(i Input) bool { return several && i.Kind == KindCurrency && (i.Flag == "" || c.Asks) }
	given, all := flags.Args(), c.args()
	for n, i := range all {
		needed := !i.Optional || account(i) || i.Kind == KindRecovery || i.Kind == KindKeyCode || i.Kind == KindClosedCode ||
			i.Kind == KindTeamCode ||
			i.Kind == KindAccount // which scripts pipe in
		if n >= len(given) && needed && (len(given) == 0 || !all[0].Repeats) {
			missing = append(missing, i)
		}
	}
	for _, i := range c.flags() {
		if (!i.Optional || account(i)) && !flags.Changed(i.Flag) {
			missing = append(missing, i)
		}
	}
	return c, missing
}

// Choice is a value that may stand in an input, and what it means.
type Choice struct{ Value, Meaning string }

// Choices are the values of an input, nil where any may be typed.
func Choices(ctx context.Context, svc Service, who view.Caller, i Input) ([]Choice, error) {
	if kinds[i.Kind].open {
		return nil, nil
	}
	all := view.Map(i.Kind.Values(), func(v string) Choice { return Choice{v, ""} })
	if len(all) > 0 {
		return all, nil
	}
	known, err := (&Run{Ctx: ctx, Service: svc, Who: who}).known(i.Kind)
	for _, c := range known {
		value, meaning, _ := strings.Cut(c, "\t")
		all = append(all, Choice{value, meaning})
	}
	return all, err
}

// plainCommand is talked with, so it has no answer: whoever serves a terminal opens it.
func plainCommand() Command {
	return Command{
		Path: "plain", Help: "talk in plain lines, for a screen reader or a terminal without a screen",
		Long: "ssh -t HOST plain asks and answers line by line: no colours, no signs, nothing is written over.\n" +
			"A terminal with TERM=dumb begins so.",
		Run: func(r *Run) error { return r.misuse("It is a talk of its own: ssh -t HOST plain") },
	}
}
