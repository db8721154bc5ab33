package schemas

// SessionKey places a row in a session of the call. Session ids may repeat
// within a call; the ordinal does not.
type SessionKey struct {
	SessionID      *string `parquet:"session_id,dict" graph:"session.id" doc:"id of the session; may repeat within a call"`
	SessionOrdinal int64   `parquet:"session_ordinal" doc:"place of the session in the call, from 0, in the order sent over all pages"`
}

// Session is a row of the table sessions: a conversation between two
// endpoints (callRecords.session).
type Session struct {
	CallKey
	SessionKey
	SessionProperties
	CallerEndpoint
	CalleeEndpoint
}

// SessionProperties are the columns of a session besides its key and
// endpoints.
type SessionProperties struct {
	StartDateTime     *int64   `parquet:"start_date_time,timestamp(microsecond)" graph:"session.startDateTime" unit:"UTC" doc:"start of the session"`
	EndDateTime       *int64   `parquet:"end_date_time,timestamp(microsecond)" graph:"session.endDateTime" unit:"UTC" doc:"end of the session"`
	Modalities        []string `parquet:"modalities,list,optional,dict" graph:"session.modalities" doc:"modalities used in the session"`
	IsTest            *bool    `parquet:"is_test" graph:"session.isTest" doc:"the session was a test call"`
	FailureInfoReason *string  `parquet:"failure_info_reason,dict" graph:"session.failureInfo.reason" doc:"why the session failed"`
	FailureInfoStage  *string  `parquet:"failure_info_stage,dict" graph:"session.failureInfo.stage" doc:"phase in which the session failed: callSetup, midcall, …"`
}
