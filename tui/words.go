package tui

import (
	"fmt"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// roleWord is a role for people and in JSON.
func roleWord(role ledger.Role) string {
	switch role {
	case ledger.RoleUser:
		return "user"
	case ledger.RoleRep:
		return "rep"
	case ledger.RoleOperator:
		return "operator"
	case ledger.RoleVendor:
		return "vendor"
	case ledger.RoleSystem:
		return "system"
	default:
		return "none"
	}
}

// zoneWord names a time zone; none is UTC.
func zoneWord(zone string) string {
	if zone == "" {
		return "UTC"
	}
	return zone
}

// codes are currencies as texts.
func codes(all []ledger.Currency) []string {
	return wire(all, func(c ledger.Currency) string { return string(c) })
}

// boundWord is one bound for people.
func boundWord(micros int64) string {
	if micros < 0 {
		return "any amount"
	}
	return decimal(micros)
}

// boundsWords tells four bounds in one line.
func boundsWords(l ledger.Limits) string {
	return fmt.Sprintf("%s per purchase, %s a day, %s a week, %s a month",
		boundWord(l.PerPurchase), boundWord(l.PerDay), boundWord(l.PerWeek), boundWord(l.PerMonth))
}

// durationWords tells a duration in its largest whole units: "15 minutes", "1 hour 30 minutes".
func durationWords(d time.Duration) string {
	if d < time.Minute {
		return plural(uint64(max(0, d/time.Second)), "second")
	}
	var parts []string
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := d / u.size; n > 0 {
			parts = append(parts, plural(uint64(n), u.name))
		}
		d %= u.size
	}
	return strings.Join(parts, " ")
}

// plural counts things.
func plural(n uint64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
