package extract

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// ValidID reports why an id can't be used, or nil. An id is put into URLs and
// keys, so it may hold only letters, digits, - and _, at most 128 of them.
func ValidID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("checking a call id: it is empty")
	case len(id) > 128:
		return fmt.Errorf("checking the call id %.20q…: it has %d bytes, at most 128 are allowed", id, len(id))
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return fmt.Errorf("checking the call id %q: only letters, digits, - and _ are allowed", id)
		}
	}
	return nil
}

// sameID reports whether two ids name one call. The case of GUIDs doesn't
// matter; other ids are compared as they are.
func sameID(a, b string) bool {
	return a == b || IsGUID(a) && IsGUID(b) && strings.EqualFold(a, b)
}

// IsGUID reports whether a text has the form of a GUID, as the ids of call
// records have.
func IsGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return false
			}
		}
	}
	return true
}

// newGUID returns a random GUID (version 4).
func newGUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: see crypto/rand
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
