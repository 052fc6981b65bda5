package ssh

import (
	"io"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/tui"
)

// visitor answers somebody who has no key: whatever they ask for, they get the way to make one, and the connection
// ends. The time of grace goes on for them, and nothing of the library or the front is reached from here.
func (s *Server) visitor(c *conn, nc gossh.NewChannel) {
	ch, reqs, err := nc.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	defer ch.Close()
	for req := range reqs {
		switch req.Type {
		case "pty-req", "env":
			_ = req.Reply(req.Type == "pty-req", nil)
		case "shell", "exec", "subsystem":
			_ = req.Reply(req.Type != "subsystem", nil)
			s.observe(Event{Kind: EventVisitor})
			_, _ = io.WriteString(ch.Stderr(), s.invitation(c.refusedKey()))
			_, _ = ch.SendRequest("exit-status", false, gossh.Marshal(struct{ Code uint32 }{tui.ExitNotAllowed}))
			_ = ch.Close()
			// The client closes the channel too, then the connection; the loop ends with it, or with the grace.
		default:
			_ = req.Reply(false, nil)
		}
	}
}

// invitation is what a visitor reads. Lines end with CR LF: the client's terminal may be raw.
func (s *Server) invitation(refused string) string {
	var b strings.Builder
	if refused != "" {
		b.WriteString("The key that was shown cannot be used: " + refused + ".\n")
	} else {
		b.WriteString("The key is the account here, and this connection showed none.\n")
	}
	b.WriteString("These two lines make one and come back:\n\n")
	b.WriteString("  ssh-keygen -t ed25519\n")
	b.WriteString("  ssh " + s.hostWords() + "\n\n")
	return strings.ReplaceAll(b.String(), "\n", "\r\n")
}

// hostWords is what stands after ssh.
func (s *Server) hostWords() string {
	if s.host == "" {
		return "THIS-HOST"
	}
	return s.host
}
