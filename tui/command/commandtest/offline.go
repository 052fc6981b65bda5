package commandtest

import (
	"context"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// anOrder is the deposit of a purchase order, in a state.
func anOrder(state ledger.DepositState) view.Deposit {
	return view.Deposit{
		ID: "dep_7q2mk", Method: "purchase-order", Amount: EUR(120_000_000), Fee: EUR(0), State: view.State(state),
		Reference: "RF18 0000 1234", Order: "PO-17", Created: after(0), Handle: "w_7g2v", Simulated: true,
	}.Told()
}

// PayByPhone begins a deposit for any wallet.
func (s *Service) PayByPhone(
	_ context.Context, _ view.Caller, wallet string, amount ledger.Amount,
) (view.PayLink, error) {
	return call(s, "PayByPhone", func() (view.PayLink, error) {
		s.Data.Got = amount
		return view.PayLink{
			Code: "WDJB-MJHT", URL: "https://tuppence.example/p/WDJB-MJHT", Expires: after(30 * time.Minute),
			Deposit: "dep_2mx8c", Handle: wallet, Amount: amount, State: view.State(ledger.DepositRequiresAction),
			Simulated: true,
		}, nil
	})
}

// OrderTemplate returns a text for any number.
func (s *Service) OrderTemplate(
	_ context.Context, _ view.Caller, number string, amount ledger.Amount, until time.Time,
) (view.OrderText, error) {
	return call(s, "OrderTemplate", func() (view.OrderText, error) {
		if until.IsZero() {
			until = Now.AddDate(0, 0, 30)
		}
		o := ledger.OrderText{Number: number, House: "tuppence.example", Account: "w_7g2v", Amount: amount, Until: until}
		return view.OrderText{Text: o.String(), Namespace: "purchase@tuppence.example"}, nil
	})
}

// SubmitOrder takes any text that begins as an order.
func (s *Service) SubmitOrder(_ context.Context, _ view.Caller, signed []byte) (view.Deposit, error) {
	return call(s, "SubmitOrder", func() (view.Deposit, error) {
		if !strings.HasPrefix(string(signed), "PURCHASE-ORDER 1\n") {
			return view.Deposit{}, ledger.Invalid("order", "Type: po template", "This is no order.")
		}
		return anOrder(ledger.DepositSubmitted), nil
	})
}

// EnterOrder takes any order.
func (s *Service) EnterOrder(_ context.Context, _ view.Caller, q view.PaperOrder) (view.Deposit, error) {
	return call(s, "EnterOrder", func() (view.Deposit, error) {
		s.Data.Got = q
		d := anOrder(ledger.DepositSubmitted)
		d.Order, d.Handle, d.Amount = q.Number, q.Wallet, q.Amount
		return d, nil
	})
}

// DecideOrder moves the one order on.
func (s *Service) DecideOrder(
	_ context.Context, _ view.Caller, name, step string, _ ledger.Amount, reason string,
) (view.Deposit, error) {
	return call(s, "DecideOrder", func() (view.Deposit, error) {
		d := anOrder(map[string]ledger.DepositState{
			"accept": ledger.DepositInvoiced, "deny": ledger.DepositFailed, "paid": ledger.DepositPaid,
			"write-off": ledger.DepositWrittenOff,
		}[step])
		if name != d.ID && strings.ReplaceAll(name, " ", "") != strings.ReplaceAll(d.Reference, " ", "") {
			return view.Deposit{}, noSuch("purchase order", name)
		}
		s.Data.Got, d.Reason = step, reason
		if d.Is(ledger.DepositInvoiced) {
			d.Due = after(30 * 24 * time.Hour)
		}
		return d, nil
	})
}

// DepositSheet returns a sheet for the one order.
func (s *Service) DepositSheet(_ context.Context, _ view.Caller, id string) (view.Sheet, error) {
	return call(s, "DepositSheet", func() (view.Sheet, error) {
		if id != "dep_7q2mk" {
			return view.Sheet{}, noSuch("deposit", id)
		}
		return view.Sheet{Title: "Invoice", PDF: "JVBERi0xLjM="}, nil
	})
}

// SetOrderLimit sets a limit of which a fifth is used.
func (s *Service) SetOrderLimit(
	_ context.Context, _ view.Caller, wallet string, limit ledger.Amount,
) (view.OrderCredit, error) {
	return call(s, "SetOrderLimit", func() (view.OrderCredit, error) {
		s.Data.Got = limit
		return view.OrderCredit{
			Handle: wallet, Limit: limit, Used: ledger.Amount{Micros: limit.Micros / 5, Currency: limit.Currency},
		}, nil
	})
}

// aBiller is the one biller.
var aBiller = view.Biller{
	Name: "northnet", Title: "Northnet", Kind: ledger.MethodISP, Cap: EUR(50_000_000), Cost: "8 %", Files: 2,
	Account: "…0731", State: view.State(ledger.BillerConfirmed),
}

// Billers returns one biller, with an account.
func (s *Service) Billers(context.Context, view.Caller) ([]view.Biller, error) {
	return call(s, "Billers", func() ([]view.Biller, error) { return []view.Biller{aBiller}, nil })
}

// JoinBiller asks for any account.
func (s *Service) JoinBiller(_ context.Context, _ view.Caller, biller, number string) (view.Deposit, error) {
	return call(s, "JoinBiller", func() (view.Deposit, error) {
		if biller != aBiller.Name {
			return view.Deposit{}, noSuch("biller", biller)
		}
		return view.Deposit{
			ID: "dep_8w3nl", Method: ledger.MethodISP, Amount: EUR(1_000_000), Fee: EUR(0),
			State: view.State(ledger.DepositSubmitted), Reference: "RF93 0005 5434", Bill: "northnet, account …0731",
			Steps:   []string{"Wait for the next bill: it has a code on the line of 1.00 EUR."},
			Created: after(0), Simulated: true,
		}.Told(), nil
	})
}

// ConfirmBiller takes one code.
func (s *Service) ConfirmBiller(_ context.Context, _ view.Caller, _, code string) (view.Biller, error) {
	return call(s, "ConfirmBiller", func() (view.Biller, error) {
		if code != "WDJB-MJHT" {
			return view.Biller{}, noSuch("code", code)
		}
		return aBiller, nil
	})
}

// SetBiller opens any biller.
func (s *Service) SetBiller(_ context.Context, _ view.Caller, q view.BillerRequest) (view.Biller, error) {
	return call(s, "SetBiller", func() (view.Biller, error) {
		s.Data.Got = q
		return view.Biller{Name: q.Name, Title: q.Title, Kind: q.Kind, Cap: q.Cap, Cost: q.Cost, Closed: q.Closed}, nil
	})
}

// BillerFile returns a file of one charge.
func (s *Service) BillerFile(
	_ context.Context, _ view.Caller, biller string, number uint64,
) (view.BillerFile, error) {
	return call(s, "BillerFile", func() (view.BillerFile, error) {
		return view.BillerFile{
			Biller: biller, Number: max(number, 3), Lines: 1, Sum: EUR(20_000_000), SHA256: strings.Repeat("0f", 32),
			Made: after(0), Text: "profile,line,kind\r\ntuppence-biller-1,1,charge\r\n",
		}, nil
	})
}

// ReadBillerFile takes any file.
func (s *Service) ReadBillerFile(
	_ context.Context, _ view.Caller, biller string, file []byte,
) (view.BillerRead, error) {
	return call(s, "ReadBillerFile", func() (view.BillerRead, error) {
		s.Data.Got = string(file)
		return view.BillerRead{
			Biller: biller, Lines: 3, Accepted: 1, Rejected: 1, Known: 1, SHA256: strings.Repeat("0f", 32),
		}, nil
	})
}

// PlayBiller answers to any file.
func (s *Service) PlayBiller(context.Context, view.Caller, string, uint64, bool) ([]byte, error) {
	return call(s, "PlayBiller", func() ([]byte, error) {
		return []byte("profile,line,kind\r\ntuppence-biller-1,1,accepted\r\n"), nil
	})
}
