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
	var s splitter
	place := 0 // in characters, as a person counts them
	for _, r := range line {
		place++
		if unicode.IsControl(r) && r != '\t' && r != '\n' {
			return nil, fmt.Errorf("the command line holds a control character at place %d", place)
		}
		s.put(r, place)
	}
	switch {
	case s.quote != 0:
		return nil, fmt.Errorf("the quote %c at place %d is not closed", s.quote, s.opened)
	case s.skip:
		return nil, errors.New("a backslash at the end protects nothing")
	}
	s.end()
	return s.all, nil
}

// splitter is how far a command line has been read.
type splitter struct {
	all    []string
	word   strings.Builder
	inWord bool // also in an empty word, which stands in quotes
	quote  rune // that is open, 0 for none
	opened int  // place of that quote
	skip   bool // the last character was a backslash that protects
}

// put reads one character.
func (s *splitter) put(r rune, place int) {
	switch {
	case s.skip:
		// POSIX shell, 2.2.3: inside double quotes a backslash before another character stays.
		if s.quote == '"' && r != '"' && r != '\\' {
			s.word.WriteRune('\\')
		}
		s.word.WriteRune(r)
		s.skip = false
	case r == '\\' && s.quote != '\'':
		s.skip, s.inWord = true, true
	case s.quote != 0 && r == s.quote:
		s.quote = 0
	case s.quote != 0:
		s.word.WriteRune(r)
	case r == '"' || r == '\'':
		s.quote, s.opened, s.inWord = r, place, true
	case r == ' ' || r == '\t' || r == '\n':
		s.end()
	default:
		s.word.WriteRune(r)
		s.inWord = true
	}
}

// end ends the word that is being read, if there is one.
func (s *splitter) end() {
	if s.inWord {
		s.all = append(s.all, s.word.String())
	}
	s.word.Reset()
	s.inWord = false
}
