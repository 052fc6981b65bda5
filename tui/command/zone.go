package command

import "time"

// ZoneOf is a time zone by its IANA name, UTC if there is none of that name. "Local" would be the server's. A zone that
// the time zone data of this machine no longer has must not keep a person out of the wallet.
func ZoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && name != "Local" {
		return zone
	}
	return time.UTC
}
