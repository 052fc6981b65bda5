package ssh

import (
	"bytes"
	"strings"
	"testing"
)

// BenchmarkPaint is a frame in which the cursor has moved by a row: what a key costs behind the screens.
func BenchmarkPaint(b *testing.B) {
	row := "\x1b[38;2;155;145;131m14:02\x1b[m  acme-news  How rivers freeze                " +
		"\x1b[38;2;155;145;131mpaid \x1b[m  -0.25 EUR  \x1b[38;2;155;145;131m  12.65\x1b[m \x1b[38;2;229;158;109m┃\x1b[m"
	chosen := "\x1b[38;2;229;158;109m▐\x1b[m\x1b[38;2;255;233;214;48;2;73;50;34m 14:02  acme-news  How rivers freeze" +
		"                paid   -0.25 EUR    12.40\x1b[m\x1b[38;2;255;233;214;48;2;73;50;34m \x1b[m" +
		"\x1b[38;2;229;158;109m┃\x1b[m"
	var frames [2]string
	for k := range frames {
		all := make([]string, 24)
		for i := range all {
			all[i] = "  " + row
		}
		all[10+k] = chosen
		frames[k] = strings.Join(all, "\n")
	}
	p := &painter{running: true, width: 80, height: 24} // at work: the benchmark draws
	var buf bytes.Buffer
	k := 0
	b.ReportAllocs()
	for b.Loop() {
		p.show(frames[k&1], caret{})
		buf.Reset()
		p.draw(&buf)
		k++
	}
}
