package transform

import "time"

// parseTime reads an Edm.DateTimeOffset as microseconds since 1970. Digits
// after the sixth are cut, because rounding could move a call to another
// date. It reports false for what is no time from year 1 to 9999 UTC; a time
// without an offset is none, as nothing says when it was.
func parseTime(text string) (micros int64, ok bool) {
	// 2006-01-02T15:04:05
	const seconds = len("2006-01-02T15:04:05")
	if len(text) <= seconds || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	year, ok1 := number(text[0:4])
	month, ok2 := number(text[5:7])
	day, ok3 := number(text[8:10])
	hour, ok4 := number(text[11:13])
	minute, ok5 := number(text[14:16])
	second, ok6 := number(text[17:19])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return 0, false
	}
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	fraction, rest, ok := fraction(text[seconds:], 6)
	if !ok {
		return 0, false
	}
	offset, ok := offsetMinutes(rest)
	if !ok {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute-offset, second, 0, time.UTC)
	if t.Year() < 1 || t.Year() > 9999 {
		return 0, false
	}
	return t.Unix()*1e6 + fraction, true
}

// offsetMinutes reads Z or the offset from UTC.
func offsetMinutes(text string) (minutes int, ok bool) {
	if text == "Z" {
		return 0, true
	}
	if len(text) != len("+00:00") || text[3] != ':' || (text[0] != '+' && text[0] != '-') {
		return 0, false
	}
	hour, ok1 := number(text[1:3])
	minute, ok2 := number(text[4:6])
	if !ok1 || !ok2 || hour > 14 || minute > 59 {
		return 0, false
	}
	if minutes = hour*60 + minute; text[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

// fraction reads an optional point and digits as a number of units of
// 10^-places; further digits are cut.
func fraction(text string, places int) (units int64, rest string, ok bool) {
	if text == "" || text[0] != '.' {
		return 0, text, true
	}
	i := 1
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if i <= places {
			units = units*10 + int64(text[i]-'0')
		}
	}
	if i == 1 {
		return 0, text, false
	}
	for n := i - 1; n < places; n++ {
		units *= 10
	}
	return units, text[i:], true
}

// number reads digits and nothing else.
func number(text string) (n int, ok bool) {
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
