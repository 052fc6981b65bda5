package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/pkg/sftp"
)

// A wallet with a long history reads it as files, over and over: all that it bought, and the whole month, in fifteen
// sessions at once. Each session is a connection of its own, so that no list is remembered for long.
func floodFiles(ctx context.Context, s *siege) error {
	var lists, months, refused atomic.Int64
	each(ctx, 1_000_000, 15, func(int) {
		c, err := s.searcher.login(ctx)
		if err != nil {
			return
		}
		defer c.Close()
		defer context.AfterFunc(ctx, func() { _ = c.Close() })()
		client, err := sftp.NewClient(c)
		if err != nil {
			return
		}
		defer client.Close()
		if all, err := client.ReadDir("/library/kiosk"); err == nil && len(all) > 100 {
			lists.Add(1)
		} else {
			refused.Add(1)
		}
		all, err := client.ReadDir("/statements")
		if err != nil || len(all) == 0 {
			refused.Add(1)
			return
		}
		f, err := client.Open("/statements/" + all[len(all)-1].Name())
		if err != nil {
			refused.Add(1)
			return
		}
		defer f.Close()
		if n, err := io.Copy(io.Discard, f); err == nil && n > 50_000 {
			months.Add(1)
		}
	})
	fmt.Fprintf(s.t.Output(), "  files: %d libraries and %d months were read, %d refused\n", lists.Load(), months.Load(),
		refused.Load())
	return nil
}
