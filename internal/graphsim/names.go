package graphsim

import "unicode/utf16"

// plainNames are combined to first and last names of most people.
func plainNames() (first, last []string) {
	return []string{
			"Abbie", "Owen", "Lidia", "Megan", "Pradeep", "Isaiah", "Grady", "Adele", "Nestor", "Miriam",
			"Joni", "Diego", "Lynne", "Henrietta", "Alex", "Johanna", "Irvin", "Christie", "Allan", "Debra",
			"Patti", "Lee", "Emily", "Ben", "Enrico", "Zsófia", "Jürgen", "Søren", "Chloé", "Łukasz",
		}, []string{
			"Wilkins", "Franklin", "Holloway", "Bowen", "Gupta", "Langer", "Archie", "Vance", "Wilke", "Graham",
			"Sherman", "Siciliani", "Robbins", "Mueller", "Wilber", "Lorenz", "Sayers", "Cline", "Deyoung", "Berger",
			"Fernandez", "Gu", "Braun", "Walters", "Cattaneo", "Kovács", "Müller", "Ångström", "D'Arcy", "Nowak",
		}
}

// oddNames are display names that break what assumes plain text: other
// scripts, right-to-left text and its marks, emoji of several code points,
// combining marks in both normal forms, quotes, back-slashes, controls,
// formulas, markup, the empty name.
func oddNames() []string {
	return []string{
		"山田 太郎", "王小明 (北京)", "김민준", "محمد الأحمد", "דוד כהן", "अनिता शर्मा", "Ольга Петрова",
		"Zoë 👩‍💻 Support", "🇩🇪 Zentrale 🏢", "Ame\u0301lie (decomposed)", "Amélie (composed)",
		"O\"Neil \\ Sons", "Tab\there", "line\nbreak", "\u202eevil\u202c name", "zero\u200bwidth",
		"=cmd|' /C calc'!A0", "<b>Bold</b> & Co", "null", "", " blank ends ", "'; DROP TABLE calls;--",
		"ﬁne ligature ﷺ", "𝒮𝒸𝓇𝒾𝓅𝓉 Person", "e\u0301\u0323\u0330\u0331 stacked",
	}
}

// appendQuoted appends s as a JSON string. With ascii it escapes all that
// isn't ASCII, as some serializers do; both forms mean the same.
func appendQuoted(b []byte, s string, ascii bool) []byte {
	const digits = "0123456789abcdef"
	escape := func(u uint16) {
		b = append(b, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
	}
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case r < ' ':
			escape(uint16(r))
		case r < 0x7f || !ascii:
			b = append(b, string(r)...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escape(uint16(high))
			escape(uint16(low))
		default:
			escape(uint16(r))
		}
	}
	return append(b, '"')
}
