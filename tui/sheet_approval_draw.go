package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// sumsLabel is the width of the longest label of the sums: the words above them are aligned with it.
const sumsLabel = len("You pay")

// draw measures the sums and the answers first, and gives the vendor's words what is left of the height.
func (s *approvalSheet) draw(m *Model, width, height int) []line {
	width = min(width, readable)
	switch {
	case s.receipt != nil:
		return receiptLines(m, *s.receipt, width, height)
	case s.limits != nil:
		return s.drawLimits(width, height)
	}
	sums, number := s.sums(width, height), s.withNumber(width, height)
	message, answers := s.message(m, width), s.drawAnswers(m, width)
	head := []line{s.title(m, width)}
	room := height - len(head) - len(sums) - len(number) - len(answers)
	message = message[:max(0, min(len(message), room))]
	room -= len(message)
	about := facts(factBlock{width: width, label: sumsLabel, room: max(1, room-1)}, s.about(m, height))
	about = about[:max(0, min(len(about), room))]
	if room -= len(about); room > 0 {
		head, room = append(head, s.timeBar(m, width)), room-1
	}
	return parted(room, head, about, sums, number, message, answers)
}

// smallSheet is the height below which a request is told in the fewest lines.
const smallSheet = 14

// about is what the request is for and whose it is. On a small terminal each is one line.
func (s *approvalSheet) about(m *Model, height int) []view.Fact {
	all := view.Without(s.a.Request(m.format()), "Before")
	if s.a.Mode == ledger.ModeLink {
		all = view.Without(all, "For") // the title says it
	}
	for i := range all {
		if all[i].Label == "Who" {
			all[i].Value, all[i].Lines = s.who(height < smallSheet), 2
		}
		if height < smallSheet && all[i].Label != "Asks" {
			all[i].Lines = 1
		}
	}
	return all
}

// who is the site that was proved, and how well the wallet knows the vendor; its name is in the title.
func (s *approvalSheet) who(short bool) string {
	sign, site := "✓ ", s.a.Origin()
	if s.a.Site == "" {
		sign = "! "
	} else if short {
		_, site, _ = strings.Cut(s.a.Site, "://")
	}
	known := s.a.Earlier()
	if short && s.a.Purchases > 0 {
		known = fmt.Sprintf("%d bought", s.a.Purchases)
	}
	return sign + site + ", " + known
}

// parted puts parts under each other with an empty line before each while there are some, the last part first.
func parted(gaps int, parts ...[]line) []line {
	parts = slices.DeleteFunc(parts, func(p []line) bool { return len(p) == 0 })
	var out []line
	for i, p := range parts {
		if i > 0 && len(parts)-i <= gaps {
			out = append(out, nil)
		}
		out = append(out, p...)
	}
	return out
}

// drawLimits shows the bounds of the link instead of the request.
func (s *approvalSheet) drawLimits(width, height int) []line {
	title := lineOf(toneStrong, "  Let "+view.Clean(s.a.Vendor)+" take without asking")
	f := *s.limits
	f.busy = s.busy
	if height < roomyFrom {
		return append([]line{title}, f.drawIn(width, height-1)...)
	}
	end := "You can end it with u on Vendors at any moment."
	return slices.Concat([]line{nil, title, nil}, f.draw(width), []line{nil}, paragraph(toneFaint, width, end))
}

// title says who asks for what, and how long there is to answer.
func (s *approvalSheet) title(m *Model, width int) line {
	asks := " asks for " + s.a.Price.String()
	switch {
	case s.a.Mode == ledger.ModeLink && width < narrow:
		asks = " asks for a link"
	case s.a.Mode == ledger.ModeLink:
		asks = " asks to take without asking"
	case width < narrow:
		asks = " asks " + s.a.Price.String()
	}
	left := lineOf(toneText, timeLeft(s.a.Expires.Sub(m.now()))+" left  ")
	switch {
	case !s.a.Open():
		left = lineOf(toneWarn, s.a.Status.Words()+"  ")
	case !s.open(m):
		left = lineOf(toneWarn, "time over  ")
	case s.a.Expires.Sub(m.now()) <= time.Minute:
		left[0].tone = toneWarn
	}
	// The name gives way: it is a stranger's, and may not push out what is asked.
	room := max(4, width-3-view.Width(asks)-left.width())
	return lineOf(toneStrong, "  "+view.Cut(view.Clean(s.a.Vendor), room, "…")+asks).right(width, left)
}

