package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// identify answers the wallet of the calling key and the staff entry of the same key; both may be missing. It runs in
// the same snapshot or transaction as what the caller asks for, so that a key that has ended is refused at once.
func identify(r books.Reader, who ledger.Caller) (u ledger.User, member bool, st ledger.Staff, staff bool, err error) {
	if who.Fingerprint == "" {
		return
	}
	if st, staff, err = r.Staff(who.Fingerprint); err != nil {
		return
	}
	staff = staff && st.Ended.IsZero()
	u, member, err = userByKey(r, who)
	return
}

// userByKey answers the user whose live key is calling.
func userByKey(r books.Reader, who ledger.Caller) (u ledger.User, found bool, err error) {
	id, found, err := r.UserByKey(who.Fingerprint)
	if err != nil || !found {
		return ledger.User{}, false, err
	}
	return r.User(id)
}

// member answers the user whose live key is calling, or the refusal that tells how to get a wallet.
func member(r books.Reader, who ledger.Caller) (ledger.User, error) {
	u, found, err := userByKey(r, who)
	switch {
	case err != nil:
		return u, err
	case !found:
		return u, ledger.RefuseNotJoined()
	case u.Status == ledger.UserClosed:
		return u, ledger.Refuse(ledger.ErrNotAllowed, "Open a new wallet with another key.", "This wallet is closed.")
	}
	return u, nil
}

// staffed answers the staff entry of the calling key if it has one of the roles.
func staffed(r books.Reader, who ledger.Caller, roles ...ledger.Role) (ledger.Staff, error) {
	st, found, err := r.Staff(who.Fingerprint)
	if err != nil {
		return st, err
	}
	if found && st.Ended.IsZero() && slices.Contains(roles, st.Role) {
		return st, nil
	}
	need := "a representative"
	if len(roles) == 1 && roles[0] == ledger.RoleOperator {
		need = "the operator"
	}
	return st, ledger.Refuse(ledger.ErrNotAllowed, "Ask the operator to add the key with: staff add KEY --role ROLE.", "Only %s may do this.", need)
}

// desk are the roles that work with users' cases; the operator may do all that a representative may.
var desk = []ledger.Role{ledger.RoleRep, ledger.RoleOperator}

// acting is the actor of what a member does.
func acting(who ledger.Caller) ledger.Actor {
	return ledger.Actor{Role: ledger.RoleUser, Key: who.Fingerprint}
}

// acted is the actor of what staff do.
func acted(st ledger.Staff) ledger.Actor { return ledger.Actor{Role: st.Role, Key: st.Fingerprint} }

// theHouse is the actor of what rules and timers do.
var theHouse = ledger.Actor{Role: ledger.RoleSystem}

// userOwner is whose an idempotency key is.
func userOwner(u ledger.UserID) string { return "u/" + strconv.FormatUint(uint64(u), 10) }

// whose answers the member behind a key outside of any transaction, where an idempotency key needs its owner. What
// the member may do is looked at again inside the transaction.
func (s *Server) whose(ctx context.Context, who ledger.Caller) (u ledger.User, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		u, err = member(r, who)
		return err
	})
	return u, err
}

// key makes an idempotency key for a caller that sent none: it is used once and stops nothing but a repeated run of
// the same call.
func (s *Server) key(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	raw, err := s.seal.Random(16)
	if err != nil {
		return "", err
	}
	return "auto-" + base64.RawURLEncoding.EncodeToString(raw), nil
}

// ParseKey reads a public key as people paste it: a fingerprint (SHA256:…) or a line of authorized_keys. It answers the
// fingerprint and the comment.
func ParseKey(text string) (fingerprint, comment string, err error) {
	bad := ledger.Invalid("key", "Paste a line of an id_ed25519.pub file, or the fingerprint that ssh-keygen -l prints.",
		"This is neither a public key nor a fingerprint.")
	fields := strings.Fields(text)
	switch {
	case len(text) > 16<<10 || len(fields) == 0:
		return "", "", bad
	case strings.HasPrefix(fields[0], "SHA256:"):
		sum, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(fields[0], "SHA256:"))
		if err != nil || len(sum) != sha256.Size {
			return "", "", bad
		}
		return fields[0], ledger.CleanLine(strings.Join(fields[1:], " "), 60), nil
	case len(fields) < 2:
		return "", "", bad
	}
	// RFC 4253, 6.6: the blob begins with the name of its type.
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || len(blob) < 4 {
		return "", "", bad
	}
	n := binary.BigEndian.Uint32(blob)
	if uint64(n) > uint64(len(blob)-4) || string(blob[4:4+n]) != fields[0] {
		return "", "", bad
	}
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), ledger.CleanLine(strings.Join(fields[2:], " "), 60), nil
}
