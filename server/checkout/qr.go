package checkout

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrQuiet is how many modules are free around a QR code (ISO/IEC 18004, section 6.3.8).
const qrQuiet = 4

// qrPicture draws a text as a QR code, "" if it cannot be one: a picture in the page itself, which needs no script and
// no request. It carries the command to the device where the key is.
func qrPicture(text string) template.HTML {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return ""
	}
	n := code.Bounds().Dx()
	var b strings.Builder
	size := strconv.Itoa(n + 2*qrQuiet)
	b.WriteString(`<svg class="qr" role="img" aria-label="QR code of the command" viewBox="0 0 ` + size + " " + size +
		`" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d="`)
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for x < n {
				if r, _, _, _ := code.At(x, y).RGBA(); r != 0 {
					break
				}
				x++
			}
			if x > from { // a run of dark modules
				b.WriteString("M" + strconv.Itoa(from+qrQuiet) + " " + strconv.Itoa(y+qrQuiet) +
					"h" + strconv.Itoa(x-from) + "v1h-" + strconv.Itoa(x-from) + "z")
			}
		}
	}
	b.WriteString(`" fill="#000"/></svg>`)
	return template.HTML(b.String()) //nolint:gosec // digits and letters of ours
}
