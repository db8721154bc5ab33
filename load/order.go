package load

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"

	"github.com/parquet-go/parquet-go"
)

// callKey identifies a call. Two tenants may have records of the same call.
type callKey struct {
	tenant, call string
}

// leads tells whether values are those of the columns that lead every row. In
// broken files they need not be, and taking one for another reads anywhere.
func leads(row []parquet.Value) bool {
	return len(row) > startPlace &&
		row[tenantPlace].Kind() == parquet.ByteArray &&
		row[callIDPlace].Kind() == parquet.ByteArray &&
		row[versionPlace].Kind() == parquet.Int64 &&
		(row[startPlace].IsNull() || row[startPlace].Kind() == parquet.Int64)
}

// differs compares without making strings.
func (k *callKey) differs(tenant, call parquet.Value) bool {
	return k.call != string(call.ByteArray()) || k.tenant != string(tenant.ByteArray())
}

func keyOf(tenant, call parquet.Value) callKey {
	return callKey{tenant: string(tenant.ByteArray()), call: string(call.ByteArray())}
}

// number is what the call is known by where row groups are cut; see
// [columns.Writer]. It is part of the bytes of files.
func (k *callKey) number() uint64 {
	sum := sha256.Sum256([]byte(k.tenant + "\x00" + k.call))
	return binary.BigEndian.Uint64(sum[:])
}

// start is a call's start in microseconds since 1970, where it is known.
type start struct {
	known  bool
	micros int64
}

func startOf(v parquet.Value) start {
	if v.IsNull() {
		return start{}
	}
	return start{known: true, micros: v.Int64()}
}

func startAt(micros *int64) start {
	if micros == nil {
		return start{}
	}
	return start{known: true, micros: *micros}
}

// position is a call's place in every table.
type position struct {
	start start
	key   callKey
}

// compare orders by start, unknown ones first, then by call id. Tenants are
// compared last, since a lake rarely has more than one.
func (p position) compare(q position) int {
	if p.start.known != q.start.known {
		if q.start.known {
			return -1
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(p.start.micros, q.start.micros),
		cmp.Compare(p.key.call, q.key.call),
		cmp.Compare(p.key.tenant, q.key.tenant),
	)
}
