package ledger

import (
	"strings"
	"unicode/utf8"
)

// What a vendor can attach to a sale or an offer (claim 43). Lengths are in characters (Unicode code points), as those
// of a JSON schema are.
const (
	MaxClientRef     = 200 // of a reference
	MaxMetadata      = 20  // entries
	MaxMetadataName  = 40  // of the name of one
	MaxMetadataValue = 500 // of its value
	MaxIncentive     = 64  // of the name of an incentive
)

// CheckAttached bounds what a vendor attaches for its own tracking. It is kept exactly as it was sent, since a vendor
// compares what comes back with what it sent: nothing is cleaned here, only where a person is shown it. It refuses with
// ErrInvalid what is too long, and what is no text at all.
func CheckAttached(clientRef string, metadata map[string]string) error {
	if err := checkExact("client_reference_id", clientRef, MaxClientRef); err != nil {
		return err
	}
	return CheckMetadata(metadata)
}

// CheckMetadata is CheckAttached for metadata alone. The number of entries is looked at first, so that too many cost
// nothing.
func CheckMetadata(m map[string]string) error {
	if len(m) > MaxMetadata {
		return Invalid("metadata", "Attach at most 20 entries.", "This is too much metadata.")
	}
	for name, value := range m {
		if name == "" {
			return Invalid("metadata", "Give each entry a name of 1 to 40 characters.", "The name of an entry is empty.")
		}
		if err := checkExact("metadata", name, MaxMetadataName); err != nil {
			return err
		}
		if err := checkExact("metadata", value, MaxMetadataValue); err != nil {
			return err
		}
	}
	return nil
}

// checkExact refuses a text that is longer than max characters, that is not UTF-8, or that has the character U+0000,
// which many programs take for the end of a text.
func checkExact(param, s string, max int) error {
	switch {
	case Longer(s, max):
		return Invalid(param, "Make it shorter.", "A text is longer than %d characters.", max)
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return Invalid(param, "Send Unicode text without the character U+0000.", "A text cannot be kept as it is.")
	}
	return nil
}

// Longer reports whether a text has more than max characters.
func Longer(s string, max int) bool {
	return len(s) > max*utf8.UTFMax || utf8.RuneCountInString(s) > max
}
