package main

import (
	"context"
	"fmt"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// thiefLines are what a thief of a program's key tries in the terminal: the key signs requests, and opens nothing.
var thiefLines = []string{
	"whoami", "balance", "history", "show x", "agents", "agent limit builder --day 9000 --yes",
	"agent add more KEY --each 9 --day 9", "agent end builder", "keys add",
	"keys join K-00000-00000-00000", "join --accept",
	"recover R-00000-00000-00000-00000-00000-0", "transfer 1.00 EUR --yes", "limits set day none --yes", "window", "help",
	"team join M-00000-00000-00000", "export", "wallet close --yes",
}

// stealsProgramKey steals the key of a program and tries all of them; then its owner tries to make keys pay that open
// something, and to open something with one that pays. None gets through.
func stealsProgramKey(ctx context.Context, s *siege) error {
	ann, program, mate := s.person("127.0.0.90"), s.person("127.0.0.91"), s.person("127.0.0.92")
	line := func(p *person) string {
		return strings.TrimSpace(string(gossh.MarshalAuthorizedKey(p.key.PublicKey())))
	}
	add := "agent add builder " + line(program) + " --each 0.50 --day 5 --currency EUR"
	if _, err := ann.run(ctx, "join --accept", add); err != nil {
		return err
	}
	if _, err := mate.run(ctx, "join --accept"); err != nil {
		return err
	}
	through, tried := 0, 0
	attempt := func(p *person, text, refused string) {
		tried++
		out, err := p.run(ctx, text)
		if err != nil && strings.Contains(err.Error(), refused) {
			return
		}
		through++
		fmt.Fprintf(s.t.Output(), "  typed %s: %v %s\n", text, err, out)
	}
	for _, text := range thiefLines {
		attempt(program, strings.ReplaceAll(text, "KEY", line(program)), "A program pays with this key")
	}
	for _, p := range []*person{ann, mate, s.operator, program} {
		attempt(ann, "agent add again "+line(p)+" --each 1 --day 1 --currency EUR", "This key is in use already")
	}
	attempt(s.operator, "staff add '"+line(program)+"' --role operator", "A program pays with this key")
	attempt(mate, "agent end builder", "No program pays with a key of that name")
	s.report.count(fmt.Sprintf("of %d attempts with the key of a program got through", tried), through, 0)
	return nil
}
