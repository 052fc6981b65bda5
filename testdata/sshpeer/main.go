// Command sshpeer is what the screens are measured beside: a program of Bubble Tea behind wish as their manuals say,
// with the middleware, the renderer and the colours that come with them. It says where it listens as tuppence does, and
// tells the same figures at the same paths.
//
//	sshpeer blank    one line that never changes
//	sshpeer list     a list of twenty rows, of which the cursor marks one
package main

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"strings"
	"sync/atomic"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/ssh"
	"github.com/charmbracelet/wish"
	bubble "github.com/charmbracelet/wish/bubbletea"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	gossh "golang.org/x/crypto/ssh"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func serve(args []string) error {
	if len(args) != 1 || (args[0] != "blank" && args[0] != "list") {
		return fmt.Errorf("usage: sshpeer blank|list")
	}
	key, err := hostKey()
	if err != nil {
		return err
	}
	var open atomic.Int64
	s, err := wish.NewServer(
		wish.WithHostKeyPEM(key),
		wish.WithPublicKeyAuth(func(ssh.Context, ssh.PublicKey) bool { return true }),
		wish.WithMiddleware(bubble.Middleware(screen(args[0] == "list")), counted(&open)),
	)
	if err != nil {
		return err
	}
	wallets, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	figures, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	prometheus.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: "tuppence_ssh_sessions", Help: "Sessions that are open."},
		func() float64 { return float64(open.Load()) },
	))
	http.Handle("GET /metrics", promhttp.Handler())
	go func() { log.Fatal(http.Serve(figures, nil)) }()
	fmt.Fprintf(os.Stderr, "msg=listening http=none ssh=%s metrics=%s\n", wallets.Addr(), figures.Addr())
	fmt.Println("data none")
	return s.Serve(wallets)
}

func hostKey() ([]byte, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	block, err := gossh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(block), nil
}

// counted counts the sessions whose handler has not returned.
func counted(open *atomic.Int64) wish.Middleware {
	return func(next ssh.Handler) ssh.Handler {
		return func(s ssh.Session) {
			open.Add(1)
			defer open.Add(-1)
			next(s)
		}
	}
}

func screen(list bool) bubble.Handler {
	return func(s ssh.Session) (tea.Model, []tea.ProgramOption) {
		return model{list: list, styles: bubble.MakeRenderer(s)}, []tea.ProgramOption{tea.WithAltScreen()}
	}
}

const rows = 20

type model struct {
	list   bool
	styles *lipgloss.Renderer
	row    int
}

func (m model) Init() tea.Cmd { return nil }

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return m, nil
	}
	switch key.String() {
	case "j":
		m.row = min(m.row+1, rows-1)
	case "k":
		m.row = max(m.row-1, 0)
	case "ctrl+l":
		return m, tea.ClearScreen
	case "q", "ctrl+c":
		return m, tea.Quit
	}
	return m, nil
}

func (m model) View() string {
	style := m.styles.NewStyle
	if !m.list {
		return style().Bold(true).Render("How rivers freeze") + "\n"
	}
	var b strings.Builder
	title := style().Bold(true).Foreground(lipgloss.Color("#D7A65F"))
	dim := style().Foreground(lipgloss.Color("#8A8A8A"))
	chosen := style().Bold(true).Background(lipgloss.Color("#303A46")).Width(80)
	b.WriteString(title.Render("List") + "\n\n")
	for k := range rows {
		when, what, amount := fmt.Sprintf("11-23 14:%02d", k), "How rivers freeze", fmt.Sprintf("-0.%02d T", k+1)
		if k == m.row {
			b.WriteString(chosen.Render(fmt.Sprintf("> %s  %-44s  %s", when, what, amount)) + "\n")
			continue
		}
		b.WriteString(fmt.Sprintf("  %s  %-44s  %s\n", dim.Render(when), what, amount))
	}
	b.WriteString("\n" + dim.Render("j down  k up  q quit"))
	return b.String()
}
