package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tuppence/server/books"
	"tuppence/store"
)

// exportCommand writes the books for another program.
func exportCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "export", Short: "Write the books for hledger, beancount or a spreadsheet", Args: noArgs,
		Long: "Write the books for hledger, beancount or a spreadsheet, also while the service runs. Dates are days of\n" +
			"UTC. What begins in the middle opens with the balances until then.",
	}
	f := c.Flags()
	format := f.String("format", "", strings.Join(books.ExportFormats, ", "))
	since := f.String("since", "", "the first day, such as 2026-11-01")
	until := f.String("until", "", "the first day that is left out, such as 2026-12-01")
	dir := f.String("data", "data", "directory of the books")
	out := f.String("out", "", "a new file; without it the books are printed")
	return archived(c, func(cmd *cobra.Command, _ []string, archive string) error {
		q := url.Values{"format": {*format}, "since": {*since}, "until": {*until}}
		if _, err := exportOptions(q); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		write := func(w io.Writer) error { return export(cmd.Context(), *dir, archive, q, w) }
		if *out == "" {
			return write(cmd.OutOrStdout())
		}
		return wholeFile(*out, write)
	})
}

// exportOptions reads what the command and the request of a running service have in common.
func exportOptions(q url.Values) (o books.ExportOptions, err error) {
	o.Format = q.Get("format")
	if !slices.Contains(books.ExportFormats, o.Format) {
		return o, fmt.Errorf("--format is one of %s", strings.Join(books.ExportFormats, ", "))
	}
	for name, day := range map[string]*time.Time{"since": &o.Since, "until": &o.Until} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		if *day, err = time.Parse(time.DateOnly, text); err != nil {
			return o, fmt.Errorf("--%s is %q: write a day such as 2026-11-01", name, text)
		}
	}
	if !o.Until.IsZero() && !o.Since.Before(o.Until) {
		return o, fmt.Errorf("--until is the first day that is left out: it is after --since")
	}
	return o, nil
}

// export writes the books of a directory, of a snapshot that a running service takes or of the files.
func export(ctx context.Context, dir, archive string, q url.Values, w io.Writer) error {
	body, err := askRunning(ctx, dir, "/export?"+q.Encode())
	if err != nil {
		return err
	}
	if body != nil {
		defer body.Close()
		if _, err := io.Copy(w, body); err != nil {
			return fmt.Errorf("the service broke the export off: %w", err)
		}
		return nil
	}
	o, err := exportOptions(q)
	if err != nil {
		return err
	}
	return readBooks(dir, store.Options{Archive: archive}, func(engine *store.Engine) error {
		return exportFrom(ctx, engine, o, w)
	})
}

func exportFrom(ctx context.Context, s store.Store, o books.ExportOptions, w io.Writer) error {
	return s.View(ctx, func(kv store.Reader) error {
		_, err := books.Export(ctx, kv, o, w)
		return err
	})
}

// exportRoute writes the books of a running service. A fault breaks the connection: the reader must not take a part for
// the whole.
func exportRoute(engine *store.Engine, failed func(error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o, err := exportOptions(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		unlimited(w)
		if err := exportFrom(r.Context(), engine, o, w); err != nil {
			failed(err)
			panic(http.ErrAbortHandler)
		}
	}
}
