// Package banktest holds the schemas of ISO 20022 against files that were written, by xmllint: a validator that nobody
// here wrote.
package banktest

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// schemas is a module that has the schemas as ISO publishes them. It is never built: only its files are looked at. It
// has one version of each message; TEST_XSD names a folder with others.
const schemas = "github.com/moov-io/iso20022@v0.2.1"

// Validate fails a test for a file that its schema refuses. Without xmllint or the schemas it skips the test, but fails
// it where CI is set.
func Validate(t *testing.T, message string, file []byte) {
	t.Helper()
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		missing(t, "no xmllint (package libxml2-utils): "+err.Error())
	}
	path := filepath.Join(t.TempDir(), message+".xml")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	check := exec.CommandContext(t.Context(), lint, "--noout", "--nonet", "--schema", find(t, message), path)
	if said, err := check.CombinedOutput(); err != nil {
		t.Errorf("%s is not valid: %v\n%s", message, err, said)
	}
}

// missing ends a test that lacks a tool.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// find returns the path of the schema of a message, for example pain.001.001.10.
func find(t *testing.T, message string) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("TEST_XSD"), fetched(t)} {
		if path := within(dir, message); path != "" {
			return path
		}
	}
	missing(t, "no schema of "+message+": name a folder that has it in TEST_XSD")
	return ""
}

// fetched returns the folder of the module with the schemas, outside of any module so that go.mod stays as it is.
func fetched(t *testing.T) string {
	t.Helper()
	get := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", schemas)
	get.Dir = t.TempDir()
	said, err := get.Output()
	var module struct{ Dir string }
	if err == nil {
		err = json.Unmarshal(said, &module)
	}
	if err != nil {
		missing(t, schemas+" cannot be fetched: "+err.Error()+"\n"+string(said))
	}
	return module.Dir
}

// within finds message.xsd below a folder; the module has another ending to one of its names.
func within(dir, message string) (found string) {
	if dir == "" {
		return ""
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), message) && strings.HasSuffix(d.Name(), ".xsd") {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found
}
