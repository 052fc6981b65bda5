package ledger

import (
	"errors"
	"strings"
	"testing"
)

func TestParsePublicKey(t *testing.T) {
	const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBTn1y1nX0u7c4mS1cVQ1o5kM0h2k1n5r5Y5m1l0b3wq ann@\x1b[31mhome"
	fp, comment, err := ParsePublicKey(line)
	if err != nil || !strings.HasPrefix(fp, "SHA256:") || len(fp) != 50 {
		t.Fatalf("%q, %v", fp, err)
	}
	if strings.ContainsRune(comment, 0x1b) {
		t.Errorf("comment %q", comment)
	}
	if again, _, err := ParsePublicKey(fp); err != nil || again != fp {
		t.Errorf("%q, %v", again, err)
	}
	for _, bad := range []string{
		"", "ssh-ed25519", "ssh-rsa AAAAC3NzaC1lZDI1NTE5", "SHA256:short", strings.Repeat("a ", 20000),
	} {
		if _, _, err := ParsePublicKey(bad); err == nil {
			t.Errorf("%.20q is no key", bad)
		}
	}
}

// What is read as a key is named by a fingerprint that reads as itself.
func FuzzParsePublicKey(f *testing.F) {
	f.Add("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g ann@laptop")
	f.Add("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU name")
	f.Add("SHA256:" + strings.Repeat("A", 43) + "=")
	f.Add("ssh-rsa /////w==")
	f.Add("\x00 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		fingerprint, name, err := ParsePublicKey(text)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if again, _, err := ParsePublicKey(fingerprint); err != nil || again != fingerprint || len(fingerprint) != 50 {
			t.Errorf("%q has the fingerprint %q, which reads as %q (%v)", text, fingerprint, again, err)
		}
		if name != CleanLine(name, 60) {
			t.Errorf("the name %q is not clean", name)
		}
	})
}
