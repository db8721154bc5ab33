package transform

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"etl/extract/jsonscan"
	"etl/schemas"
)

// Origin is what the rows of a call, or of a log, say that the record doesn't.
type Origin struct {
	TenantID  string // GUID of the tenant whose calls these are
	FetchedAt int64  // when this version was fetched, in microseconds since 1970
}

// ErrNoKey is wrapped by the error for a record without an id or version.
var ErrNoKey = errors.New("the call record has no usable id and version")

// ErrNoID is wrapped by the error for a log's row without an id.
var ErrNoID = errors.New("the row has no usable id")

// Flatten returns the rows of a call record: the JSON of a
// callRecords.callRecord with all its sessions and participants.
//
// It fails where the record is not strict JSON (see jsonscan) or has no id or
// no integer version.
func Flatten(record string, origin Origin) (*schemas.Rows, Notes, error) {
	return new(Flattener).Flatten(record, origin)
}

// Flattener flattens many records, in memory that it uses again once their rows
// are freed. It may be used concurrently. The zero Flattener is ready.
type Flattener struct {
	decoders [sizeClasses]sync.Pool
	// scanners are of records alone, as they know the fields of their names.
	// There are fewer than decoders, which wait for their rows to be freed.
	scanners sync.Pool
}

// sizeClasses are classes of records by their size, each up to four times that
// of the one before, from 32 KiB. Decoders keep to their class, or soon all
// of them would have room for a large call.
const sizeClasses = 5

// decodersFor returns those of a record's class.
func (f *Flattener) decodersFor(record string) *sync.Pool {
	return &f.decoders[min((bits.Len(uint(len(record))>>15)+1)/2, sizeClasses-1)]
}

// Flatten is the function of that name. The rows need not be freed.
func (f *Flattener) Flatten(record string, origin Origin) (*schemas.Rows, Notes, error) {
	decoders := f.decodersFor(record)
	d, ok := decoders.Get().(*decoder)
	if !ok {
		d = new(decoder)
		d.rows.Free = func() {
			if d.reset() {
				decoders.Put(d)
			}
		}
	}
	if d.scan, ok = f.scanners.Get().(*jsonscan.Scanner); !ok {
		d.scan = new(jsonscan.Scanner)
	}
	d.scan.Reset(record)
	d.size = len(record)
	defer func() {
		d.scan.Reset("") // not to keep the record
		f.scanners.Put(d.scan)
		d.scan = nil
	}()
	if err := d.callRecord(origin); err != nil {
		return nil, Notes{}, fmt.Errorf("flattening a call record: %w", err)
	}
	d.anomaly(DuplicateName, d.scan.Duplicates())
	d.anomaly(LoneSurrogate, d.scan.Surrogates())
	return &d.rows, d.notes, nil
}

// keptStreams bounds the memory that is used again: a decoder that has read a
// call with more streams is let go of. It then holds some two megabytes.
const keptStreams = 1024

// reset makes the decoder ready for another record. It reports false where it
// is too large to be kept.
func (d *decoder) reset() bool {
	rows := &d.rows
	if max(cap(rows.Streams), cap(rows.Media), cap(rows.Segments), cap(rows.Sessions), cap(rows.Participants)) > 2*keptStreams {
		return false
	}
	// Nothing may keep the record, or be found by the next.
	clear(rows.Participants)
	clear(rows.Sessions)
	clear(rows.Segments)
	clear(rows.Media)
	clear(rows.Streams)
	*rows = schemas.Rows{
		Participants: rows.Participants[:0], Sessions: rows.Sessions[:0], Segments: rows.Segments[:0],
		Media: rows.Media[:0], Streams: rows.Streams[:0], Free: rows.Free,
	}
	d.texts.reset()
	d.integers.reset()
	d.doubles.reset()
	d.hops.reset()
	clear(d.list[:cap(d.list)])
	clear(d.route[:cap(d.route)])
	d.notes, d.counted = Notes{}, 0
	d.caller, d.callee = lastEndpoint{}, lastEndpoint{}
	return true
}

func (d *decoder) callRecord(origin Origin) error {
	key := callKey{CallKey: schemas.CallKey{TenantID: origin.TenantID}}
	call := &d.rows.Call.CallProperties
	var organizer, oldOrganizer schemas.ParticipantProperties
	var oldParticipants []schemas.Participant
	hasOrganizer := false

	for name := range d.members() {
		switch name {
		case "id", "version", "startDateTime":
			d.keyMember(name, &key)
		case "endDateTime":
			call.EndDateTime = d.time()
		case "lastModifiedDateTime":
			call.LastModifiedDateTime = d.time()
		case "type":
			call.Type = d.text()
		case "modalities":
			call.Modalities = d.names()
		case "joinWebUrl":
			call.JoinWebURL = d.text()
		case "organizer_v2":
			hasOrganizer = d.scan.Next() == jsonscan.Object
			organizer = d.participant("organizer_v2")
		case "organizer":
			oldOrganizer = d.deprecatedParticipant()
		case "participants_v2":
			d.rows.Participants = d.participants(d.rows.Participants, func() schemas.ParticipantProperties { return d.participant("participants_v2") })
		case "participants":
			oldParticipants = d.participants(nil, d.deprecatedParticipant)
		case "sessions":
			d.sessions()
		default:
			d.unknown("", name)
		}
	}
	if err := d.checkEnd(key); err != nil {
		return err
	}
	if key.CallStartDateTime == nil {
		d.anomaly(MissingStart, 1)
	}
	if !hasOrganizer {
		organizer = oldOrganizer
	}
	if len(d.rows.Participants) == 0 {
		d.rows.Participants = oldParticipants
	}
	call.OrganizerID, call.OrganizerAdministrativeUnits = organizer.ParticipantID, organizer.AdministrativeUnits
	call.OrganizerIdentity, call.OrganizerIdentityKind = organizer.Identity, organizer.IdentityKind
	call.OrganizerIdentityID, call.OrganizerIdentityDisplayName = organizer.IdentityID, organizer.IdentityDisplayName
	call.OrganizerIdentityTenantID, call.OrganizerIdentityUPN = organizer.IdentityTenantID, organizer.IdentityUPN
	call.FetchedAt = origin.FetchedAt
	d.keyRows(key.CallKey)
	return nil
}

// keyRows gives every row what is known only at the end of the record, as
// Graph may send a record's properties in any order.
func (d *decoder) keyRows(key schemas.CallKey) {
	rows := &d.rows
	call := &rows.Call
	call.CallKey = key
	call.ParticipantCount = int64(len(rows.Participants))
	call.SessionCount = int64(len(rows.Sessions))
	call.SegmentCount = int64(len(rows.Segments))
	call.MediaCount = int64(len(rows.Media))
	call.StreamCount = int64(len(rows.Streams))
	for i := range rows.Participants {
		rows.Participants[i].CallKey = key
	}
	for i := range rows.Sessions {
		rows.Sessions[i].CallKey = key
	}
	for i := range rows.Segments {
		rows.Segments[i].CallKey = key
	}
	for i := range rows.Media {
		rows.Media[i].CallKey = key
	}
	for i := range rows.Streams {
		rows.Streams[i].CallKey = key
		rows.Streams[i].CallType = call.Type
	}
}

func (d *decoder) participants(list []schemas.Participant, item func() schemas.ParticipantProperties) []schemas.Participant {
	for ordinal := range d.elements() {
		p := item()
		p.ParticipantOrdinal = ordinal
		list = append(list, schemas.Participant{ParticipantProperties: p})
	}
	return list
}
