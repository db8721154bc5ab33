package schemas

// SegmentKey places a row in a segment of the session.
type SegmentKey struct {
	SegmentID      *string `parquet:"segment_id,dict" graph:"segment.id" doc:"id of the segment"`
	SegmentOrdinal int64   `parquet:"segment_ordinal" doc:"place of the segment in the session, from 0, in the order sent"`
}

// Segment is a row of the table segments: a leg of a session
// (callRecords.segment).
type Segment struct {
	CallKey
	SessionKey
	SegmentKey
	SegmentProperties
	CallerEndpoint
	CalleeEndpoint
}

// SegmentProperties are the columns of a segment besides its key and
// endpoints.
type SegmentProperties struct {
	StartDateTime     *int64  `parquet:"start_date_time,timestamp(microsecond)" graph:"segment.startDateTime" unit:"UTC" doc:"start of the segment"`
	EndDateTime       *int64  `parquet:"end_date_time,timestamp(microsecond)" graph:"segment.endDateTime" unit:"UTC" doc:"end of the segment"`
	FailureInfoReason *string `parquet:"failure_info_reason,dict" graph:"segment.failureInfo.reason" doc:"why the segment failed"`
	FailureInfoStage  *string `parquet:"failure_info_stage,dict" graph:"segment.failureInfo.stage" doc:"phase in which the segment failed: callSetup, midcall, …"`
}
