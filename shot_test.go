package main

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"image/color"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/rogpeppe/go-internal/testscript"
)

// shots is where stories put pictures of what they see: make shots. Without it they take none.
var shots = flag.String("shots", "", "directory for pictures of screens and pages")

// Measures of a picture, in pixels.
const (
	cellWidth, cellHeight = 9, 19
	fontSize              = 15
	margin                = 14
)

// sheet is what a picture is drawn on: the paper and the ink of a terminal, which the program leaves as they are.
type sheet struct{ paper, ink string }

var (
	dark  = sheet{paper: "#15181e", ink: "#d5dae3"}
	light = sheet{paper: "#fdf6e3", ink: "#38454b"}
)

// sheetOf is light for pictures that say so in their name.
func sheetOf(name string) sheet {
	if strings.Contains(name, "-light") {
		return light
	}
	return dark
}

// drawScreen is a terminal as SVG. Every run of cells of one style is stretched to its cells, so the grid is exact with
// any monospaced font.
func drawScreen(t *vt.Emulator, on sheet) []byte {
	w, h := t.Width()*cellWidth+2*margin, t.Height()*cellHeight+2*margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" `, w, h, w, h)
	fmt.Fprintf(
		&b,
		`font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" `+
			`font-size="%d" fill="%s">`+"\n",
		fontSize,
		on.ink,
	)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="9" fill="%s"/>`+"\n", on.paper)
	for y := range t.Height() {
		for x := 0; x < t.Width(); {
			x += drawRun(&b, t, on, x, y)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// drawRun draws the cells from x on that look alike and returns how many they are.
func drawRun(b *bytes.Buffer, t *vt.Emulator, on sheet, x, y int) (cells int) {
	look := t.CellAt(x, y).Style
	var text strings.Builder
	for x+cells < t.Width() {
		c := t.CellAt(x+cells, y)
		if !c.Style.Equal(&look) {
			break
		}
		text.WriteString(c.Content)
		cells += max(1, c.Width)
	}
	fore, back := look.Fg, look.Bg
	front, behind := hex(fore, on.ink), hex(back, on.paper)
	if look.Attrs&uv.AttrReverse != 0 {
		front, behind = behind, front
	}
	left, top := margin+x*cellWidth, margin+y*cellHeight
	if behind != on.paper {
		fmt.Fprintf(
			b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", left, top, cells*cellWidth, cellHeight, behind,
		)
	}
	words := strings.TrimRight(drawShapes(b, text.String(), left, top, front), " ")
	gap := len(words) - len(strings.TrimLeft(words, " "))
	if words = words[gap:]; words == "" {
		return cells
	}
	var how string
	if look.Attrs&uv.AttrBold != 0 {
		how += ` font-weight="bold"`
	}
	if look.Attrs&uv.AttrFaint != 0 {
		how += ` opacity="0.65"`
	}
	if front != on.ink {
		how += ` fill="` + front + `"`
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" xml:space="preserve"%s>`,
		left+gap*cellWidth, top+cellHeight-5, ansi.StringWidth(words)*cellWidth, how)
	_ = xml.EscapeText(b, []byte(words)) // a Buffer takes everything
	b.WriteString("</text>\n")
	return cells
}

// shapes are the signs of lines, bars and figures as boxes in a cell, in hundredths of its width and height: left, top,
// right, bottom. A terminal draws them itself, so that they touch; a font in a picture leaves gaps.
var shapes = map[rune][][4]int{
	'─': {{0, 47, 100, 53}}, '━': {{0, 44, 100, 56}}, '│': {{45, 0, 55, 100}}, '┃': {{40, 0, 60, 100}},
	'╸': {{0, 44, 60, 56}}, '╺': {{40, 44, 100, 56}}, '╹': {{40, 0, 60, 56}}, '╻': {{40, 44, 60, 100}},
	'┏': {{40, 44, 100, 56}, {40, 44, 60, 100}}, '┓': {{0, 44, 60, 56}, {40, 44, 60, 100}},
	'┗': {{40, 44, 100, 56}, {40, 0, 60, 56}}, '┛': {{0, 44, 60, 56}, {40, 0, 60, 56}},
	'┣': {{40, 0, 60, 100}, {40, 44, 100, 56}}, '┫': {{40, 0, 60, 100}, {0, 44, 60, 56}},
	'╌': {{5, 47, 45, 53}, {55, 47, 95, 53}}, '▐': {{50, 0, 100, 100}}, '▖': {{0, 50, 50, 100}},
	'▀': {{0, 0, 100, 50}}, '▁': {{0, 88, 100, 100}}, '▂': {{0, 75, 100, 100}}, '▃': {{0, 62, 100, 100}},
	'▄': {{0, 50, 100, 100}}, '▅': {{0, 38, 100, 100}}, '▆': {{0, 25, 100, 100}}, '▇': {{0, 12, 100, 100}},
	'█': {{0, 0, 100, 100}},
}

// drawShapes draws the signs of a run that are shapes, one box for equal neighbours that touch, and returns the run
// with blanks in their place.
func drawShapes(b *bytes.Buffer, run string, left, top int, fill string) (rest string) {
	var words strings.Builder
	all, x := []rune(run), 0
	for i := 0; i < len(all); i++ {
		boxes, same := shapes[all[i]], 1
		if boxes == nil {
			words.WriteRune(all[i])
			x += ansi.StringWidth(string(all[i]))
			continue
		}
		across := len(boxes) == 1 && boxes[0][0] == 0 && boxes[0][2] == 100
		for across && i+same < len(all) && all[i+same] == all[i] {
			same++
		}
		for _, box := range boxes {
			fmt.Fprintf(b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"/>`+"\n",
				float64(left+x*cellWidth)+float64(box[0]*cellWidth)/100, float64(top)+float64(box[1]*cellHeight)/100,
				float64((same-1)*cellWidth)+float64((box[2]-box[0])*cellWidth)/100,
				float64((box[3]-box[1])*cellHeight)/100, fill)
		}
		words.WriteString(strings.Repeat(" ", same))
		x += same
		i += same - 1
	}
	return words.String()
}

// hex is a colour as SVG writes it.
func hex(c color.Color, preset string) string {
	if c == nil {
		return preset
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// page takes a picture of a web page with a browser without a window.
func page(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: page FILE URL")
	}
	if *shots == "" {
		return
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		ts.Fatalf("pictures of pages need chromium: install the package chromium")
	}
	to := filepath.Join(*shots, args[0])
	ts.Check(
		exec.Command(
			browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
			"--user-data-dir="+ts.MkAbs("chromium"), "--window-size=1100,800", "--screenshot="+to, args[1],
		).Run(),
	)
}

// A picture holds the text of the screen, cell by cell, and nothing that would break out of it.
func TestDrawScreen(t *testing.T) {
	e := vt.NewEmulator(20, 2)
	if _, err := e.WriteString("\x1b[1mbold\x1b[0m <a&b> 氷\r\n\x1b[7m> row\x1b[0m"); err != nil {
		t.Fatal(err)
	}
	got := string(drawScreen(e, dark))
	for _, want := range []string{
		`>bold</text>`, `font-weight="bold"`, `&lt;a&amp;b&gt; 氷</text>`,
		`textLength="72"`, // <a&b>, a space, and a wide character: eight cells
		`<rect x="14" y="33" width="45" height="19" fill="` + dark.ink + `"/>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	if err := xml.Unmarshal([]byte(got), new(struct{})); err != nil {
		t.Error(err)
	}
}
