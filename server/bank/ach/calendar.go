package ach

import (
	"time"

	"github.com/moov-io/base"
)

// IsBankingDay reports whether the Federal Reserve settles on the date of t.
func IsBankingDay(t time.Time) bool { return base.NewTime(noon(t)).IsBankingDay() }

// AddBankingDays returns the date n banking days after that of t, at midnight UTC; n is at most 500.
func AddBankingDays(t time.Time, n int) time.Time {
	return base.NewTime(noon(t)).AddBankingDay(n).Add(-12 * time.Hour)
}

// noon returns the date of t in UTC, away from both of its ends.
func noon(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
}
