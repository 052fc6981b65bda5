package tui

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// picture is what a camera sees of a code on a terminal: ink is light, the ground dark, paper is around it.
func picture(code []string, paper color.Gray) image.Image {
	const module = 4
	w, h := len([]rune(code[0])), 2*len(code)
	img := image.NewGray(image.Rect(0, 0, (w+8)*module, (h+8)*module))
	for i := range img.Pix {
		img.Pix[i] = paper.Y
	}
	for row, l := range code {
		for x, r := range []rune(l) {
			for half := range 2 {
				shade := color.Gray{}
				if r == '█' || half == 0 && r == '▀' || half == 1 && r == '▄' {
					shade.Y = 255
				}
				for i := range module * module {
					img.SetGray((x+4)*module+i%module, (2*row+half+4)*module+i/module, shade)
				}
			}
		}
	}
	return img
}

// scan reads a code back, with a decoder that has nothing in common with the encoder.
func scan(t *testing.T, code []string, paper color.Gray) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(picture(code, paper))
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		t.Fatalf("cannot be read: %v\n%s", err, strings.Join(code, "\n"))
	}
	return read.GetText()
}

// texts are the lines of a code.
func texts(code []line) []string {
	return view.Map(code, func(l line) string { return strings.TrimSuffix(plain([]line{l}), "\n") })
}

// What is drawn is read back as it was, on dark and on light paper.
func TestCodesAreReadBack(t *testing.T) {
	for _, text := range []string{
		"RF03 0000 0018", "TP 1180 3342 7", "SSH://TUPPENCE.EXAMPLE", "SSH://LOCALHOST:2222", "chg_8f3ka",
		"https://news.example/rivers?a=1", strings.Repeat("x", qrMost),
	} {
		for _, paper := range []color.Gray{{0}, {255}} {
			if got := scan(t, texts(qrLines(text)), paper); got != text {
				t.Errorf("%q is read as %q", text, got)
			}
		}
	}
}

// A reference and an address of ssh fit beside words at 80 columns, with quiet on all sides.
func TestCodesAreSmall(t *testing.T) {
	for _, text := range []string{"RF03 0000 0018", "SSH://TUPPENCE.EXAMPLE"} {
		code := texts(qrLines(text))
		if w := len([]rune(code[0])); w > 29 || len(code) > 15 {
			t.Errorf("the code of %q has %d columns and %d rows", text, w, len(code))
		}
		for i, l := range code {
			if edge := i == 0 || i == len(code)-1; edge && strings.Trim(l, "█") != "" ||
				!strings.HasPrefix(l, "██") || !strings.HasSuffix(l, "██") {
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

// A code is white on black in every theme that has colours. Where it cannot be drawn so, its text is there.
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
		drawn := strings.Contains(s.view(), "█")
		if drawn != tc.want {
			t.Errorf("%s: a code is drawn: %v\n%s", tc.name, drawn, s.view())
		}
		white := []string{"\x1b[38;2;255;255;255;48;2;0;0;0m", "\x1b[38;5;231;48;5;16m", "\x1b[97;40m"}
		if on := s.m.theme.before[toneCode]; tc.want && on != white[0] && on != white[1] && on != white[2] {
			t.Errorf("%s: a code is drawn as %q", tc.name, on)
		}
	}
}

// The code alone is the reference of the deposit, and of the help the address of the service.
func TestCodeForAnotherDevice(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Profile: colorprofile.TrueColor})
	code := func() string {
		var rows []string
		for _, l := range strings.Split(s.view(), "\n") {
			if l = strings.TrimPrefix(l, "  "); strings.HasPrefix(l, "██") {
				rows = append(rows, l)
			}
		}
		return scan(t, rows, color.Gray{})
	}
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
