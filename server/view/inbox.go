package view

// InboxFile is a file that a vendor puts into its inbox: what it sells, and on which terms.
type InboxFile struct {
	Name    string          // of the file, by which its offer is known
	Order   *ShopOfferOrder // nil: the terms that it has
	Type    string          // media type
	Content []byte
}

// InboxOffer is what was made of a file of the inbox.
type InboxOffer struct {
	Offer
	Name string // of the file
	Type string // media type of what is kept
	Size int    // bytes
}
