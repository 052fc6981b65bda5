package command

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words splits a command line by the quoting rules of the shell: blanks separate, '…' takes all as it is, inside
// "…" a backslash protects " and \, outside quotes it protects any character. Nothing is expanded: $ * ~ ; | # are
// letters here. The error says what cannot be read, for "Not understood: …".
func Words(line string) ([]string, error) {
	if !utf8.ValidString(line) {
		return nil, errors.New("the command line is not UTF-8 text")
	}
	var all []string
	var word strings.Builder
	inWord, quote, opened := false, rune(0), 0
	skip := false // the last rune was a backslash that protects
	place := 0
	for _, r := range line {
		place++
		if unicode.IsControl(r) && r != '\t' && r != '\n' {
			return nil, fmt.Errorf("the command line holds a control character at place %d", place)
		}
		switch {
		case skip:
			// POSIX shell, 2.2.3: inside double quotes a backslash before another character stays.
			if quote == '"' && r != '"' && r != '\\' {
				word.WriteRune('\\')
			}
			word.WriteRune(r)
			skip = false
		case r == '\\' && quote != '\'':
			skip, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, opened, inWord = r, place, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				all = append(all, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("the quote %c at place %d is not closed", quote, opened)
	case skip:
		return nil, errors.New("a backslash at the end protects nothing")
	}
	if inWord {
		all = append(all, word.String())
	}
	return all, nil
}
