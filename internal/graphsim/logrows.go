package graphsim

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"
)

// LoggedRow is a generated row of a log.
type LoggedRow struct {
	Log
	LogRow
	// Visible is when Graph shows it: a day or two after the call.
	Visible time.Time
}

// LogRows yields the rows that the logs have of the calls of n consecutive UTC
// dates. Calls over the telephone network have one, or several where attempts
// failed, in one of the logs; and both logs have calls without a call record.
func (g *Generator) LogRows(first time.Time, n int) iter.Seq[LoggedRow] {
	return func(yield func(LoggedRow) bool) {
		for i := range n {
			d := dayOf(first.UTC().AddDate(0, 0, i))
			for index := range g.options.CallsPerDay {
				for _, row := range g.logRows(d, g.planOf(d, index)) {
					if !yield(row) {
						return
					}
				}
			}
		}
	}
}

func (g *Generator) logRows(d day, p *plan) (rows []LoggedRow) {
	r := rand.New(rand.NewPCG(p.seed, 77))
	for _, who := range p.people {
		if who.kind != phone {
			continue
		}
		l := logged{plan: p, r: r, number: who.id}
		for _, other := range p.people {
			if other.kind == user {
				l.user = person(other)
			}
		}
		if chance(r, 50) {
			rows = append(rows, l.pstn(p.id))
			if chance(r, 10) {
				// A bot's leg, of which there is no record.
				l.user = logUser{}
				rows = append(rows, l.pstn(guid(r)))
			}
			continue
		}
		if chance(r, 20) {
			rows = append(rows, l.directRouting(p.id, false))
		}
		rows = append(rows, l.directRouting(p.id, true))
	}
	return rows
}

// logged is a call that a log has, as it becomes rows.
type logged struct {
	*plan
	r      *rand.Rand
	number string // of the other party
	user   logUser
}

// logUser is the user of a row; null for bots.
type logUser struct {
	ID   *string `json:"id"`
	Name *string `json:"displayName"`
	UPN  *string `json:"userPrincipalName"`
}

func person(i *identity) (u logUser) {
	if err := json.Unmarshal([]byte(i.object), &u); err != nil {
		panic("graphsim: reading an identity: " + err.Error()) // it was rendered by this package
	}
	return u
}

type pstnRow struct {
	ID                 string          `json:"id"`
	CallID             string          `json:"callId"`
	UserID             *string         `json:"userId"`
	UserPrincipalName  *string         `json:"userPrincipalName"`
	UserDisplayName    *string         `json:"userDisplayName"`
	StartDateTime      string          `json:"startDateTime"`
	EndDateTime        string          `json:"endDateTime"`
	Duration           int64           `json:"duration"`
	Charge             json.RawMessage `json:"charge"`
	CallType           string          `json:"callType"`
	Currency           string          `json:"currency"`
	CalleeNumber       string          `json:"calleeNumber"`
	UsageCountryCode   string          `json:"usageCountryCode"`
	TenantCountryCode  string          `json:"tenantCountryCode"`
	ConnectionCharge   json.RawMessage `json:"connectionCharge"`
	CallerNumber       string          `json:"callerNumber"`
	DestinationContext *string         `json:"destinationContext"`
	DestinationName    string          `json:"destinationName"`
	ConferenceID       *string         `json:"conferenceId"`
	LicenseCapability  string          `json:"licenseCapability"`
	InventoryType      string          `json:"inventoryType"`
	Operator           string          `json:"operator"`
	CallDurationSource string          `json:"callDurationSource"`
	OtherPartyCountry  string          `json:"otherPartyCountryCode,omitempty"` // no schema of v1.0 has it
}

func (l logged) pstn(callID string) LoggedRow {
	own := fmt.Sprintf("+4989555%04d", l.r.IntN(10000))
	row := pstnRow{
		ID: guid(l.r), CallID: callID, UserID: l.user.ID, UserPrincipalName: l.user.UPN, UserDisplayName: l.user.Name,
		StartDateTime: l.time(l.start), EndDateTime: l.time(l.end), Duration: int64((l.end - l.start) / second),
		CallType: "user_in", Currency: "EUR", CallerNumber: l.number, CalleeNumber: own,
		UsageCountryCode: "DE", TenantCountryCode: "DE", DestinationName: "Germany",
		Charge: l.amount(300), ConnectionCharge: l.amount(2),
		LicenseCapability: "MCOPSTNU", InventoryType: "Subscriber", Operator: "Microsoft", CallDurationSource: pick(l.r, []string{"microsoft", "operator"}),
	}
	switch {
	case l.user.ID == nil:
		row.CallType = "ucap_in"
	case chance(l.r, 40):
		context := pick(l.r, []string{"Domestic", "International"})
		row.CallType, row.CallerNumber, row.CalleeNumber, row.DestinationContext = "user_out", own, l.number, &context
	case chance(l.r, 20):
		conference := strconv.Itoa(100_000_000 + l.r.IntN(900_000_000))
		row.CallType, row.ConferenceID, row.CallerNumber = "conf_in", &conference, "anonymous"
	}
	if l.undeclared || chance(l.r, 10) {
		row.OtherPartyCountry = "DE"
	}
	return l.row(PstnLog, row.ID, row)
}

