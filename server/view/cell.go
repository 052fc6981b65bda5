package view

import (
	"regexp"
	"strings"
)

var (
	// cellPart is what a spreadsheet can take for a cell: those of many countries divide the lines of a file by
	// semicolons, and then know no quotes in the middle of a line that hold two lines together.
	cellPart = regexp.MustCompile(`[^;\r\n]+`)
	// formula is where a spreadsheet takes a cell for one. Apostrophes before it do not end it: they are marks.
	formula = regexp.MustCompile(`^'*[\s"]*[=+\-@|%\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]`)
)

// WriteCell is a text as a cell of which no spreadsheet takes a part for a formula: an apostrophe before it says that
// it is a text, and is what spreadsheets themselves write. A formula in a title would run in the program of who opens
// the list.
func WriteCell(text string) string {
	return cellPart.ReplaceAllStringFunc(text, func(part string) string {
		if formula.MatchString(part) {
			return "'" + part
		}
		return part
	})
}

// ReadCell is the text of a cell: of what [WriteCell] wrote, to the letter. Any other apostrophe is the author's.
func ReadCell(cell string) string {
	return cellPart.ReplaceAllStringFunc(cell, func(part string) string {
		if text, marked := strings.CutPrefix(part, "'"); marked && formula.MatchString(text) {
			return text
		}
		return part
	})
}
