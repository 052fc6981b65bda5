package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"tuppence/server/ledger"
	"tuppence/server/payer"
)

// exitRefused is the exit status of a payment that the wallet or the caller's own bound refuses.
const exitRefused = 4

// errRefused marks it.
var errRefused = errors.New("not paid")

// payTime bounds a request and what is paid for it.
const payTime = 2 * time.Minute

// paySettings are what is said to the command.
type paySettings struct {
	service, key, most, method, data string
	headers                          []string
}

// payCommand asks for an address, and pays what it costs.
func payCommand() *cobra.Command {
	var s paySettings
	c := &cobra.Command{
		Use: "pay URL", Short: "Ask for an address, and pay what it costs, within a bound", Args: exactly("URL"),
		Long: "Ask for an address, and pay what it costs (x402 version 2), within a bound. The answer is printed, and\n" +
			"what was paid is told on the error stream. The key is that of an agent: ssh HOST agent add makes one. A file\n" +
			"of a public key is signed with by ssh-agent. Exit status 4: it was not paid.",
		Example: "  tuppence pay --service https://pay.example --key agent.pub --max 0.10EUR https://api.example/reports",
	}
	f := c.Flags()
	s.flags(f)
	f.StringVarP(&s.method, "request", "X", "", "method; GET, or POST with data")
	f.StringVarP(&s.data, "data", "d", "", "body; @FILE for one from a file, @- for standard input")
	f.StringArrayVarP(&s.headers, "header", "H", nil, "NAME: VALUE; may be repeated")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, done := context.WithTimeout(cmd.Context(), payTime)
		defer done()
		return pay(ctx, s, args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	return c
}

// flags are those of every command that pays.
func (s *paySettings) flags(f *pflag.FlagSet) {
	f.StringVar(&s.service, "service", os.Getenv("TUPPENCE"), "the service of the wallet, or the variable TUPPENCE")
	f.StringVar(&s.key, "key", "", "file of the agent's key: the private one, or the public one of a key in ssh-agent")
	f.StringVar(&s.most, "max", "", "the most that is paid for one request, such as 0.10EUR")
}

// pay asks for an address.
func pay(ctx context.Context, s paySettings, address string, in io.Reader, out, errw io.Writer) error {
	r, err := s.request(ctx, address, in)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	p, most, end, err := s.payer()
	if err != nil {
		return err
	}
	defer end()
	answer, paid, err := p.Do(r, most)
	var no *payer.Refused
	switch {
	case errors.As(err, &no):
		return fmt.Errorf("%w: %w", errRefused, err)
	case err != nil:
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(out, answer.Body); err != nil {
		return err
	}
	switch {
	case paid.Unknown:
		_, err = fmt.Fprintf(errw, "%s: the site has not said what was paid; see ssh HOST pending\n", answer.Status)
	case paid.Amount.Micros > 0:
		_, err = fmt.Fprintf(errw, "%s: paid %s, %s\n", answer.Status, paid.Amount, paid.Charge)
	default:
		_, err = fmt.Fprintf(errw, "%s: nothing was paid\n", answer.Status)
	}
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s answers %s", r.URL.Host, answer.Status)
	}
	return err
}

// payer is the wallet that pays, and the most of one request.
func (s paySettings) payer() (p *payer.Payer, most ledger.Amount, end func(), err error) {
	service, err := url.Parse(s.service)
	if err != nil || service.Host == "" {
		return nil, most, nil, fmt.Errorf("%w: --service is that of the wallet, such as https://pay.example", errUsage)
	}
	if most, err = typedPrice(s.most); err != nil {
		return nil, most, nil, fmt.Errorf("%w: --max: %w", errUsage, err)
	}
	key, end, err := agentKey(s.key)
	if err != nil {
		return nil, most, nil, err
	}
	return &payer.Payer{Service: strings.TrimSuffix(s.service, "/"), Key: key, Now: time.Now}, most, end, nil
}

// request is what is asked.
func (s paySettings) request(ctx context.Context, address string, in io.Reader) (*http.Request, error) {
	method, body := s.method, io.Reader(nil)
	if s.data != "" {
		body = strings.NewReader(s.data)
		switch file, is := strings.CutPrefix(s.data, "@"); {
		case is && file == "-":
			body = in
		case is:
			f, err := os.Open(file)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			raw, err := io.ReadAll(f)
			if err != nil {
				return nil, err
			}
			body = strings.NewReader(string(raw))
		}
		if method == "" {
			method = http.MethodPost
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil || r.URL.Host == "" {
		return nil, fmt.Errorf("%q is no address", address)
	}
	for _, h := range s.headers {
		name, value, is := strings.Cut(h, ":")
		if !is {
			return nil, fmt.Errorf("--header is NAME: VALUE, and not %q", h)
		}
		r.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return r, nil
}

// agentKey reads the key that signs: a private one from its file, or one in ssh-agent by the file of its public key.
func agentKey(path string) (key gossh.Signer, end func(), err error) {
	end = func() {}
	if path == "" {
		return nil, end, fmt.Errorf("%w: name the file of the agent's key with --key", errUsage)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, end, err
	}
	public, _, _, _, notPublic := gossh.ParseAuthorizedKey(raw)
	if notPublic != nil {
		if err := private(path); err != nil {
			return nil, end, err
		}
		if key, err = gossh.ParsePrivateKey(raw); err != nil {
			return nil, end, fmt.Errorf("%s: %w", path, err)
		}
		return key, end, nil
	}
	conn, err := net.Dial("unix", os.Getenv("SSH_AUTH_SOCK"))
	if err != nil {
		return nil, end, fmt.Errorf("ssh-agent cannot be reached: %w", err)
	}
	end = func() { _ = conn.Close() }
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, end, err
	}
	for _, s := range signers {
		if string(s.PublicKey().Marshal()) == string(public.Marshal()) {
			return s, end, nil
		}
	}
	return nil, end, fmt.Errorf("ssh-agent does not have the key of %s: ssh-add it", path)
}
