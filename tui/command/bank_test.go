package command

import (
	"errors"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// An account is taken from the line or from the input, and is in nothing that is printed. A screen runs the line that
// confirms by itself.
func TestBankAccountIsNotPrinted(t *testing.T) {
	const iban = "DE89370400440532013000"
	line := "bank add EUR --holder 'Erika Mustermann' --most 100.00"
	for _, l := range []string{line, line + " --yes", line + " --json", line + " --yes --json"} {
		f := commandtest.New()
		got := run(f, ada, l, iban+"\nsomething else\n")
		if strings.Contains(got.out+got.errs+got.log, iban) || strings.Contains(got.out+got.errs, "3704") {
			t.Errorf("%s: %+v", l, got)
		}
		if q, sent := f.Data.Got.(view.BankRequest); strings.Contains(l, "--yes") && (!sent || q.Account != iban) {
			t.Errorf("%s: the service got %+v", l, f.Data.Got)
		}
	}
	f := commandtest.New()
	typed := words("bank add EUR " + iban + " --holder 'Erika Mustermann' --most 100.00")
	reply := Try(t.Context(), f, ada, typed, strings.NewReader(""), Options{})
	if reply.Again == "" || f.Data.Got != nil {
		t.Fatalf("it asks for nothing: %+v", reply)
	}
	if reply = Try(t.Context(), f, ada, words(reply.Again), strings.NewReader(""), Options{}); reply.Exit != ExitOK {
		t.Errorf("%+v", reply)
	}
	if q, sent := f.Data.Got.(view.BankRequest); !sent || q.Account != iban {
		t.Errorf("the service got %+v", f.Data.Got)
	}
	reply = Try(t.Context(), f, otto, []string{"bank", "file", "TPC000000000001"}, nil, Options{})
	if reply.Exit == ExitOK {
		t.Error("a screen shows a file with accounts")
	}
}

// The rest of a name whose quotes a shell has taken is told from an account.
func TestLostQuotes(t *testing.T) {
	for account, want := range map[string]bool{
		"Lee DE89370400440532013000": true, "DE89370400440532013000 Lee": true, "Lee": true, "": false,
		"GB29 NWBK 6016 1331 9268 19": false, "021000021 123456789 savings": false, "DE89370400440532013000": false,
	} {
		r := &Run{command: &Command{}, Args: append([]string{"EUR"}, strings.Fields(account)...)}
		err := r.unquoted(ledger.Invalid("iban", "Type it again.", "This is not an IBAN."))
		if got := !errors.Is(err, ledger.ErrInvalid); got != want {
			t.Errorf("%q: %v", account, err)
		}
	}
}
