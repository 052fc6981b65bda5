package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// sftpBatch is the story command sftp: it runs the lines of a file with the real client, in the directory of the story.
// It ends at the first line that fails, unless that begins with a dash.
func sftpBatch(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: sftp NAME FILE")
	}
	lines := os.Expand(ts.ReadFile(args[1]), ts.Getenv)
	filesClient(ts, neg, "sftp", args[0], lines, []string{"-b", "-"}, []string{"localhost"})
}

// scpCopy is the story command scp: "here:" in an argument is the service.
func scpCopy(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: scp NAME ARG...")
	}
	var rest []string
	for _, a := range args[1:] {
		rest = append(rest, strings.Replace(a, "here:", "localhost:", 1))
	}
	filesClient(ts, neg, "scp", args[0], "", nil, rest)
}

// filesClient runs a client of files. What it shows is the output of the story's step.
func filesClient(
	ts *testscript.TestScript, neg bool, program, name, in string, options, args []string,
) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all := sshArgs(ts, name)
	all = all[:len(all)-1] // the host
	for i, a := range all {
		if a == "-p" {
			all[i] = "-P"
		}
	}
	all = append(append(append([]string{}, options...), all...), args...)
	cmd := exec.CommandContext(ctx, program, all...)
	cmd.Dir, cmd.Stdin = ts.MkAbs("."), strings.NewReader(in)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	worldOf(ts).last = out.String() + errs.String()
	_, _ = ts.Stdout().Write(out.Bytes())
	_, _ = ts.Stderr().Write(errs.Bytes())
	if neg == (err == nil) {
		ts.Fatalf("%s %q: %v\n%s%s", program, args, err, out.String(), errs.String())
	}
}
