package hook

import (
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// schemas is the registry of the document. It tells huma how our types look in JSON, where their own methods write it:
// an amount is a Money, and an output that has the form of an input is described by the input.
func schemas() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", schemaName)
	r.RegisterTypeAlias(reflect.TypeFor[ledger.Amount](), reflect.TypeFor[Money]())
	r.RegisterTypeAlias(reflect.TypeFor[view.Time](), reflect.TypeFor[time.Time]())
	r.RegisterTypeAlias(reflect.TypeFor[view.Cursor](), reflect.TypeFor[*string]())
	r.RegisterTypeAlias(reflect.TypeFor[map[string]string](), reflect.TypeFor[Metadata]())
	r.RegisterTypeAlias(reflect.TypeFor[view.Royalty](), reflect.TypeFor[RoyaltyIn]())
	r.RegisterTypeAlias(reflect.TypeFor[view.LinkLimits](), reflect.TypeFor[LinkLimits]())
	return r
}

// schemaName is the name of a type in the document. What a vendor sees of a grant, a link or a dispute is the only one
// there; in package view the buyer has one, too.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if rest, list := strings.CutPrefix(name, "List"); list && rest != "" {
		return "List" + vendorless(rest)
	}
	return vendorless(name)
}

// vendorless is what the contract has always called these types.
func vendorless(name string) string {
	switch name {
	case "VendorGrant", "VendorLink", "VendorDispute", "VendorEvent":
		return strings.TrimPrefix(name, "Vendor")
	case "Endpoint":
		return "Hook"
	}
	return name
}

// Metadata is how a map of texts looks in the document.
type Metadata map[string]string

// Schema bounds metadata as the rules do, so that what is too much is refused while it is read.
func (Metadata) Schema(huma.Registry) *huma.Schema { return metadataSchema() }

// metadataSchema describes what a vendor attaches for itself. Lengths are in characters, as everywhere in the document.
func metadataSchema() *huma.Schema {
	entries, name, value := ledger.MaxMetadata, ledger.MaxMetadataName, ledger.MaxMetadataValue
	s := &huma.Schema{
		Type: huma.TypeObject, MaxProperties: &entries,
		AdditionalProperties: &huma.Schema{Type: huma.TypeString, MaxLength: &value},
		Extensions:           map[string]any{"propertyNames": map[string]any{"minLength": 1, "maxLength": name}},
		Description:          "The vendor's own names and values, kept exactly as sent and never read.",
	}
	s.AdditionalProperties.(*huma.Schema).PrecomputeMessages()
	s.PrecomputeMessages()
	return s
}
