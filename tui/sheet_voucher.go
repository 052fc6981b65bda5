package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// voucherName is the name of [voucherMethod], which no method of the service has.
const voucherName = "voucher"

// voucherLength is what fits into the field of a code: V and three groups, and spaces that people type.
const voucherLength = 40

// voucherMethod stands below the methods: what somebody has paid for already comes by the code of a voucher.
func voucherMethod() view.Method {
	return view.Method{
		Name: voucherName, Title: "Voucher", Arrives: "at once", Cost: "free",
		Help: "Its tokens buy everywhere, before your own. They cannot be sent, exchanged or paid out.",
	}
}

// codeForm asks for the code of a voucher.
func codeForm() *form {
	q := textInput("voucher redeem", "CODE", "", voucherLength, "Each is good once.")
	q.check = func(text string) (fault, warning string) {
		if strings.TrimSpace(text) == "" {
			return "Type the code as it is written: V and three groups.", ""
		}
		return "", ""
	}
	return &form{fields: []field{q}}
}

// redeem sends a code. A wrong one stays in the form, with what is wrong about it.
func (s *fundSheet) redeem(m *Model, f *form) tea.Cmd {
	code := f.text(0)
	return submit(m, f, "voucher", ownOf(m, m.svc.RedeemVoucher, code), func(v view.Incentive) tea.Cmd {
		m.notify(toneGood, fmt.Sprintf("%s of %s added, until %s.", v.Amount, view.Clean(v.By), m.format().Time(v.Expires)))
		if m.top() == screen(s) { // the person may have left the form meanwhile
			return m.close()
		}
		return m.refresh()
	})
}
