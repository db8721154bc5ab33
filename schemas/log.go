package schemas

// LogKey leads every row of a log's table. Logs have no versions: of two
// contents of a row the one that was fetched later counts.
type LogKey struct {
	TenantID      string `parquet:"tenant_id,dict" doc:"id of the tenant whose log it is"`
	ID            string `parquet:"id,plain" graph:"logRow.id" doc:"id of the row; unique in the log"`
	FetchedAt     int64  `parquet:"fetched_at,timestamp(microsecond)" unit:"UTC" doc:"when the row was first fetched from Graph with this content"`
	StartDateTime *int64 `parquet:"start_date_time,timestamp(microsecond)" graph:"logRow.startDateTime" unit:"UTC" doc:"start of the call; its date is the partition"`
}

// PstnCall is a row of the table pstn_calls: a call over Microsoft's Calling
// Plans, Operator Connect or audio conferencing (callRecords.pstnCallLogRow).
type PstnCall struct {
	LogKey
	PstnCallProperties
}

// PstnCallProperties are the columns of a PSTN call besides its key.
type PstnCallProperties struct {
	CallDurationSource *string  `parquet:"call_duration_source,dict" graph:"pstnCallLogRow.callDurationSource" doc:"who measured the duration: microsoft or operator"`
	CalleeNumber       *string  `parquet:"callee_number,dict" graph:"pstnCallLogRow.calleeNumber" doc:"number dialled; E.164, but may hold other text"`
	CallerNumber       *string  `parquet:"caller_number,dict" graph:"pstnCallLogRow.callerNumber" doc:"number of the caller; E.164, but may hold other text"`
	CallID             *string  `parquet:"call_id,plain" graph:"pstnCallLogRow.callId" doc:"id of the call; not unique, and not always that of a call record"`
	CallType           *string  `parquet:"call_type,dict" graph:"pstnCallLogRow.callType" doc:"kind of call: user_in, user_out, conf_in, conf_out, ucap_in, …"`
	Charge             *float64 `parquet:"charge" graph:"pstnCallLogRow.charge" unit:"currency" doc:"cost of the call, in the currency of the row"`
	ConferenceID       *string  `parquet:"conference_id,dict" graph:"pstnCallLogRow.conferenceId" doc:"id of the audio conference"`
	ConnectionCharge   *float64 `parquet:"connection_charge" graph:"pstnCallLogRow.connectionCharge" unit:"currency" doc:"fee for connecting, in the currency of the row"`
	Currency           *string  `parquet:"currency,dict" graph:"pstnCallLogRow.currency" doc:"currency, ISO 4217"`
	DestinationContext *string  `parquet:"destination_context,dict" graph:"pstnCallLogRow.destinationContext" doc:"Domestic, International, …"`
	DestinationName    *string  `parquet:"destination_name,dict" graph:"pstnCallLogRow.destinationName" doc:"country or region dialled"`
	Duration           *int64   `parquet:"duration" graph:"pstnCallLogRow.duration" unit:"s" doc:"how long the call was connected"`
	EndDateTime        *int64   `parquet:"end_date_time,timestamp(microsecond)" graph:"pstnCallLogRow.endDateTime" unit:"UTC" doc:"end of the call"`
	InventoryType      *string  `parquet:"inventory_type,dict" graph:"pstnCallLogRow.inventoryType" doc:"type of the user's number: Subscriber, …"`
	LicenseCapability  *string  `parquet:"license_capability,dict" graph:"pstnCallLogRow.licenseCapability" doc:"licence used"`
	Operator           *string  `parquet:"operator,dict" graph:"pstnCallLogRow.operator" doc:"telecommunications operator"`
	TenantCountryCode  *string  `parquet:"tenant_country_code,dict" graph:"pstnCallLogRow.tenantCountryCode" doc:"country of the tenant, ISO 3166-1 alpha-2"`
	UsageCountryCode   *string  `parquet:"usage_country_code,dict" graph:"pstnCallLogRow.usageCountryCode" doc:"country of the user, ISO 3166-1 alpha-2"`
	UserDisplayName    *string  `parquet:"user_display_name,dict" graph:"pstnCallLogRow.userDisplayName" doc:"display name of the user; NULL for calls of bots (ucap_…)"`
	UserID             *string  `parquet:"user_id,dict" graph:"pstnCallLogRow.userId" doc:"object id of the user in Entra ID; NULL for calls of bots (ucap_…)"`
	UserPrincipalName  *string  `parquet:"user_principal_name,dict" graph:"pstnCallLogRow.userPrincipalName" doc:"user principal name; NULL for calls of bots (ucap_…)"`
}

