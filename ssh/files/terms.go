package files

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// fence is the line before and behind the terms of a text.
const fence = "---"

// termNames are the terms in the order in which people read them.
var termNames = []string{"title", "price", "views", "hours", "days", "description"}

// cutTerms divides a text into its terms and what is sold. A file that does not begin with a fence has none (nil).
func cutTerms(content []byte) (terms *view.ShopOfferOrder, body []byte, err error) {
	rest := bytes.TrimPrefix(content, []byte("\ufeff"))
	first, rest, found := bytes.Cut(rest, []byte("\n"))
	if !found || string(bytes.TrimRight(first, " \r\t")) != fence {
		return nil, content, nil
	}
	var head []byte
	for len(rest) > 0 {
		line, more, _ := bytes.Cut(rest, []byte("\n"))
		rest = more
		if string(bytes.TrimRight(line, " \r\t")) == fence {
			terms, err = readTerms(head)
			return terms, bytes.TrimLeft(rest, "\r\n"), err
		}
		if head = append(append(head, line...), '\n'); len(head) > mostTerms {
			break
		}
	}
	return nil, nil, ledger.Invalid("file", "Write one behind them.", "The terms do not end with a line of %s.", fence)
}

// readTerms reads terms: a line for each, "title: How rivers freeze". A file has all of them: what it does not name is
// no bound, and no description.
func readTerms(text []byte) (*view.ShopOfferOrder, error) {
	if len(text) > mostTerms || !utf8.Valid(text) {
		return nil, ledger.Invalid("file", "Save them as UTF-8, with a short description.",
			"The terms are no text, or too long.")
	}
	said := map[string]string{}
	n := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line == fence || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if !found || !known(name) {
			return nil, ledger.Invalid("file", "Write a line for each, such as price: 0.25 EUR. There are "+
				strings.Join(termNames, ", ")+".", "Line %d of the terms is %q.", n, ledger.CleanLine(line, 40))
		}
		if _, twice := said[name]; twice {
			return nil, ledger.Invalid(name, "Write it once.", "Line %d of the terms has %s once more.", n, name)
		}
		said[name] = unquoted(strings.TrimSpace(value))
	}
	return orderOf(said)
}

func known(name string) bool {
	for _, n := range termNames {
		if n == name {
			return true
		}
	}
	return false
}

// unquoted takes away quotes around a value, which those write who are used to YAML.
func unquoted(value string) string {
	if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}

// orderOf makes an order of terms.
func orderOf(said map[string]string) (*view.ShopOfferOrder, error) {
	title, description := said["title"], said["description"]
	if title == "" {
		return nil, ledger.Invalid("title", "Write a line such as title: How rivers freeze", "The title is missing.")
	}
	number, code, _ := strings.Cut(said["price"], " ")
	price, err := ledger.ReadAmount(number, ledger.Currency(strings.ToUpper(strings.TrimSpace(code))))
	if err != nil || code == "" {
		return nil, ledger.Invalid("price", "Write a line such as price: 0.25 EUR", "The price is %q.",
			ledger.CleanLine(said["price"], 40))
	}
	q := &view.ShopOfferOrder{Title: &title, Description: &description, Price: &price}
	for name, to := range map[string]**uint32{"views": &q.Views, "hours": &q.Hours, "days": &q.Days} {
		n, err := strconv.ParseUint(fmt.Sprint("0", said[name]), 10, 30)
		if err != nil {
			return nil, ledger.Invalid(name, "Write a number such as 5.", "The term %s is %q.", name,
				ledger.CleanLine(said[name], 40))
		}
		count := uint32(n)
		*to = &count
	}
	return q, nil
}
