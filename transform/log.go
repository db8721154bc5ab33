package transform

import (
	"fmt"
	"strings"

	"etl/extract/jsonscan"
	"etl/schemas"
)

// LogKey returns the id and start that the row of a log will have, without
// making it. It fails where flattening would: where the row is no strict JSON
// or has no id; the start may be known all the same.
func LogKey(record string) (id string, start *int64, err error) {
	d := new(decoder)
	d.scan.Reset(record)
	key, err := d.logRow("", func(string) bool {
		d.scan.Skip()
		return true
	})
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
	d, row := new(decoder), schemas.PstnCall{}
	d.scan.Reset(record)
	p := &row.PstnCallProperties
	key, err := d.logRow("pstnCallLogRow", func(name string) bool {
		switch name {
		case "callDurationSource":
			p.CallDurationSource = d.text()
		case "calleeNumber":
			p.CalleeNumber = d.text()
		case "callerNumber":
			p.CallerNumber = d.text()
		case "callId":
			p.CallID = d.text()
		case "callType":
			p.CallType = d.text()
		case "charge":
			p.Charge = d.double()
		case "conferenceId":
			p.ConferenceID = d.text()
		case "connectionCharge":
			p.ConnectionCharge = d.double()
		case "currency":
			p.Currency = d.text()
		case "destinationContext":
			p.DestinationContext = d.text()
		case "destinationName":
			p.DestinationName = d.text()
		case "duration":
			p.Duration = d.integer()
		case "endDateTime":
			p.EndDateTime = d.time()
		case "inventoryType":
			p.InventoryType = d.text()
		case "licenseCapability":
			p.LicenseCapability = d.text()
		case "operator":
			p.Operator = d.text()
		case "tenantCountryCode":
			p.TenantCountryCode = d.text()
		case "usageCountryCode":
			p.UsageCountryCode = d.text()
		case "userDisplayName":
			p.UserDisplayName = d.text()
		case "userId":
			p.UserID = d.text()
		case "userPrincipalName":
			p.UserPrincipalName = d.text()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return nil, Notes{}, fmt.Errorf("flattening a row of the PSTN log: %w", err)
	}
	row.LogKey = origin.logKey(key)
	return &schemas.Rows{PstnCalls: []schemas.PstnCall{row}}, d.notes, nil
}

// DirectRoutingCall returns the row of a directRoutingLogRow as Graph sent it.
// It fails where that is no strict JSON or has no id.
func DirectRoutingCall(record string, origin Origin) (*schemas.Rows, Notes, error) {
	d, row := new(decoder), schemas.DirectRoutingCall{}
	d.scan.Reset(record)
	p := &row.DirectRoutingCallProperties
	key, err := d.logRow("directRoutingLogRow", func(name string) bool {
		switch name {
		case "calleeNumber":
			p.CalleeNumber = d.text()
		case "callEndSubReason":
			p.CallEndSubReason = d.integer()
		case "callerNumber":
			p.CallerNumber = d.text()
		case "callType":
			p.CallType = d.text()
		case "correlationId":
			p.CorrelationID = d.text()
		case "duration":
			p.Duration = d.integer()
		case "endDateTime":
			p.EndDateTime = d.time()
		case "failureDateTime":
			p.FailureDateTime = d.time()
		case "finalSipCode":
			p.FinalSipCode = d.integer()
		case "finalSipCodePhrase":
			p.FinalSipCodePhrase = d.text()
		case "inviteDateTime":
			p.InviteDateTime = d.time()
		case "mediaBypassEnabled":
			p.MediaBypassEnabled = d.boolean()
		case "mediaPathLocation":
			p.MediaPathLocation = d.text()
		case "signalingLocation":
			p.SignalingLocation = d.text()
		case "successfulCall":
			p.SuccessfulCall = d.boolean()
		case "trunkFullyQualifiedDomainName":
			p.TrunkFullyQualifiedDomainName = d.text()
		case "userDisplayName":
			p.UserDisplayName = d.text()
		case "userId":
			p.UserID = d.text()
		case "userPrincipalName":
			p.UserPrincipalName = d.text()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return nil, Notes{}, fmt.Errorf("flattening a row of the Direct Routing log: %w", err)
	}
	row.LogKey = origin.logKey(key)
	return &schemas.Rows{DirectRoutingCalls: []schemas.DirectRoutingCall{row}}, d.notes, nil
}

// logRow reads a row of a log. property reads a member that a column holds,
// and reports false for any other.
func (d *decoder) logRow(object string, property func(name string) bool) (key schemas.LogKey, err error) {
	for name := range d.members() {
		switch name {
		case "id":
			if d.is(jsonscan.String) {
				key.ID = d.scan.String()
			}
		case "startDateTime":
			key.StartDateTime = d.time()
		default:
			if !property(name) {
				d.unknown(object, name)
			}
		}
	}
	if err := d.scan.End(); err != nil {
		return key, err
	}
	if key.ID == "" {
		return key, ErrNoID
	}
	if key.StartDateTime == nil {
		d.anomaly(MissingStart, 1)
	}
	d.anomaly(DuplicateName, d.scan.Duplicates())
	d.anomaly(LoneSurrogate, d.scan.Surrogates())
	return key, nil
}

func (o Origin) logKey(key schemas.LogKey) schemas.LogKey {
	key.TenantID, key.FetchedAt = o.TenantID, o.FetchedAt
	return key
}
