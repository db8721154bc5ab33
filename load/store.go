package load

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
	"time"
)

// store keeps whole objects under keys. An object's version is an opaque text
// that changes when the object does. The methods may be called concurrently.
type store interface {
	objects
	records
	// lock keeps other runs out until it is released, or returns ErrLocked at
	// once, and clears what runs that died have left. A store on which two
	// writers are safe sees that they are, and its release does nothing.
	lock(ctx context.Context) (release func() error, err error)
	close() error
}

// objects are the large ones.
type objects interface {
	// open returns the object as it is now, or errNotExist.
	open(ctx context.Context, key string) (*object, error)
	// openParts returns the object as it is now, of which little is to be read,
	// or errNotExist. Reading it returns ErrConflict once it has changed.
	openParts(ctx context.Context, key string) (*object, error)
	// create starts an object that nobody sees before it is published.
	create(ctx context.Context, key string) (draft, error)
	// remove deletes the object if it still has this version, else returns
	// ErrConflict.
	remove(ctx context.Context, key, version string) error
	// move gives an object, if it is there, another key.
	move(ctx context.Context, from, to string) error
	// list yields what is under a prefix that ends with a slash, in the order
	// of keys.
	list(ctx context.Context, prefix string) iter.Seq2[listed, error]
	// describe names the object in messages.
	describe(key string) string
}

// listed is an object as a listing has it.
type listed struct {
	key  string
	size int64
}

// records are small objects, read and written whole.
type records interface {
	// get returns the record and its version, or errNotExist.
	get(ctx context.Context, key string) (data []byte, version string, err error)
	// put writes the record if it still has this version, else returns
	// ErrConflict; see noVersion and anyVersion.
	put(ctx context.Context, key string, data []byte, version string) (newVersion string, err error)
	// drop deletes the record, if it is there.
	drop(ctx context.Context, key string) error
}

const (
	noVersion  = ""  // the object must not exist yet
	anyVersion = "*" // whatever is there is replaced
)

// draft is an object on its way: written, sealed, then published or aborted.
type draft interface {
	io.Writer
	io.ReaderAt // what was written; until it is sealed
	// digest is of what was written so far.
	digest() digest
	// seal stages the object durably; nothing can be written after.
	seal(ctx context.Context) error
	// publish makes the object visible in place of the version given, or
	// returns ErrConflict, and reads it back. It may be repeated.
	publish(ctx context.Context, version string) error
	// abort drops what has not been published. It may be repeated.
	abort(ctx context.Context) error
}

// digest identifies bytes.
type digest struct {
	size   int64
	sha256 [sha256.Size]byte
}

// object is an open object. Its bytes do not change while it is open.
type object struct {
	io.ReaderAt
	size    int64
	version string
	digest  func() (digest, error) // nil if only parts are read
	fetch   func([]extent) error   // reads ahead what is to be read next; nil where that is of no use
	close   func() error
}

// checkKey refuses keys that stores, file systems and gateways read
// differently: only plain segments are safe everywhere.
func checkKey(key string) error {
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return fmt.Errorf("%q has an empty or dotted part", key)
		}
	}
	for _, r := range key {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._=-", r)) {
			return fmt.Errorf("%q has the character %q; letters, digits and . _ = - are allowed", key, r)
		}
	}
	if len(key) > 512 {
		return fmt.Errorf("%q… is longer than 512 characters", key[:32])
	}
	return nil
}

// The lake's keys.
const (
	stateFolder = "_state"
	runsFolder  = "_runs"
	formatKey   = stateFolder + "/lake.json"
)

// dateOf is the date in an object's key.
func dateOf(key string) (date string, ok bool) {
	_, rest, ok := strings.Cut(key, "/call_date=")
	date, _, more := strings.Cut(rest, "/")
	_, err := time.Parse(time.DateOnly, date)
	return date, ok && more && err == nil
}

// objectKey is where the rows of a table and date are.
func objectKey(table, date string) string {
	return path.Join(table, "call_date="+date, "part-0.parquet")
}

// recordKey is where a named record of a folder is.
func recordKey(folder, name string) (string, error) {
	key := folder + "/" + name + ".json"
	if name == "" || name[0] == '.' || strings.ContainsAny(name, "/=") {
		return "", fmt.Errorf("name %q is empty, begins with a dot, or has / or =", name)
	}
	return key, checkKey(key)
}