// timeLeft is a remaining time for a clock that moves every ten seconds and, in the last minute, every second.
func timeLeft(d time.Duration) string {
	if d <= time.Minute || d >= time.Hour {
		return view.Left(d)
	}
	d = (d + timeStep - 1).Truncate(timeStep)
	if sec := d % time.Minute / time.Second; sec > 0 && d < 10*time.Minute {
		return fmt.Sprintf("%d min %d", d/time.Minute, sec)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

// timeStep is how often what is left of a request moves before its last minute.
const timeStep = 10 * time.Second

// timeBar is what is left of the time that there was when the request was opened.
func (s *approvalSheet) timeBar(m *Model, width int) line {
	left, whole := s.a.Expires.Sub(m.now()), s.a.Expires.Sub(s.opened)
	if left > time.Minute {
		left = (left + timeStep - 1).Truncate(timeStep)
	}
	if !s.a.Open() {
		left = 0
	}
	cells := cellsOf(int64(left), int64(whole), width-4)
	return line{
		{"  ", toneText}, {strings.Repeat("━", cells), toneFill}, {strings.Repeat("─", width-4-cells), toneRule},
	}
}

// sums are what the answer costs. The account and the day stand side by side where there is room; on a small terminal
// the price, which the title and the answer have too, goes first.
func (s *approvalSheet) sums(width, height int) []line {
	all := s.a.Sums()
	if height < smallSheet {
		all = view.Without(all, "You pay")
	}
	if height < leastHeight && s.a.Mode != ledger.ModeLink {
		all = view.Without(all, "Today")
	}
	out := facts(factBlock{width: width, label: sumsLabel}, all)
	if n := len(out); n >= 2 && n == len(all) && width >= 72 && out[n-2].width() <= width/2 {
		day := out[n-1]
		day[0].text = strings.TrimSpace(day[0].text) + "  "
		side := fillLine(out[n-2], width/2)
		out = append(out[:n-2], append(side, day...))
	}
	return out
}

// fillLine adds blanks up to a width.
func fillLine(l line, width int) line {
	return l.add(toneText, strings.Repeat(" ", max(0, width-l.width())))
}

// withNumber is the row of numbers, and what it means that none of them is on the own page.
func (s *approvalSheet) withNumber(width, height int) []line {
	words := s.a.OwnPage()
	if !s.a.Open() || len(s.number.all) == 0 || len(words) == 0 {
		return nil
	}
	out := []line{s.number.draw(width)}
	if height >= roomyFrom {
		out = append(out, paragraph(toneText, width, words[len(words)-1])...)
	}
	return out
}

// drawAnswers are what the person may answer, or why there is nothing to answer.
func (s *approvalSheet) drawAnswers(m *Model, width int) []line {
	switch {
	case s.busy:
		return []line{lineOf(toneFaint, "  One moment …")}
	case !s.open(m):
		if s.fault != nil && !s.a.Open() { // the answer of this screen has ended it
			return paragraph(toneBad, width, "✕ "+s.fault.sentence())
		}
		return paragraph(toneWarn, width, s.overWords())
	}
	return s.answers.draw(width, 2)
}

// message is what the person should know before the answer, the first that there is.
func (s *approvalSheet) message(m *Model, width int) []line {
	switch means := s.blockMeans(); {
	case s.busy || !s.open(m):
		return nil
	case s.fault != nil: // it says what Refused said, and came later
		return paragraph(toneBad, width, "✕ "+s.fault.sentence())
	case means != "":
		return paragraph(toneWarn, width, "! "+means)
	case s.a.Refused != "":
		return paragraph(toneBad, width, "✕ "+s.a.Refused)
	}
	return s.wouldFail(m, width)
}

// wouldFail tells which limit of the wallet stands against the price, and when it frees.
func (s *approvalSheet) wouldFail(m *Model, width int) []line {
	l, ok := s.blocking(m)
	if !ok {
		return nil
	}
	words := "! Over your limit " + perPeriod(l.Period)
	if width >= narrow {
		words += ", " + l.Words() + ","
	}
	words += until(m.frees(l))
	return paragraph(toneWarn, width, strings.TrimSuffix(words, ",")+". L opens it.")
}

// overWords say why there is nothing to answer any more.
func (s *approvalSheet) overWords() string {
	switch {
	case s.a.Open(), s.a.Status == view.State(ledger.CheckoutExpired):
		return "! The time to answer is over. Nothing is charged. Start again at the vendor's site if you still want it."
	case s.a.Status == view.State(ledger.CheckoutDenied):
		return "! Refused" + s.where() + ". Nothing is charged."
	}
	return "! Approved" + s.where() + ". It is in the history; nothing more is charged."
}

// where tells that it was not this screen that answered.
func (s *approvalSheet) where() string {
	if s.elsewhere {
		return " on another screen a moment ago"
	}
	return " before"
}
