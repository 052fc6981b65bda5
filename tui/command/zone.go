package command

import "time"

// ZoneOf is a time zone by its IANA name, UTC if there is none of that name. "Local" would be the server's.
func ZoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && name != "Local" {
		return zone
	}
	return time.UTC
}
