package commandtest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update is a flag of every test binary that compares with golden files.
var update = flag.Bool("update", false, "write the golden files of testdata anew")

// Golden compares with testdata/NAME.golden of the package under test, or writes it with -update. Screens and
// commands are compared by the same function, so that their files can be read side by side in a review.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path) //nolint:gosec // a name that the test has chosen
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is different (-want +got):\n%s", path, diff)
	}
}
