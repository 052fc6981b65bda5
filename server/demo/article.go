package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed articles/*.txt
var articleFiles embed.FS

// article is one text with its terms. A file has the title, the teaser, the price in EUR, the bounds of a purchase, the
// royalties in basis points, and then one paragraph per line.
type article struct {
	Slug, Title, Teaser, Price string
	Views, Hours, Days         int
	Royalties                  []royalty
	Paragraphs                 []string
	Offer                      string // name at the service, known after Publish
	Buy                        string // the address that sells it, known after Publish
}

// royalty is the share of a payee in basis points of what the commission leaves.
type royalty struct {
	Payee       string `json:"payee"`
	Role        string `json:"role"`
	BasisPoints int    `json:"percent_bp"`
}

// order is how the front page shows them.
var order = []string{"rivers", "tuppence", "crossword", "sealed", "archive"}

// readArticles reads what is part of the program. An article that cannot be read is a fault of ours, found at start.
func readArticles() ([]*article, error) {
	var all []*article
	for _, slug := range order {
		raw, err := fs.ReadFile(articleFiles, path.Join("articles", slug+".txt"))
		if err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
		a, err := parseArticle(slug, string(raw))
		if err != nil {
			return nil, fmt.Errorf("demo: article %s: %w", slug, err)
		}
		all = append(all, a)
	}
	return all, nil
}

// parseArticle reads a file: title, teaser, price, bounds and royalties in a line each, then the paragraphs.
func parseArticle(slug, text string) (*article, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) < 6 {
		return nil, fmt.Errorf("has %d lines, want at least 6", len(lines))
	}
	a := &article{Slug: slug, Title: lines[0], Teaser: lines[1], Price: lines[2], Paragraphs: lines[5:]}
	for _, bound := range strings.Fields(lines[3]) {
		name, value, _ := strings.Cut(bound, "=")
		n, err := strconv.Atoi(value)
		if err != nil {
			return nil, fmt.Errorf("bound %q: %w", bound, err)
		}
		switch name {
		case "views":
			a.Views = n
		case "hours":
			a.Hours = n
		case "days":
			a.Days = n
		default:
			return nil, fmt.Errorf("unknown bound %q", name)
		}
	}
	if lines[4] == "" {
		return a, nil
	}
	var err error
	a.Royalties, err = parseRoyalties(lines[4])
	return a, err
}

// parseRoyalties reads "author:Mira Holt=4000 publisher:North Press=1500".
func parseRoyalties(line string) ([]royalty, error) {
	var all []royalty
	for rest := line; rest != ""; {
		role, tail, ok := strings.Cut(rest, ":")
		name, tail, ok2 := strings.Cut(tail, "=")
		share, tail, _ := strings.Cut(tail, " ")
		bp, err := strconv.Atoi(share)
		if !ok || !ok2 || err != nil {
			return nil, fmt.Errorf("royalties %q", rest)
		}
		all = append(all, royalty{Payee: name, Role: role, BasisPoints: bp})
		rest = tail
	}
	return all, nil
}

// offer is what the service is told.
func (a *article) offer(site string) offer {
	return offer{
		Title: a.Title, Description: a.Teaser, Price: money{a.Price, "EUR"}, Kind: "content",
		ContentURL: site + "/a/" + a.Slug, Views: a.Views, Hours: a.Hours, Days: a.Days,
		Royalties: a.Royalties, MIME: "text/html", Metadata: map[string]string{"slug": a.Slug},
	}
}

// Sample is how the text begins: two sentences that all may read. Before a purchase the page holds no more than these,
// so that nothing has to be hidden in a browser.
func (a *article) Sample() string {
	for _, text := range a.Paragraphs {
		if parts := strings.SplitAfterN(text, ". ", 3); len(parts) == 3 {
			return parts[0] + parts[1]
		}
	}
	return ""
}

// article finds an article by the name in its address, nil if there is none.
func (n *Newspaper) article(slug string) *article {
	for _, a := range n.articles {
		if a.Slug == slug {
			return a
		}
	}
	return nil
}
