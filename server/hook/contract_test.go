package hook

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Versions of the tools that read the document. Node fetches its own into a directory that is removed again.
const (
	oapiCodegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"
	oapiRuntime = "github.com/oapi-codegen/runtime@v1.9.0"
)

// nodeTools are the packages of npm that are needed.
var nodeTools = []string{
	"@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3", "openapi-typescript@7.13.0", "typescript@5.9.3",
	"@types/node@22.20.5",
}

// workshop is a directory in which clients are generated and run against a service on the loopback interface.
type workshop struct {
	t   *testing.T
	dir string
	env []string
}

// newWorkshop starts a service with a vendor and a buyer who has linked it, and fetches its document.
func newWorkshop(t *testing.T) *workshop {
	if os.Getenv("TEST_CONTRACT") == "" {
		t.Skip("needs the network: make contract")
	}
	w := newWorld(t)
	link := w.link(w.ann(500))
	site := httptest.NewServer(w.api)
	t.Cleanup(site.Close)
	s := &workshop{t, t.TempDir(), append(os.Environ(), "BASE="+site.URL, "KEY="+w.key, "LINK="+link, "GOFLAGS=-mod=mod")}
	s.write("openapi.json", w.must(200, "GET", "/openapi.json", "").raw)
	for _, name := range []string{"main.go", "main.mts"} {
		text, err := os.ReadFile(filepath.Join("testdata", "contract", name))
		if err != nil {
			t.Fatal(err)
		}
		s.write(name, string(text))
	}
	return s
}

// write makes a file.
func (s *workshop) write(name, text string) {
	s.t.Helper()
	name = filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// run runs a program; what it says is shown if it fails.
func (s *workshop) run(program string, args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), program, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	if len(out) < 200 {
		s.t.Logf("%s: %s", filepath.Base(program), out)
	}
	return string(out)
}

// A client of Go that is generated from the document compiles and sells.
func TestContractInGo(t *testing.T) {
	s := newWorkshop(t)
	s.write("go.mod", "module contract\n\ngo 1.26\n")
	s.write("vendorapi/doc.go", "// Package vendorapi is generated.\npackage vendorapi\n")
	s.run("go", "run", oapiCodegen, "-generate", "types,client,skip-prune", "-package", "vendorapi", "-o",
		"vendorapi/client.go",
		"openapi.json")
	s.run("go", "get", oapiRuntime)
	s.run("go", "run", ".")
}

// The checkers have nothing to say about the document, and a client in TypeScript whose types are generated from it
// compiles and sells.
func TestContractInTypeScript(t *testing.T) {
	s := newWorkshop(t)
	if _, err := exec.LookPath("npm"); err != nil {
		t.Fatal("missing: npm (Node.js 22 or newer, https://nodejs.org/en/download)")
	}
	s.write("package.json", `{"private":true,"type":"module"}`)
	// The rule knows OpenAPI 3.0 alone: from 3.1 on the words of a scheme that is not OAuth are roles (section 4.8.30).
	s.write(".spectral.yaml", "extends: [\"spectral:oas\"]\nrules:\n  oas3-operation-security-defined: off\n")
	s.run("npm", append([]string{"install", "--no-audit", "--no-fund", "--ignore-scripts"}, nodeTools...)...)
	bin := func(name string) string { return filepath.Join(s.dir, "node_modules", ".bin", name) }
	if said := s.run(bin("redocly"), "lint", "openapi.json"); strings.Contains(said, "You have") {
		t.Errorf("redocly: %s", said)
	}
	s.run(bin("spectral"), "lint", "--fail-severity=warn", "openapi.json")
	s.run(bin("openapi-typescript"), "openapi.json", "-o", "api.d.ts")
	s.run(bin("tsc"), "--strict", "--module", "nodenext", "--target", "es2022", "main.mts")
	s.run("node", "main.mjs")
}
