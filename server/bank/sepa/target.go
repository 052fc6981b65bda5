package sepa

import "time"

// IsBankingDay reports whether TARGET settles on the date of t: not on weekends, 1 January, Good Friday, Easter Monday,
// 1 May, 25 and 26 December.
func IsBankingDay(t time.Time) bool {
	year, month, day := t.Date()
	switch weekday := t.Weekday(); {
	case weekday == time.Saturday || weekday == time.Sunday:
		return false
	case day == 1 && (month == time.January || month == time.May), month == time.December && (day == 25 || day == 26):
		return false
	}
	easter := Easter(year)
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return !date.Equal(easter.AddDate(0, 0, -2)) && !date.Equal(easter.AddDate(0, 0, 1))
}

// AddBankingDays returns the date n banking days after that of t, at midnight UTC; before it if n is negative.
func AddBankingDays(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	date, step := time.Date(y, m, d, 0, 0, 0, 0, time.UTC), 1
	if n < 0 {
		n, step = -n, -1
	}
	for n > 0 {
		if date = date.AddDate(0, 0, step); IsBankingDay(date) {
			n--
		}
	}
	return date
}

// Easter returns the date of Easter Sunday (the method of Meeus, Jones and Butcher, for all years of the Gregorian
// calendar).
func Easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	n := h + l - 7*((a+11*h+22*l)/451) + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