// DirectRoutingCall is a row of the table direct_routing_calls: a call, or an
// attempt at one, over a session border controller of the tenant's own
// (callRecords.directRoutingLogRow).
type DirectRoutingCall struct {
	LogKey
	DirectRoutingCallProperties
}

// DirectRoutingCallProperties are the columns of a Direct Routing call besides
// its key.
type DirectRoutingCallProperties struct {
	CalleeNumber                  *string `parquet:"callee_number,dict" graph:"directRoutingLogRow.calleeNumber" doc:"number dialled, its last digits starred"`
	CallEndSubReason              *int64  `parquet:"call_end_sub_reason" graph:"directRoutingLogRow.callEndSubReason" doc:"Microsoft's code of why the call ended"`
	CallerNumber                  *string `parquet:"caller_number,dict" graph:"directRoutingLogRow.callerNumber" doc:"number of the caller, its last digits starred"`
	CallType                      *string `parquet:"call_type,dict" graph:"directRoutingLogRow.callType" doc:"kind of call: ByotIn, ByotOut, ByotInUcap, …"`
	CorrelationID                 *string `parquet:"correlation_id,plain" graph:"directRoutingLogRow.correlationId" doc:"id of the call record; a call may have several rows"`
	Duration                      *int64  `parquet:"duration" graph:"directRoutingLogRow.duration" unit:"s" doc:"how long the call was connected"`
	EndDateTime                   *int64  `parquet:"end_date_time,timestamp(microsecond)" graph:"directRoutingLogRow.endDateTime" unit:"UTC" doc:"end of the call, where it was connected"`
	FailureDateTime               *int64  `parquet:"failure_date_time,timestamp(microsecond)" graph:"directRoutingLogRow.failureDateTime" unit:"UTC" doc:"when the call failed; 0001-01-01 where it did not"`
	FinalSipCode                  *int64  `parquet:"final_sip_code" graph:"directRoutingLogRow.finalSipCode" doc:"SIP response that ended the call; 0 with BYE"`
	FinalSipCodePhrase            *string `parquet:"final_sip_code_phrase,dict" graph:"directRoutingLogRow.finalSipCodePhrase" doc:"its phrase"`
	InviteDateTime                *int64  `parquet:"invite_date_time,timestamp(microsecond)" graph:"directRoutingLogRow.inviteDateTime" unit:"UTC" doc:"when the INVITE was sent or received"`
	MediaBypassEnabled            *bool   `parquet:"media_bypass_enabled" graph:"directRoutingLogRow.mediaBypassEnabled" doc:"the trunk has media bypass"`
	MediaPathLocation             *string `parquet:"media_path_location,dict" graph:"directRoutingLogRow.mediaPathLocation" doc:"datacentre of the media"`
	SignalingLocation             *string `parquet:"signaling_location,dict" graph:"directRoutingLogRow.signalingLocation" doc:"datacentre of the signalling"`
	SuccessfulCall                *bool   `parquet:"successful_call" graph:"directRoutingLogRow.successfulCall" doc:"the call was connected"`
	TrunkFullyQualifiedDomainName *string `parquet:"trunk_fully_qualified_domain_name,dict" graph:"directRoutingLogRow.trunkFullyQualifiedDomainName" doc:"host name of the session border controller"`
	UserDisplayName               *string `parquet:"user_display_name,dict" graph:"directRoutingLogRow.userDisplayName" doc:"display name of the user"`
	UserID                        *string `parquet:"user_id,dict" graph:"directRoutingLogRow.userId" doc:"object id of the user in Entra ID"`
	UserPrincipalName             *string `parquet:"user_principal_name,dict" graph:"directRoutingLogRow.userPrincipalName" doc:"user principal name"`
}
