package tui

import (
	"slices"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// sumsLabel is the width of the longest label of the sums: the words above them are aligned with it.
const sumsLabel = len("Account")

// draw measures the sums and the answers first, and gives the vendor's words what is left of the height.
func (s *approvalSheet) draw(m *Model, width, height int) []line {
	if s.receipt != nil {
		return receiptLines(m, *s.receipt, width, height)
	}
	if s.limits != nil {
		out := []line{nil, lineOf(toneStrong, "  Allow "+view.Clean(s.a.Vendor)+" to charge without asking"), nil}
		out = append(out, s.limits.draw(width)...)
		if s.busy {
			out = append(out, nil, lineOf(toneFaint, "  One moment …"))
		}
		return out
	}
	sums := facts(factBlock{width: width, label: sumsLabel}, s.a.Sums())
	tail := append(s.withNumber(sums, width, height), s.answers(width, height)...)
	return append(s.request(m, width, height-len(tail)), tail...)
}

// request is who wants what, in at most so many lines, so that the price and the answers stay on the screen.
func (s *approvalSheet) request(m *Model, width, room int) []line {
	// Four lines are the title and the gaps. Where the facts do not fit beside them, the gaps go first.
	head := s.title(m, width)
	b := factBlock{width: width, label: sumsLabel, room: room - 4}
	about := s.a.Request(m.format())
	if out := slices.Concat([]line{nil, head, nil}, facts(b, about), []line{nil}); len(out) <= room {
		return out
	}
	b.room = room - 1
	return append([]line{head}, facts(b, about)...)
}

// title says what is wanted, and how long there is to answer. The clock of the frame moves it by seconds in the last
// minute.
func (s *approvalSheet) title(m *Model, width int) line {
	title := "  Approve purchase"
	if s.a.Mode == ledger.ModeLink {
		title = "  Allow charges without asking"
	}
	left := lineOf(toneFaint, "expires in "+m.format().Until(s.a.Expires)+"  ")
	if !s.a.Open() {
		left = lineOf(toneWarn, s.a.Status.Words()+"  ")
	}
	return lineOf(toneStrong, title).right(width, left)
}

// withNumber puts the number of the page beside the sums, large: it is what tells a purchase of one's own from a
// stranger's. Where there is no room it is a line before them, which stays on the smallest screen.
func (s *approvalSheet) withNumber(sums []line, width, height int) []line {
	words := s.a.OwnPage()
	if len(words) == 0 {
		return sums
	}
	beside := bigDigits(s.a.Match)
	beside[1] = words[0] + "   " + beside[1]
	fits := height >= 18 && len(sums) == len(beside)
	for i, row := range beside {
		fits = fits && sums[i].width()+view.Width(row)+4 <= width
	}
	if !fits {
		return append([]line{lineOf(toneStrong, "  "+words[0])}, sums...)
	}
	for i, row := range beside {
		sums[i] = sums[i].right(min(width, 80), lineOf(toneStrong, row+" "))
	}
	return append(sums, paragraph(toneWarn, width, words[1])...)
}

// segments are the digits as a seven-segment display has them, three rows each.
var segments = [10][3]string{
	{" _ ", "| |", "|_|"},
	{"   ", "  |", "  |"},
	{" _ ", " _|", "|_ "},
	{" _ ", " _|", " _|"},
	{"   ", "|_|", "  |"},
	{" _ ", "|_ ", " _|"},
	{" _ ", "|_ ", "|_|"},
	{" _ ", "  |", "  |"},
	{" _ ", "|_|", "|_|"},
	{" _ ", "|_|", " _|"},
}

// bigDigits draws a number in three rows.
func bigDigits(number string) (rows [3]string) {
	for _, digit := range number {
		if digit < '0' || digit > '9' {
			continue
		}
		for i := range rows {
			rows[i] += segments[digit-'0'][i] + " "
		}
	}
	return rows
}

// answers are what the person may answer, or why there is nothing to answer.
func (s *approvalSheet) answers(width, height int) []line {
	switch {
	case s.busy:
		return []line{nil, lineOf(toneFaint, "  One moment …")}
	case !s.a.Open():
		return []line{
			nil, lineOf(toneWarn, "  This request is "+s.a.Status.Words()+". Nothing is charged by looking."),
		}
	}
	out := []line{nil}
	switch {
	case s.fault != nil: // it says what Refused said, and came later
		out = append(out, s.fault.lines(width)...)
	case s.answer.asked == "b":
		out = append(out, paragraph(toneWarn, width, command.BlockMeans(view.Clean(s.a.Vendor)))...)
	case s.a.Refused != "":
		out = append(out, paragraph(toneBad, width, s.a.Refused)...)
	}
	if height < 18 { // no room; the footer has the keys
		return out
	}
	if len(out) > 1 {
		out = append(out, nil)
	}
	return append(out, s.choices()...)
}

// choices are the four answers, with their keys. The first repeats the price: it is the last thing that is read
// before the key. The one that was asked for is marked.
func (s *approvalSheet) choices() []line {
	all := []hint{
		{"y", "approve once and pay " + s.a.Price.String()},
		{"l", "approve and allow this vendor without asking"},
		{"n", "refuse"},
		{"b", "refuse and block this vendor"},
	}
	if s.a.Mode == ledger.ModeLink {
		all = append([]hint{{"l", "allow, inside bounds that you see next"}}, all[2:]...)
	}
	return view.Map(all, func(h hint) line {
		if h.key == s.answer.asked {
			return question(h.key, h.what)
		}
		return lineOf(toneKey, "  "+h.key).add(toneText, "  "+h.what)
	})
}
