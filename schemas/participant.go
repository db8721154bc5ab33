package schemas

// Participant is a row of the table participants: somebody in the call
// (callRecords.participant; an item of the deprecated participants where a
// record has no participants_v2).
type Participant struct {
	CallKey
	ParticipantProperties
}

// ParticipantProperties are the columns of a participant besides the call's
// key.
type ParticipantProperties struct {
	ParticipantID       *string              `parquet:"participant_id,dict" graph:"participant.id" doc:"id of the participant: object id, phone number or other key; not always a GUID"`
	ParticipantOrdinal  int64                `parquet:"participant_ordinal" doc:"place in the call, from 0, in the order sent"`
	IdentityKind        *string              `parquet:"identity_kind,dict" graph:"participant.identity" doc:"member of the identity set that the next columns come from: user, phone, guest, …"`
	IdentityID          *string              `parquet:"identity_id,dict" graph:"participant.identity.*.id" doc:"id in that member"`
	IdentityDisplayName *string              `parquet:"identity_display_name,dict" graph:"participant.identity.*.displayName" doc:"display name in that member"`
	IdentityTenantID    *string              `parquet:"identity_tenant_id,dict" graph:"participant.identity.*.tenantId" doc:"home tenant in that member"`
	IdentityUPN         *string              `parquet:"identity_user_principal_name,dict" graph:"participant.identity.*.userPrincipalName" doc:"user principal name in that member"`
	Identity            *string              `parquet:"identity,dict" graph:"participant.identity" unit:"JSON" doc:"the identity set, as sent"`
	AdministrativeUnits []AdministrativeUnit `parquet:"administrative_unit_infos,list,optional" graph:"participant.administrativeUnitInfos" doc:"administrative units of the participant"`
}
