package schemas

// CallKey leads every row of every table: whose call the row belongs to.
type CallKey struct {
	TenantID          string `parquet:"tenant_id,dict" doc:"id of the tenant whose calls these are"`
	CallID            string `parquet:"call_id,dict" graph:"callRecord.id" doc:"id of the call record"`
	CallVersion       int64  `parquet:"call_version" graph:"callRecord.version" doc:"version of the call record; a higher one replaces all rows of the call"`
	CallStartDateTime *int64 `parquet:"call_start_date_time,timestamp(microsecond)" graph:"callRecord.startDateTime" unit:"UTC" doc:"start of the call; its date is the partition"`
}

// Call is a row of the table calls: a call record (callRecords.callRecord).
type Call struct {
	CallKey
	CallProperties
}

// CallProperties are the columns of a call besides its key.
type CallProperties struct {
	Type                         *string              `parquet:"type,dict" graph:"callRecord.type" doc:"peerToPeer, groupCall, …"`
	Modalities                   []string             `parquet:"modalities,list,optional,dict" graph:"callRecord.modalities" doc:"modalities used in the call: audio, video, videoBasedScreenSharing, data, screenSharing, …"`
	EndDateTime                  *int64               `parquet:"end_date_time,timestamp(microsecond)" graph:"callRecord.endDateTime" unit:"UTC" doc:"end of the call"`
	LastModifiedDateTime         *int64               `parquet:"last_modified_date_time,timestamp(microsecond)" graph:"callRecord.lastModifiedDateTime" unit:"UTC" doc:"when Graph wrote this version of the record"`
	JoinWebURL                   *string              `parquet:"join_web_url,plain" graph:"callRecord.joinWebUrl" doc:"link to join the meeting"`
	OrganizerID                  *string              `parquet:"organizer_id,dict" graph:"callRecord.organizer_v2.id" doc:"id of the organizer"`
	OrganizerIdentityKind        *string              `parquet:"organizer_identity_kind,dict" graph:"callRecord.organizer_v2.identity" doc:"member of the organizer's identity set that the next columns come from: user, phone, guest, …"`
	OrganizerIdentityID          *string              `parquet:"organizer_identity_id,dict" graph:"callRecord.organizer_v2.identity.*.id" doc:"id in that member"`
	OrganizerIdentityDisplayName *string              `parquet:"organizer_identity_display_name,dict" graph:"callRecord.organizer_v2.identity.*.displayName" doc:"display name in that member"`
	OrganizerIdentityTenantID    *string              `parquet:"organizer_identity_tenant_id,dict" graph:"callRecord.organizer_v2.identity.*.tenantId" doc:"home tenant in that member"`
	OrganizerIdentityUPN         *string              `parquet:"organizer_identity_user_principal_name,dict" graph:"callRecord.organizer_v2.identity.*.userPrincipalName" doc:"user principal name in that member"`
	OrganizerIdentity            *string              `parquet:"organizer_identity,dict" graph:"callRecord.organizer_v2.identity" unit:"JSON" doc:"the organizer's identity set, as sent"`
	OrganizerAdministrativeUnits []AdministrativeUnit `parquet:"organizer_administrative_unit_infos,list,optional" graph:"callRecord.organizer_v2.administrativeUnitInfos" doc:"administrative units of the organizer"`
	ParticipantCount             int64                `parquet:"participant_count" doc:"rows of this call in participants"`
	SessionCount                 int64                `parquet:"session_count" doc:"rows of this call in sessions"`
	SegmentCount                 int64                `parquet:"segment_count" doc:"rows of this call in segments"`
	MediaCount                   int64                `parquet:"media_count" doc:"rows of this call in media"`
	StreamCount                  int64                `parquet:"stream_count" doc:"rows of this call in streams"`
	FetchedAt                    int64                `parquet:"fetched_at,timestamp(microsecond)" unit:"UTC" doc:"when this version was fetched from Graph"`
}

// AdministrativeUnit is an element of administrative_unit_infos
// (callRecords.administrativeUnitInfo).
type AdministrativeUnit struct {
	ID *string `parquet:"id,dict" graph:"id" doc:"id of the administrative unit"`
}