type directRoutingRow struct {
	ID                 string  `json:"id"`
	CorrelationID      string  `json:"correlationId"`
	UserID             *string `json:"userId"`
	UserPrincipalName  *string `json:"userPrincipalName"`
	UserDisplayName    *string `json:"userDisplayName"`
	StartDateTime      string  `json:"startDateTime"`
	InviteDateTime     string  `json:"inviteDateTime"`
	FailureDateTime    string  `json:"failureDateTime"`
	EndDateTime        string  `json:"endDateTime,omitempty"`
	Duration           int64   `json:"duration"`
	CallType           string  `json:"callType"`
	SuccessfulCall     bool    `json:"successfulCall"`
	CallerNumber       string  `json:"callerNumber"`
	CalleeNumber       string  `json:"calleeNumber"`
	MediaPathLocation  string  `json:"mediaPathLocation"`
	SignalingLocation  string  `json:"signalingLocation"`
	FinalSIPCode       int64   `json:"finalSipCode"`
	CallEndSubReason   int64   `json:"callEndSubReason"`
	FinalSIPCodePhrase string  `json:"finalSipCodePhrase"`
	Trunk              string  `json:"trunkFullyQualifiedDomainName"`
	MediaBypassEnabled bool    `json:"mediaBypassEnabled"`
	Transferor         string  `json:"transferorCorrelationId,omitempty"` // no schema of v1.0 has it
}

func (l logged) directRouting(correlationID string, ok bool) LoggedRow {
	invite := l.start - 3*second
	row := directRoutingRow{
		ID: guid(l.r), CorrelationID: correlationID, UserID: l.user.ID, UserPrincipalName: l.user.UPN, UserDisplayName: l.user.Name,
		StartDateTime: l.time(l.start), InviteDateTime: l.time(invite), EndDateTime: l.time(l.end), FailureDateTime: "0001-01-01T00:00:00Z",
		Duration: int64((l.end - l.start) / second), CallType: "ByotIn", SuccessfulCall: true,
		CallerNumber: starred(l.number), CalleeNumber: "+4989555****", MediaPathLocation: "FRCE", SignalingLocation: "EUNO",
		CallEndSubReason: 540000, FinalSIPCodePhrase: "BYE", Trunk: "sbc1.contoso.example", MediaBypassEnabled: chance(l.r, 50),
	}
	if !ok {
		row.StartDateTime, row.FailureDateTime = row.InviteDateTime, row.InviteDateTime
		row.EndDateTime, row.Duration, row.SuccessfulCall = "", 0, false
		row.FinalSIPCode, row.CallEndSubReason, row.FinalSIPCodePhrase = 503, 560503, "Service Unavailable"
	}
	if l.undeclared || chance(l.r, 10) {
		row.Transferor = guid(l.r)
	}
	return l.row(DirectRoutingLog, row.ID, row)
}

// starred hides the last digits of a number, as the log does.
func starred(number string) string { return number[:len(number)-4] + "****" }

func (logged) time(t ticks) string { return string(t.appendTime(nil)) }

// amount returns an amount of money below most, with four decimals.
func (l logged) amount(most int64) json.RawMessage {
	n := uint64(l.r.Int64N(most * 100))
	return appendFraction(strconv.AppendUint(nil, n/10_000, 10), n%10_000, 4)
}

func (l logged) row(log Log, id string, row any) LoggedRow {
	text, err := json.Marshal(row)
	if err != nil {
		panic("graphsim: writing a row of a log: " + err.Error()) // its types can't fail to encode
	}
	parsed, err := ParseLogRow(text)
	if err != nil {
		panic("graphsim: " + err.Error())
	}
	parsed.ID = id
	return LoggedRow{log, parsed, (l.end + 24*hour + ticks(l.r.Int64N(int64(24*hour)))).time()}
}
