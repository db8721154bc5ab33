package extract

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"strings"
)

// distinct sends the calls that refs names to out, each once, until refs ends
// or quit is closed. It returns the error of refs.
func distinct(refs iter.Seq2[Ref, error], out chan<- Ref, quit <-chan struct{}) error {
	seen := map[[16]byte]struct{}{}
	for ref, err := range refs {
		if err != nil {
			return err
		}
		fingerprint := fingerprint(ref.ID)
		if _, ok := seen[fingerprint]; ok {
			continue
		}
		seen[fingerprint] = struct{}{}
		select {
		case out <- ref:
		case <-quit:
			return nil
		}
	}
	return nil
}

// fingerprint stands for an id in few bytes: a GUID, in whatever case, for
// itself, anything else for its hash.
func fingerprint(id string) (f [16]byte) {
	if digits := strings.ReplaceAll(id, "-", ""); len(digits) == 2*len(f) {
		if _, err := hex.Decode(f[:], []byte(digits)); err == nil {
			return f
		}
	}
	sum := sha256.Sum256([]byte(id))
	copy(f[:], sum[:])
	return f
}
