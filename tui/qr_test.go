package tui

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// camera is what a camera sees of a screen whose terminal has this paper: the grounds of the cells and the half blocks.
func camera(t *testing.T, screen string, paper color.Gray) image.Image {
	t.Helper()
	const module = 4
	rows := strings.Split(screen, "\n")
	w, h := ansi.StringWidth(rows[0]), len(rows)
	seen := vt.NewEmulator(w, h)
	if _, err := seen.WriteString(strings.Join(rows, "\r\n")); err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, (w+8)*module, (2*h+8)*module))
	for i := range img.Pix {
		img.Pix[i] = paper.Y
	}
	for y := range 2 * h {
		for x := range w {
			cell := seen.CellAt(x, y/2)
			shade := cell.Style.Bg
			if y%2 == 1 && cell.Content == "▄" {
				shade = cell.Style.Fg
			}
			if shade == nil {
				continue
			}
			for i := range module * module {
				img.Set((x+4)*module+i%module, (y+4)*module+i/module, shade)
			}
		}
	}
	return img
}

// scan reads the code on a screen, with a decoder that has nothing in common with the encoder.
func scan(t *testing.T, screen string, paper color.Gray) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(camera(t, screen, paper))
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		t.Fatalf("cannot be read: %v\n%s", err, screen)
	}
	return read.GetText()
}

// What is drawn is read back as it was, on dark and on light paper.
func TestCodesAreReadBack(t *testing.T) {
	for _, text := range []string{
		"RF03 0000 0018", "TP 1180 3342 7", "SSH://TUPPENCE.EXAMPLE", "SSH://LOCALHOST:2222", "chg_8f3ka",
		"https://news.example/rivers?a=1", strings.Repeat("x", qrMost),
	} {
		for _, paper := range []color.Gray{{0}, {255}} {
			code := qrLines(text)
			screen := themeOf("auto", colorprofile.TrueColor, allSigns).page(code, code[0].width(), len(code))
			if got := scan(t, screen, paper); got != text {
				t.Errorf("%q is read as %q", text, got)
			}
		}
	}
}

// A reference and an address of ssh fit beside words at 80 columns, with quiet on all sides.
func TestCodesAreSmall(t *testing.T) {
	for _, text := range []string{"RF03 0000 0018", "SSH://TUPPENCE.EXAMPLE"} {
		code := qrLines(text)
		if w := code[0].width(); w > 29 || len(code) > 15 {
			t.Errorf("the code of %q has %d columns and %d rows", text, w, len(code))
		}
		for i, l := range code {
			first, last := l[0], l[len(l)-1]
			if edge := i == 0 || i == len(code)-1; edge && len(l) > 1 || first.tone != toneCodeLight ||
				last.tone != toneCodeLight || !strings.HasPrefix(first.text, "  ") || !strings.HasSuffix(last.text, "  ") {
				t.Errorf("row %d of %q has no quiet: %q", i, text, l)
			}
		}
	}
	for _, text := range []string{"", strings.Repeat("x", qrMost+1)} {
		if qrLines(text) != nil {
			t.Errorf("a text of %d bytes is a code", len(text))
		}
	}
}

// A code is black on white in every theme that has colours. Where it cannot be drawn so, its text is there.
func TestCodesOrTheirTexts(t *testing.T) {
	for _, tc := range []struct {
		name, theme, term, locale string
		profile                   colorprofile.Profile
		width, height             int
		want                      bool
	}{
		{name: "auto", profile: colorprofile.TrueColor, width: 80, height: 24, want: true},
		{name: "light", theme: "light", profile: colorprofile.ANSI256, width: 80, height: 24, want: true},
		{name: "16 colours", theme: "dark", profile: colorprofile.ANSI, width: 80, height: 24, want: true},
		{name: "contrast", theme: "contrast", profile: colorprofile.TrueColor, width: 80, height: 24},
		{name: "mono", theme: "mono", profile: colorprofile.TrueColor, width: 80, height: 24},
		{name: "no colours", profile: colorprofile.ASCII, width: 80, height: 24},
		{name: "console", term: "linux", profile: colorprofile.ANSI, width: 80, height: 24},
		{name: "no UTF-8", locale: "de_DE.ISO-8859-1", profile: colorprofile.TrueColor, width: 80, height: 24},
		{name: "narrow", profile: colorprofile.TrueColor, width: 70, height: 24},
		{name: "low", profile: colorprofile.TrueColor, width: 80, height: 16},
	} {
		f := commandtest.New()
		f.Data.Person(commandtest.Ada, func(me *view.Identity) { me.Theme = tc.theme })
		s := connect(t, f, commandtest.Ada, ScreenOptions{
			Width: tc.width, Height: tc.height, Profile: tc.profile, Term: tc.term, Locale: tc.locale,
		})
		s.press("2", "j", "enter").see("TP 1180 3342 7")
		drawn := strings.Contains(s.view(), "▄")
		if drawn != tc.want {
			t.Errorf("%s: a code is drawn: %v\n%s", tc.name, drawn, s.view())
		}
		grounds := []string{"48;2;255;255;255", "48;5;231", ";107"}
		if on := s.m.theme.before[toneCodeLight]; tc.want && !slices.ContainsFunc(grounds, func(g string) bool {
			return strings.HasSuffix(on, g+"m")
		}) {
			t.Errorf("%s: a code is drawn as %q", tc.name, on)
		}
	}
}

// The code alone is the reference of the deposit, and of the help the address of the service.
func TestCodeForAnotherDevice(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Profile: colorprofile.TrueColor})
	code := func() string { return scan(t, s.m.View(), color.Gray{}) }
	s.press("2", "j", "enter", "Q").see("TP 1180 3342 7")
	if got := code(); got != "TP 1180 3342 7" {
		t.Errorf("the code of the deposit is %q", got)
	}
	s.press("esc", "esc", "?", "/", "copy ssh", "enter").see("On another device", "ssh tuppence.example")
	s.press("Q").see("ssh tuppence.example")
	if got := code(); got != "SSH://TUPPENCE.EXAMPLE" {
		t.Errorf("the code of the service is %q", got)
	}
	small := ScreenOptions{Width: 40, Height: 12, Profile: colorprofile.TrueColor}
	s = connect(t, commandtest.New(), commandtest.Ada, small)
	s.press("2", "j", "enter", "Q").see("There is no room for a code here", "TP 1180 3342 7")
}

// The link of a payment is a code with its text below on a usual terminal: its sheet has the low head.
func TestCodeOfALink(t *testing.T) {
	const link = "https://tuppence.example/pay/dep_z3aj2wfcra2eamvbwgsax35a7c"
	usual := ScreenOptions{Width: 80, Height: 24, Profile: colorprofile.ANSI256}
	s := connect(t, commandtest.New(), commandtest.Ada, usual)
	s.m.open(&codeSheet{link, link})
	s.see("● Code", link)
	if got := scan(t, s.m.View(), color.Gray{}); got != link {
		t.Errorf("the code is %q", got)
	}
}

func TestAddressOfSSH(t *testing.T) {
	for target, want := range map[string]string{
		"tuppence.example": "SSH://TUPPENCE.EXAMPLE", "-p 2222 localhost": "SSH://LOCALHOST:2222",
	} {
		if got := sshAddress(target); got != want {
			t.Errorf("sshAddress(%q) = %q", target, got)
		}
	}
}

func BenchmarkCode(b *testing.B) {
	for b.Loop() {
		qrLines("RF03 0000 0018")
	}
}
