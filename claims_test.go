package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// claims is how many the project was made from.
const claims = 44

var (
	claimRow  = regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$`)
	codeSpan  = regexp.MustCompile("`([^`]+)`")
	claimMark = "not yet"
)

// TestClaimMap reads the README: every claim has a row, and what a row names is there. A claim that is not built yet
// says so and names nothing.
func TestClaimMap(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, row := range claimRow.FindAllStringSubmatch(string(readme), -1) {
		n, err := strconv.Atoi(row[1])
		if err != nil || n < 1 || n > claims || seen[n] {
			t.Errorf("row %q: there is no such claim, or it has a row already", row[1])
			continue
		}
		seen[n] = true
		files, stories := codeSpan.FindAllStringSubmatch(row[3], -1), codeSpan.FindAllStringSubmatch(row[4], -1)
		if strings.Contains(row[3], claimMark) {
			if len(files)+len(stories) > 0 {
				t.Errorf("claim %d is %q but names something", n, claimMark)
			}
			continue
		}
		if len(files) == 0 || len(stories) == 0 {
			t.Errorf("claim %d names no file or no story", n)
		}
		for _, f := range files {
			if _, err := os.Stat(f[1]); err != nil {
				t.Errorf("claim %d names %s, which is not there", n, f[1])
			}
		}
		for _, s := range stories {
			if !isStory(s[1]) {
				t.Errorf("claim %d names the story %s, which is not there", n, s[1])
			}
		}
	}
	for n := 1; n <= claims; n++ {
		if !seen[n] {
			t.Errorf("claim %d has no row", n)
		}
	}
}

// isStory says whether a name is a story of testdata or a test function of the named package (pkg.TestName).
func isStory(name string) bool {
	if _, err := os.Stat(filepath.Join("testdata", name+".txtar")); err == nil {
		return true
	}
	dir, test, ok := strings.Cut(name, ".Test")
	if !ok {
		return false
	}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return false
	}
	for _, f := range files {
		if raw, err := os.ReadFile(f); err == nil && strings.Contains(string(raw), "func Test"+test+"(") {
			return true
		}
	}
	return false
}

// TestReadmePictures fails where the README shows a picture that is not there.
func TestReadmePictures(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`(?:\]\(|src=")([^)"#:]+)[)"]`).FindAllStringSubmatch(string(readme), -1)
	if len(links) == 0 {
		t.Fatal("the README has no links")
	}
	for _, l := range links {
		if _, err := os.Stat(l[1]); err != nil {
			t.Errorf("the README points to %s, which is not there", l[1])
		}
	}
}

// TestTrustNamesTests reads server/TRUST.md: each test, fuzz target, benchmark and story that it names is there.
func TestTrustNamesTests(t *testing.T) {
	text, err := os.ReadFile("server/TRUST.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	err = filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			var b []byte
			b, err = os.ReadFile(path)
			code.Write(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	for _, n := range named {
		if !strings.Contains(code.String(), "func "+n[1]+"(") {
			t.Errorf("server/TRUST.md names %s, which is not there", n[1])
		}
	}
	for _, s := range regexp.MustCompile("story `([a-z_]+)`").FindAllStringSubmatch(string(text), -1) {
		if !isStory(s[1]) {
			t.Errorf("server/TRUST.md names the story %s, which is not there", s[1])
		}
	}
	if len(named) == 0 {
		t.Error("server/TRUST.md names no test")
	}
}
