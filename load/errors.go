package load

import "errors"

// Facts that callers act upon; test for them with [errors.Is].
var (
	// ErrLocation: the location given to Open names no lake.
	ErrLocation = errors.New("bad lake location")
	// ErrStorage: the folder, bucket or endpoint does not do its work. Every
	// storage problem wraps it.
	ErrStorage = errors.New("storage")
	// ErrLocked: another run works on this folder.
	ErrLocked = errors.New("another run holds the lock")
	// ErrClock: the clock of this machine is more than 24 hours off the store's.
	ErrClock = errors.New("clock wrong")
	// ErrNewerFormat: a newer etl has written to this lake.
	ErrNewerFormat = errors.New("lake was written by a newer version of etl")
	// ErrDamaged: an object can be reached, and is not what etl wrote.
	ErrDamaged = errors.New("damaged")
	// ErrConflict: somebody else has written since the object was read.
	ErrConflict = errors.New("changed by another writer")
)

// errNotExist is returned by stores for a key without an object.
var errNotExist = errors.New("object does not exist")
