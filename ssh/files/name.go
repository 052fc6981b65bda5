package files

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tuppence/server/view"
)

// longestName is how many bytes a name has at most: no file system here or there takes more than 255, and a copy may
// add to it.
const longestName = 160

// cleanName makes a text of a vendor the name of a file, with an end that is ours. What would mean something else to a
// path, a shell, a pattern or another system is a dash: no name leads out of its directory, begins like an option or is
// hidden, and what it shows is what it is. A name that is clean stays as it is.
func cleanName(text, end string) string {
	for range 10 { // what is taken away at the beginning may uncover more
		name := cleanOnce(text, longestName-len(end))
		if name == text {
			return name + end
		}
		text = name
	}
	return "untitled" + end
}

// cleanOnce is one step of cleanName, with a bound in bytes.
func cleanOnce(text string, most int) string {
	name := norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|[]{}$`+"`", r):
			return '-'
		case r == 0x200c || r == 0x200d: // they join nothing that a name needs, and are not seen
			return -1
		}
		return r
	}, view.Clean(text)))
	name = strings.TrimRight(strings.TrimLeft(cut(name, most), " .-~_"), " .-")
	if name == "" {
		return "untitled"
	}
	if reserved[strings.ToLower(strings.TrimSpace(strings.SplitN(name, ".", 2)[0]))] {
		return "the " + name
	}
	return name
}

// cut cuts a text between letters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// fold is what two names have in common that are one on some systems.
func fold(name string) string { return strings.ToLower(name) }

// reserved are names that Windows takes for devices.
var reserved = func() map[string]bool {
	all := map[string]bool{"con": true, "prn": true, "aux": true, "nul": true}
	for _, n := range "0123456789" {
		all["com"+string(n)], all["lpt"+string(n)] = true, true
	}
	return all
}()
