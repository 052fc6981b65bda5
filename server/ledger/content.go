package ledger

import "strings"

// readable are the media types of content that the library shows or hands out. None of them is a program.
var readable = []string{
	"text/plain", "text/markdown", "text/html", "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp",
}

// Readable reports whether content of a media type is kept and opened here. Parameters are not part of it.
func Readable(media string) bool {
	for _, known := range readable {
		if strings.EqualFold(media, known) {
			return true
		}
	}
	return false
}
