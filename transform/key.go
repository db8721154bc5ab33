package transform

import (
	"fmt"
	"strconv"
	"strings"

	"etl/extract/jsonscan"
	"etl/schemas"
)

// Key returns the key that the rows of a call record will have, without
// making them. It fails where [Flatten] would for want of a key.
func Key(record, tenantID string) (schemas.CallKey, error) {
	d := &decoder{scan: jsonscan.New(record)}
	key := callKey{CallKey: schemas.CallKey{TenantID: tenantID}}
	for name := range d.members() {
		switch name {
		case "id", "version", "startDateTime":
			d.keyMember(name, &key)
		default:
			d.scan.Skip()
		}
	}
	if err := d.checkEnd(key); err != nil {
		return schemas.CallKey{}, fmt.Errorf("reading the key of a call record: %w", err)
	}
	// Not to keep the record and what else was read of it.
	key.CallID = strings.Clone(key.CallID)
	if key.CallStartDateTime != nil {
		start := *key.CallStartDateTime
		key.CallStartDateTime = &start
	}
	return key.CallKey, nil
}

// callKey is the key of a call while its record is read.
type callKey struct {
	schemas.CallKey
	hasVersion bool
}

// keyMember reads a member that the key has.
func (d *decoder) keyMember(name string, key *callKey) {
	switch name {
	case "id":
		if d.scan.Next() == jsonscan.String {
			key.CallID = d.scan.String()
		} else {
			d.scan.Skip()
		}
	case "version":
		var err error
		key.CallVersion, err = strconv.ParseInt(d.scan.Skip(), 10, 64)
		key.hasVersion = err == nil
	case "startDateTime":
		key.CallStartDateTime = d.time()
	}
}

// checkEnd checks that the record has ended and has a usable key.
func (d *decoder) checkEnd(key callKey) error {
	if err := d.scan.End(); err != nil {
		return err
	}
	if key.CallID == "" || !key.hasVersion {
		return ErrNoKey
	}
	return nil
}
