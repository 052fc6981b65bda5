package tui

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// receiptLines is what the buyer keeps. It stays until enter or esc: the same receipt is in the history, but a
// person who has just paid wants to read it now.
func receiptLines(m *Model, v view.Receipt, width, height int) []line {
	b := factBlock{width: width}
	out := append(topGap(height), receiptTitle(v), nil)
	out = append(out, facts(b, view.Without(v.Facts(m.format()), "State", "Paid"))...)
	return append(out, boughtLines(m, v.Lines, v.Grant, width)...)
}

// boughtLines are who got what of a price, and what may be opened for it.
func boughtLines(m *Model, all []view.Line, g *view.Grant, width int) []line {
	out := section("Who got what", listing(view.LineTable(all), width))
	if g != nil {
		out = append(out, section("Access", facts(factBlock{width: width}, g.Facts(m.format())))...)
	}
	return out
}

// receiptTitle says what the answer did. An answer that had been given before says so, since nothing was paid a
// second time.
func receiptTitle(v view.Receipt) line {
	var title line
	switch {
	case v.Status == view.State(ledger.CheckoutDenied):
		title = lineOf(toneText, "  Refused. ").add(toneStrong, "Nothing was charged.")
	case v.Status == view.State(ledger.CheckoutExpired):
		title = lineOf(toneWarn, "  Expired. ").add(toneStrong, "Nothing was charged.")
	case v.Amount.Micros == 0 && v.Link != "":
		title = lineOf(toneGood, "  Allowed. ").add(toneStrong, view.Clean(v.Vendor)+" may charge inside your bounds.")
	default:
		title = lineOf(toneGood, "  Paid. ").add(toneStrong, v.Amount.String())
	}
	if v.Again {
		title = title.add(toneFaint, "  answered before; nothing new happened")
	}
	return title
}
