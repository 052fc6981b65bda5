package files

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"path"
	"strings"

	"tuppence/server/view"
)

const (
	// mostItems is how many purchases are shown as files, and mostPages how many pages are read for them: older ones are
	// opened by the command.
	mostItems, mostPages = 1000, 10
)

// listLibrary lists what can be opened, and with it the directories of all vendors. It counts no view.
func (t *tree) listLibrary() error {
	var items []view.ShelfItem
	q := view.Paging{Limit: view.MaxRows}
	for n := 0; n < mostPages && len(items) < mostItems; n++ {
		var page view.Page[view.ShelfItem]
		err := t.patiently(func() (err error) {
			page, err = t.svc.Shelf(t.ctx, t.who, q)
			return err
		})
		if err != nil {
			return err
		}
		items = append(items, page.Data...)
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	for dir := range t.lists { // of vendors of which nothing is left
		if strings.HasPrefix(dir, "/library/") {
			delete(t.lists, dir)
			delete(t.until, dir)
		}
	}
	var all []*file
	for dir, files := range t.shelves(items) {
		t.keep("/library/"+dir, files)
		all = append(all, &file{name: dir, at: files[len(files)-1].at})
	}
	if q.Before != "" {
		all = append(all, t.text("OLDER.txt", fmt.Sprintf(
			"Only the newest purchases are here. What is older is listed by the command\n\n  ssh %s library --cursor %s\n\n"+
				"and opened by: ssh %s open ID --raw > FILE\n", t.house.Host, q.Before, t.house.Host)))
	}
	t.keep("/library", all)
	return nil
}

// shelves divides purchases by vendor and names them. Of two with one name the older has it alone, the newer has its id
// beside it: so a new purchase renames none.
func (t *tree) shelves(newestFirst []view.ShelfItem) map[string][]*file {
	shelves := map[string][]*file{}
	taken := map[string]bool{}
	for i := len(newestFirst) - 1; i >= 0; i-- {
		item := newestFirst[i]
		dir := cleanName(item.Vendor, "")
		ext := extension(item.Type, item.Grant.URL)
		name := cleanName(item.Title, ext)
		if taken[dir+"/"+fold(name)] {
			name = cleanName(item.Title, " "+item.ID+ext)
		}
		taken[dir+"/"+fold(name)] = true
		shelves[dir] = append(shelves[dir], &file{name: name, size: item.Size, at: item.At.Time, read: t.opens(item.ID)})
	}
	return shelves
}

// opens opens a purchase, which counts a view.
func (t *tree) opens(id string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		v, err := t.svc.OpenContent(ctx, t.who, id)
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.DecodeString(v.Content)
	}
}

// extensions are those of the media types that are opened here.
var extensions = map[string]string{
	"text/plain": ".txt", "text/markdown": ".md", "text/html": ".html", "application/pdf": ".pdf", "image/png": ".png",
	"image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp",
}

// extension is that of a media type. Where the vendor has not said one it is that of the address, if it is known; else
// there is none: a wrong one would be worse.
func extension(media, address string) string {
	media, _, _ = strings.Cut(media, ";")
	if ext := extensions[strings.ToLower(strings.TrimSpace(media))]; ext != "" || media != "" {
		return ext
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	ext := strings.ToLower(path.Ext(u.Path))
	switch ext {
	case ".htm":
		return ".html"
	case ".jpeg":
		return ".jpg"
	}
	for _, known := range extensions {
		if ext == known {
			return ext
		}
	}
	return ""
}
