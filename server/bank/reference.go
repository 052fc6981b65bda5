package bank

import (
	"regexp"
	"slices"
	"strings"

	"tuppence/server/ledger"
)

// rf is a run that may begin with a reference of ours. Our references have digits only, so that a word behind one is
// not taken for a part of it; a date behind one is, and is cut off below.
var rf = regexp.MustCompile(`RF(?:[\s./-]*[0-9]){10,22}`)

// separators are what people and banks put between the groups of a reference.
var separators = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", "\f", "", ".", "", "/", "", "-", "")

// References returns the numbers of our references that texts of a bank can mean: of each run of digits every beginning
// whose check digits hold, the longest first, each number once. A bank may break a reference over two texts, so they
// are read together, too. More than one is ambiguous, unless only one of them is open: else a person decides.
func References(texts ...string) (numbers []uint64) {
	if len(texts) > 1 {
		texts = append(slices.Clip(texts), strings.Join(texts, ""))
	}
	for _, text := range texts {
		for _, run := range rf.FindAllString(strings.ToUpper(text), -1) {
			run = separators.Replace(run)
			for n := len(run); n >= 12; n-- {
				number, err := ledger.ParseReference(run[:n])
				if err == nil && !slices.Contains(numbers, number) {
					numbers = append(numbers, number)
				}
			}
		}
	}
	return numbers
}
