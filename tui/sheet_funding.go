package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// fundSheet adds funds in two steps: by which method, then how much, or the code of a voucher. Methods differ by
// currency, so the currency is chosen with the method.
type fundSheet struct {
	list[view.Method]
	currencies []ledger.Currency
	currency   ledger.Currency
	methods    []view.Method // of all currencies
	form       *form         // the amount, or the code of a voucher; nil: no method is chosen yet
	idem       string        // idempotency key of this deposit: however often it is sent, it is made once
}

// newFundSheet starts with the first account.
func newFundSheet(m *Model) *fundSheet {
	s := &fundSheet{
		list: list[view.Method]{id: func(m view.Method) string { return m.Name }},
		idem: m.o.NewID(), currencies: m.house.Currencies,
	}
	if len(s.currencies) > 0 {
		s.currency = s.currencies[0]
	}
	if len(m.home.Wallets) > 0 {
		s.currency = m.home.Wallets[0].Currency
	}
	return s
}

func (*fundSheet) name() string   { return "fund" }
func (s *fundSheet) typing() bool { return s.form != nil }

// crumb names the method once it is chosen.
func (s *fundSheet) crumb() string {
	if v, ok := s.selected(); ok && s.form != nil {
		return "Add funds" + crumbSign + view.Clean(v.Title)
	}
	return "Add funds"
}

// position is that of the list, while it is seen.
func (s *fundSheet) position(m *Model) string {
	if s.form != nil {
		return ""
	}
	return s.list.position(m)
}

func (s *fundSheet) hints(*Model) []hint {
	if s.form != nil {
		return s.form.hints("add", "another method")
	}
	all := []hint{{"enter", "choose"}}
	if len(s.currencies) > 1 {
		all = append(all, hint{"←→", "currency"})
	}
	return append(all, hint{"esc", "back"})
}

// load fetches the methods. They may change while the sheet is open, and what was chosen stays if it still exists.
func (s *fundSheet) load(m *Model) tea.Cmd {
	return fetch(m, "methods", own(m, m.svc.Methods), func(all []view.Method) tea.Cmd {
		s.methods = all
		s.offer()
		return nil
	})
}

// offer lists the methods that know the chosen currency, those that pay at once first, and vouchers, which know theirs.
func (s *fundSheet) offer() {
	all := slices.DeleteFunc(slices.Clone(s.methods), func(v view.Method) bool {
		_, ok := v.In(s.currency)
		return !ok
	})
	slices.SortStableFunc(all, func(a, b view.Method) int { return cmp.Compare(methodGroup(a), methodGroup(b)) })
	s.replace(append(all, voucherMethod()))
}

// key chooses a method and its currency, then takes the amount.
func (s *fundSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if s.form != nil {
		return s.amountKey(m, k)
	}
	if s.move(name) {
		return nil, true
	}
	switch name {
	case "left", "right":
		by := map[string]int{"left": len(s.currencies) - 1, "right": 1}[name]
		if n := len(s.currencies); n > 1 {
			s.currency = s.currencies[(max(0, slices.Index(s.currencies, s.currency))+by)%n]
			s.offer()
		}
		return nil, true
	case "enter":
		switch v, ok := s.selected(); {
		case ok && v.Name == voucherName:
			s.form = codeForm()
		case ok:
			s.form = &form{fields: []field{s.amountField(v)}}
		}
		return nil, true
	case "f": // it is open
		return nil, true
	}
	return nil, false
}

// amountField asks how much, with what the method takes in sight.
func (s *fundSheet) amountField(v view.Method) field {
	r, _ := v.In(s.currency)
	q := textInput("fund", "AMOUNT", "", amountLength, "In "+string(s.currency)+".")
	q.fact = r.Words() + " " + string(s.currency)
	q.check = func(text string) (fault, warning string) {
		amount, err := ledger.ReadAmount(text, s.currency)
		switch {
		case err != nil:
			return misread(err).sentence(), ""
		case r.Min != nil && amount.Micros < r.Min.Micros:
			return "The least by this method is " + r.Min.String() + ".", ""
		case r.Max != nil && amount.Micros > r.Max.Micros:
			return "The most by this method is " + r.Max.String() + ".", ""
		}
		return "", ""
	}
	return q
}

// amountKey sends a code, or the deposit, and shows it in the place of the form, with what the payer has to do next.
// Esc goes back to the methods.
func (s *fundSheet) amountKey(m *Model, k Key) (tea.Cmd, bool) {
	f := s.form
	send, used := keyOf(m, &s.form, k)
	v, ok := s.selected()
	if !send || !ok {
		return nil, used
	}
	if v.Name == voucherName {
		return s.redeem(m, f), true
	}
	amount, err := ledger.ReadAmount(f.text(0), s.currency)
	if err != nil {
		f.refuse(0, misread(err))
		return nil, true
	}
	r := view.FundRequest{Amount: amount, Method: v.Name, Key: s.idem}
	return submitOr(m, f, "fund", ownOf(m, m.svc.Fund, r), func(d view.Deposit) tea.Cmd {
		// The person may have left the form meanwhile; the deposit is in the list then.
		if m.top() == screen(s) {
			m.replaceTop(&depositSheet{d: d, fresh: true})
		}
		return m.refresh()
	}, func() tea.Cmd {
		s.idem = m.keyAfter(f.fault, s.idem)
		return nil
	}), true
}

