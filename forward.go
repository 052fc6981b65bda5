package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// errNotTaken says that the server did not take every event; which is printed already.
var errNotTaken = errors.New("not every event was taken")

// forwardTime bounds one request, as the service bounds its own.
const forwardTime = 15 * time.Second

// maxHeard bounds a line of what is forwarded, in bytes.
const maxHeard = 1 << 20

// forwardCommand is the half of "shop listen" that runs where a server is written. It needs no data directory.
func forwardCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "forward URL",
		Short: "Post the events of ssh HOST shop listen --json, from the standard input, to a server that you write",
		Args:  exactly("URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return forward(cmd.Context(), args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
}

// heardLine is a line of shop listen --json.
type heardLine struct {
	Secret, ID, Type, Payload string
	Headers                   map[string]string
	Dropped                   uint64
}

// forward posts each event that it reads to a server, one after the other, and prints what the server has answered. It
// ends with its input. errNotTaken says that something was answered otherwise than by 2xx, or not at all.
func forward(ctx context.Context, to string, in io.Reader, out, errw io.Writer) error {
	if u, err := url.Parse(to); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%w: %q is no address such as http://localhost:3000/hooks", errUsage, to)
	}
	client := &http.Client{
		Timeout:       forwardTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // as the service does
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxHeard)
	var missed error
	for lines.Scan() {
		var h heardLine
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			return fmt.Errorf("this is no event: %.80q; write ssh HOST shop listen --json | tuppence forward URL", lines.Text())
		}
		var err error
		switch {
		case h.Secret != "":
			_, err = fmt.Fprintln(errw, "The secret that signs these events:", h.Secret)
		case h.Dropped > 0:
			missed = errNotTaken
			_, err = fmt.Fprintf(errw, "%d events were passed over: the server takes them too slowly\n", h.Dropped)
		case h.ID != "":
			var taken bool
			if taken, err = post(ctx, client, to, h, out); !taken {
				missed = errNotTaken
			}
		}
		if err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return missed
}

// post posts an event as it was signed, and prints what came of it.
func post(ctx context.Context, client *http.Client, to string, h heardLine, out io.Writer) (taken bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(h.Payload))
	if err != nil {
		return false, err
	}
	for name, value := range h.Headers {
		req.Header.Set(name, value)
	}
	began := time.Now()
	status := ""
	if res, err := client.Do(req); err != nil {
		status = "no answer: " + err.Error()
	} else {
		_ = res.Body.Close()
		status, taken = res.Status, res.StatusCode/100 == 2
	}
	_, err = fmt.Fprintf(out, "%s  %s  %s  %d ms\n", h.Type, h.ID, status, time.Since(began).Milliseconds())
	return taken, err
}
