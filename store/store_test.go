package store

import (
	"errors"
	"strings"
	"testing"
)

// Errors of the store are told apart with errors.Is and name their package.
func TestErrorsAreDistinct(t *testing.T) {
	all := []error{
		ErrNotFound, ErrConflict, ErrUnknown, ErrReadOnly, ErrTooLarge, ErrBusy, ErrClosed, ErrDamaged, ErrNewer,
	}
	for i, a := range all {
		if !strings.HasPrefix(a.Error(), "store: ") {
			t.Errorf("%q does not name its package", a)
		}
		for j, b := range all {
			if i != j && errors.Is(a, b) {
				t.Errorf("%v is %v", a, b)
			}
		}
	}
}