// keyAfter is the idempotency key of the next try: a refused request may be changed and is another one then; one
// whose outcome is unknown keeps its key.
func (m *Model) keyAfter(f *failure, key string) string {
	if f.code == "internal" || f.code == ledger.ErrUnavailable.Error() {
		return key
	}
	return m.o.NewID()
}

// draw shows the methods, then the amount.
func (s *fundSheet) draw(m *Model, width, height int) []line {
	width = min(width, readable)
	if l := m.placeholder("methods", width); l != nil {
		return append(append(topGap(height), heading("Add funds")), l...)
	}
	if v, ok := s.selected(); ok && s.form != nil {
		return s.drawAmount(v, width, height)
	}
	title := "How should the money come?"
	if width < narrow {
		title = "Add funds"
	}
	out := append(topGap(height), heading(title).right(width-2, s.account(m)))
	if height >= roomyFrom {
		out = append(out, nil)
	}
	about := s.about(width)
	rows := len(s.all) + 1 + s.groups()
	room := height - len(out) - 1 - len(about)
	if room < min(rows, fewMethods) { // what a method does gives way to the list only where there is hardly any
		about, room = nil, height-len(out)
	}
	out = append(out, s.table(width, min(rows, room))...)
	if len(about) > 0 {
		out = append(append(out, nil), about...)
	}
	return out
}

// fewMethods is how many rows of methods are always there before the words about one of them are, with their heads.
const fewMethods = 8

// account is the currency that is chosen, and what is there of it.
func (s *fundSheet) account(m *Model) line {
	l := lineOf(toneStrong, string(s.currency))
	if len(s.currencies) > 1 {
		l = line{{"‹ ", toneKey}, {string(s.currency), toneStrong}, {" ›", toneKey}}
	}
	for _, w := range m.home.Wallets {
		if w.Currency == s.currency {
			l = l.add(toneFaint, "  you have "+w.Available.Number())
		}
	}
	return l
}

// methodGroup is the place of a method's group: what pays at once comes first.
func methodGroup(v view.Method) int {
	switch {
	case v.Online:
		return 0
	case v.Bank:
		return 1
	}
	return 2
}

// groups is how many groups are listed, each below its own head.
func (s *fundSheet) groups() (n int) {
	for i := range s.all {
		if s.begins(i) {
			n++
		}
	}
	return n
}

// begins tells whether a group begins with a method.
func (s *fundSheet) begins(i int) bool {
	return i == 0 || methodGroup(s.all[i-1]) != methodGroup(s.all[i])
}

// table is the methods with what decides between them, in groups.
func (s *fundSheet) table(width, height int) []line {
	t := view.Table{Columns: []view.Column{
		{Title: "Method", Elastic: true},
		{Title: "Arrives", Drop: 1},
		{Title: string(s.currency), Right: true},
		{Title: "Costs you", Drop: 2},
	}}
	for _, v := range s.all {
		r, _ := v.In(s.currency)
		arrives := view.Cell{Text: v.Arrives}
		if v.Frozen != "" {
			arrives = view.Cell{Text: "frozen", Tone: view.Warn}
		}
		takes := r.Words()
		if v.Name == voucherName {
			takes = "what it says"
		}
		t.Rows = append(t.Rows, []view.Cell{{Text: v.Title}, arrives, {Text: takes}, {Text: v.Cost}})
	}
	return rowsOf{table: t, begins: s.begins, head: func(i int) (title, sum string) {
		return [...]string{"Online", "From a bank account", "On paper, or with a code"}[methodGroup(s.all[i])], ""
	}}.draw(&s.listCursor, width, height)
}

// about is what will happen by the chosen method.
func (s *fundSheet) about(width int) []line {
	v, ok := s.selected()
	if !ok {
		return nil
	}
	text := v.Help
	if v.Simulated { // the only place on the screen, beside the badge
		text = "Simulated: no real money moves. " + text
	}
	if v.Frozen != "" {
		text = "Nothing is taken in this way for now: " + view.Clean(v.Frozen)
	}
	return paragraph(toneFaint, width, text)
}

// drawAmount asks how much, below what was chosen.
func (s *fundSheet) drawAmount(v view.Method, width, height int) []line {
	words := view.Clean(v.Title)
	if v.Arrives != "" {
		words += ": tokens can be spent " + v.Arrives + "."
	}
	head := append(topGap(height), lineOf(toneStrong, "  "+words).cut(width-2))
	if height >= roomyFrom {
		head = append(head, nil)
	}
	out := append(head, s.form.drawIn(width, height-len(head))...)
	if about := s.about(width); len(out)+1+len(about) <= height {
		out = append(append(out, nil), about...)
	}
	return out
}

// byMethod names a deposit: 25.00 USD by check.
func byMethod(d view.Deposit) string {
	if d.Method == "" {
		return d.Amount.String()
	}
	return d.Amount.String() + " by " + strings.ToLower(view.Clean(d.Method))
}
