package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"tuppence/server/ledger"
	"tuppence/server/payer"
)

// maxBought bounds what a model is given of an answer, in bytes.
const maxBought = 256 << 10

// mcpCommand is the wallet of a program as tools of the Model Context Protocol.
func mcpCommand() *cobra.Command {
	var s paySettings
	c := &cobra.Command{
		Use: "mcp", Short: "A wallet for a language model (Model Context Protocol)", Args: noArgs,
		Long: "A wallet for a language model: tools of the Model Context Protocol, on standard input and output. It asks\n" +
			"for addresses and pays what they cost, within the bound here and the limits of the agent's key at the\n" +
			"wallet. Its person sees each purchase, and ends the key at once with ssh HOST agent end.",
		Example: "  tuppence mcp --service https://pay.example --key agent --max 0.10EUR",
	}
	s.flags(c.Flags())
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		p, most, end, err := s.payer()
		if err != nil {
			return err
		}
		defer end()
		server := wallet{p, most}.tools(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
		return server.Run(cmd.Context(), &mcp.StdioTransport{})
	}
	return c
}

// wallet is what a model may spend from.
type wallet struct {
	payer *payer.Payer
	most  ledger.Amount // of one request
}

// purchase is what a model asks for.
type purchase struct {
	URL    string `json:"url" jsonschema:"the address to ask for"`
	Method string `json:"method,omitempty" jsonschema:"method of HTTP; GET, or POST with a body"`
	Body   string `json:"body,omitempty" jsonschema:"the body of the request"`
	Type   string `json:"content_type,omitempty" jsonschema:"what the body is, such as application/json"`
	Most   string `json:"max,omitempty" jsonschema:"pay at most this much, such as 0.05"`
}

// bought is what came of it.
type bought struct {
	Status int    `json:"status"`
	Type   string `json:"content_type"`
	Paid   string `json:"paid" jsonschema:"what it has cost"`
	Charge string `json:"charge,omitempty"`
	Text   string `json:"text" jsonschema:"the answer"`
	Cut    bool   `json:"cut,omitempty" jsonschema:"the answer is longer than this"`
}

// purse is what a model may spend.
type purse struct {
	Each       string `json:"each" jsonschema:"for one request at most"`
	Day        string `json:"day" jsonschema:"in a day at most"`
	SpentToday string `json:"spent_today"`
	Total      string `json:"total,omitempty" jsonschema:"over the life of the key at most"`
	Spent      string `json:"spent" jsonschema:"over the life of the key"`
	Available  string `json:"available" jsonschema:"what is there"`
	Expires    string `json:"expires" jsonschema:"when the key pays no more"`
}

// purse asks what may be spent. The bound of this program is one of the limits.
func (w wallet) purse(ctx context.Context) (purse, error) {
	p, err := w.payer.Purse(ctx)
	if err != nil {
		return purse{}, err
	}
	if p.Each.Currency == w.most.Currency {
		p.Each.Micros = min(p.Each.Micros, w.most.Micros)
	}
	out := purse{
		Each: p.Each.String(), Day: p.Day.String(), SpentToday: p.SpentToday.String(), Spent: p.Spent.String(),
		Available: p.Available.String(), Expires: p.Expires.UTC().Format(time.RFC3339),
	}
	if p.Total != nil {
		out.Total = p.Total.String()
	}
	return out, nil
}

// tools are what a model can do with the wallet.
func (w wallet) tools(log *slog.Logger) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "tuppence", Version: version}, &mcp.ServerOptions{
		Logger: log,
		Instructions: "A wallet with limits that its owner has set. buy asks for an address and pays what it costs, once; " +
			"what is refused costs nothing. purse tells what may still be spent.",
	})
	mcp.AddTool(s, &mcp.Tool{
		Name: "purse", Description: "What may be spent: limits, what is used of them, and what is there.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, purse, error) {
		out, err := w.purse(ctx)
		return nil, out, err
	})
	mcp.AddTool(s, &mcp.Tool{
		Name: "buy", Description: "Ask for an address, and pay what it costs, at most " + w.most.String() + ".",
	}, func(ctx context.Context, _ *mcp.CallToolRequest, in purchase) (*mcp.CallToolResult, bought, error) {
		out, err := w.buy(ctx, in)
		return nil, out, err
	})
	return s
}

// buy asks for an address, and pays.
func (w wallet) buy(ctx context.Context, in purchase) (out bought, err error) {
	ctx, done := context.WithTimeout(ctx, payTime)
	defer done()
	most := w.most
	if in.Most != "" {
		asked, err := ledger.ParseAmount(in.Most, most.Currency)
		if err != nil {
			return out, err
		}
		most.Micros = min(most.Micros, asked.Micros)
	}
	settings := paySettings{method: in.Method}
	r, err := settings.request(ctx, in.URL, nil)
	if err != nil {
		return out, err
	}
	if in.Body != "" {
		if in.Method == "" {
			r.Method = http.MethodPost
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(in.Body)), int64(len(in.Body))
		if in.Type != "" {
			r.Header.Set("Content-Type", in.Type)
		}
	}
	answer, paid, err := w.payer.Do(r, most)
	if err != nil {
		return out, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxBought+1))
	if err != nil { // the same request shows the same payment
		return out, fmt.Errorf("the answer broke off, %s %s: ask for it again: %w", paid.Amount, paid.Charge, err)
	}
	out = bought{
		Status: answer.StatusCode, Type: answer.Header.Get("Content-Type"), Paid: paid.Amount.String(), Charge: paid.Charge,
	}
	if paid.Unknown {
		out.Paid = "not known: the site has not said; what it does not take comes back"
	}
	if out.Cut = len(raw) > maxBought; out.Cut {
		raw = raw[:maxBought]
	}
	if !utf8.Valid(raw) && !out.Cut {
		kind, _, _ := mime.ParseMediaType(out.Type)
		out.Text = fmt.Sprintf("(%d bytes of %s, which are no text)", len(raw), kind)
		return out, nil
	}
	out.Text = strings.ToValidUTF8(string(raw), "")
	return out, nil
}
