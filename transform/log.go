package transform

import (
	"fmt"
	"strings"

	"etl/extract/jsonscan"
	"etl/schemas"
)

var (
	pstnCallProperties          = propertiesOf[schemas.PstnCallProperties]()
	directRoutingCallProperties = propertiesOf[schemas.DirectRoutingCallProperties]()
)

// LogKey returns the id and start that the row of a log will have, without
// making it. It fails where flattening would: where the row is no strict JSON
// or has no id; the start may be known all the same.
func LogKey(record string) (id string, start *int64, err error) {
	d := &decoder{scan: jsonscan.New(record)}
	var key schemas.LogKey
	for name := range d.members() {
		if !d.logKeyMember(name, &key) {
			d.scan.Skip()
		}
	}
	err = d.checkLogEnd(key)
	// Not to keep the page that the row is of.
	if key.StartDateTime != nil {
		micros := *key.StartDateTime
		start = &micros
	}
	if err != nil {
		err = fmt.Errorf("reading the key of a log's row: %w", err)
	}
	return strings.Clone(key.ID), start, err
}

// PstnCall returns the row of a pstnCallLogRow as Graph sent it. It fails
// where that is no strict JSON or has no id.
func PstnCall(record string, origin Origin) (*schemas.Rows, Notes, error) {
	d, row := &decoder{scan: jsonscan.New(record)}, schemas.PstnCall{}
	key, err := logRow(d, &pstnCallProperties, &row.PstnCallProperties, "pstnCallLogRow")
	if err != nil {
		return nil, Notes{}, fmt.Errorf("flattening a row of the PSTN log: %w", err)
	}
	row.LogKey = origin.logKey(key)
	return &schemas.Rows{PstnCalls: []schemas.PstnCall{row}}, d.notes, nil
}

// DirectRoutingCall returns the row of a directRoutingLogRow as Graph sent it.
// It fails where that is no strict JSON or has no id.
func DirectRoutingCall(record string, origin Origin) (*schemas.Rows, Notes, error) {
	d, row := &decoder{scan: jsonscan.New(record)}, schemas.DirectRoutingCall{}
	key, err := logRow(d, &directRoutingCallProperties, &row.DirectRoutingCallProperties, "directRoutingLogRow")
	if err != nil {
		return nil, Notes{}, fmt.Errorf("flattening a row of the Direct Routing log: %w", err)
	}
	row.LogKey = origin.logKey(key)
	return &schemas.Rows{DirectRoutingCalls: []schemas.DirectRoutingCall{row}}, d.notes, nil
}

// logRow reads a row of a log; object is its type, for what is unknown in it.
func logRow[T any](d *decoder, p *properties[T], into *T, object string) (key schemas.LogKey, err error) {
	p.read(d, into, object, func(name string) {
		if !d.logKeyMember(name, &key) {
			d.unknown(object, name)
		}
	})
	if err := d.checkLogEnd(key); err != nil {
		return key, err
	}
	if key.StartDateTime == nil {
		d.anomaly(MissingStart, 1)
	}
	d.anomaly(DuplicateName, d.scan.Duplicates())
	d.anomaly(LoneSurrogate, d.scan.Surrogates())
	return key, nil
}

// logKeyMember reads a member that the key of a log's row has, and reports
// whether it is one.
func (d *decoder) logKeyMember(name string, key *schemas.LogKey) bool {
	switch name {
	case "id":
		key.ID, _ = d.string()
	case "startDateTime":
		key.StartDateTime = d.time()
	default:
		return false
	}
	return true
}

// checkLogEnd checks that the row has ended and has an id.
func (d *decoder) checkLogEnd(key schemas.LogKey) error {
	if err := d.scan.End(); err != nil {
		return err
	}
	if key.ID == "" {
		return ErrNoID
	}
	return nil
}

func (o Origin) logKey(key schemas.LogKey) schemas.LogKey {
	key.TenantID, key.FetchedAt = o.TenantID, o.FetchedAt
	return key
}
