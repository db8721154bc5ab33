package naive

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"etl/schemas"
)

// rowsOf flattens a call.
func rowsOf(l *line) (*schemas.Rows, error) {
	c := &l.Call
	key := schemas.CallKey{TenantID: l.TenantID, CallID: c.ID, CallVersion: c.Version, CallStartDateTime: (*int64)(c.StartDateTime)}
	rows := &schemas.Rows{Call: schemas.Call{CallKey: key, CallProperties: schemas.CallProperties{
		Type: c.Type, Modalities: c.Modalities, EndDateTime: (*int64)(c.EndDateTime), LastModifiedDateTime: (*int64)(c.LastModifiedDateTime),
		JoinWebURL: c.JoinWebURL, FetchedAt: int64(l.FetchedAt),
	}}}
	organizer, err := organizerOf(c)
	if err != nil {
		return nil, err
	}
	call := &rows.Call.CallProperties
	call.OrganizerID, call.OrganizerAdministrativeUnits = organizer.ParticipantID, organizer.AdministrativeUnits
	call.OrganizerIdentityKind, call.OrganizerIdentity = organizer.IdentityKind, organizer.Identity
	call.OrganizerIdentityID, call.OrganizerIdentityDisplayName = organizer.IdentityID, organizer.IdentityDisplayName
	call.OrganizerIdentityTenantID, call.OrganizerIdentityUPN = organizer.IdentityTenantID, organizer.IdentityUPN
	if rows.Participants, err = participantsOf(c, key); err != nil {
		return nil, err
	}
	for i := range c.Sessions {
		if err := addSession(rows, key, &c.Sessions[i], int64(i)); err != nil {
			return nil, err
		}
	}
	call.ParticipantCount, call.SessionCount, call.SegmentCount = int64(len(rows.Participants)), int64(len(rows.Sessions)), int64(len(rows.Segments))
	call.MediaCount, call.StreamCount = int64(len(rows.Media)), int64(len(rows.Streams))
	return rows, nil
}

func organizerOf(c *call) (schemas.ParticipantProperties, error) {
	if c.OrganizerV2 != nil {
		return participantOf(*c.OrganizerV2)
	}
	return deprecatedParticipant(c.Organizer)
}

func participantsOf(c *call, key schemas.CallKey) ([]schemas.Participant, error) {
	var all []schemas.Participant
	add := func(p schemas.ParticipantProperties, err error) error {
		p.ParticipantOrdinal = int64(len(all))
		all = append(all, schemas.Participant{CallKey: key, ParticipantProperties: p})
		return err
	}
	for _, p := range c.ParticipantsV2 {
		if err := add(participantOf(p)); err != nil {
			return nil, err
		}
	}
	if len(c.ParticipantsV2) > 0 {
		return all, nil
	}
	for _, set := range c.Participants {
		if err := add(deprecatedParticipant(set)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func participantOf(p participant) (schemas.ParticipantProperties, error) {
	set, err := identitySetOf(p.Identity)
	row := participantRow(p.ID, set)
	if p.AdministrativeUnitInfos != nil {
		row.AdministrativeUnits = []schemas.AdministrativeUnit{}
	}
	for _, unit := range p.AdministrativeUnitInfos {
		row.AdministrativeUnits = append(row.AdministrativeUnits, schemas.AdministrativeUnit(unit))
	}
	return row, err
}

// deprecatedParticipant is an identity set without an id of its own.
func deprecatedParticipant(raw json.RawMessage) (schemas.ParticipantProperties, error) {
	set, err := identitySetOf(raw)
	return participantRow(set.ID, set), err
}

func participantRow(id *string, set identitySet) schemas.ParticipantProperties {
	return schemas.ParticipantProperties{
		ParticipantID: id, IdentityKind: set.kind, Identity: set.text,
		IdentityID: set.ID, IdentityDisplayName: set.DisplayName, IdentityTenantID: set.TenantID, IdentityUPN: set.UserPrincipalName,
	}
}

// identitySet is an identity set: the member that stands for it, and all of it.
type identitySet struct {
	identity
	kind, text *string
}

func identitySetOf(raw json.RawMessage) (set identitySet, err error) {
	if set.text, err = compact(raw); err != nil || set.text == nil {
		return set, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return set, err
	}
	order := []string{"user", "phone", "guest", "applicationInstance", "application", "device"}
	var others []string
	for name := range members {
		if !slices.Contains(order, name) && !strings.Contains(name, "@") {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range append(order, others...) {
		if member := members[name]; len(member) > 0 && member[0] == '{' {
			set.kind = &name
			return set, json.Unmarshal(member, &set.identity)
		}
	}
	return set, nil
}

// compact returns an object as JSON text without white space.
func compact(raw json.RawMessage) (*string, error) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, nil
	}
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	text := b.String()
	return &text, err
}

func addSession(rows *schemas.Rows, key schemas.CallKey, s *session, ordinal int64) error {
	caller, callee, err := endpointsOf(&s.Caller, &s.Callee)
	if err != nil {
		return err
	}
	sessionKey := schemas.SessionKey{SessionID: s.ID, SessionOrdinal: ordinal}
	rows.Sessions = append(rows.Sessions, schemas.Session{
		CallKey: key, SessionKey: sessionKey,
		SessionProperties: schemas.SessionProperties{
			StartDateTime: (*int64)(s.StartDateTime), EndDateTime: (*int64)(s.EndDateTime), Modalities: s.Modalities, IsTest: s.IsTest,
			FailureInfoReason: s.FailureInfo.Reason, FailureInfoStage: s.FailureInfo.Stage,
		},
		CallerEndpoint: schemas.CallerEndpoint(caller), CalleeEndpoint: schemas.CalleeEndpoint(callee),
	})
	for i := range s.Segments {
		if err := addSegment(rows, key, sessionKey, &s.Segments[i], int64(i)); err != nil {
			return err
		}
	}
	return nil
}

func addSegment(rows *schemas.Rows, key schemas.CallKey, sessionKey schemas.SessionKey, s *segment, ordinal int64) error {
	caller, callee, err := endpointsOf(&s.Caller, &s.Callee)
	if err != nil {
		return err
	}
	segmentKey := schemas.SegmentKey{SegmentID: s.ID, SegmentOrdinal: ordinal}
	rows.Segments = append(rows.Segments, schemas.Segment{
		CallKey: key, SessionKey: sessionKey, SegmentKey: segmentKey,
		SegmentProperties: schemas.SegmentProperties{
			StartDateTime: (*int64)(s.StartDateTime), EndDateTime: (*int64)(s.EndDateTime),
			FailureInfoReason: s.FailureInfo.Reason, FailureInfoStage: s.FailureInfo.Stage,
		},
		CallerEndpoint: schemas.CallerEndpoint(caller), CalleeEndpoint: schemas.CalleeEndpoint(callee),
	})
	for i := range s.Media {
		m := &s.Media[i]
		mediaKey := schemas.MediaKey{MediaOrdinal: int64(i)}
		rows.Media = append(rows.Media, schemas.Media{
			CallKey: key, SessionKey: sessionKey, SegmentKey: segmentKey, MediaKey: mediaKey, MediaProperties: schemas.MediaProperties{Label: m.Label},
			CallerNetwork: schemas.CallerNetwork(networkOf(&m.CallerNetwork)), CalleeNetwork: schemas.CalleeNetwork(networkOf(&m.CalleeNetwork)),
			CallerDevice: schemas.CallerDevice(m.CallerDevice), CalleeDevice: schemas.CalleeDevice(m.CalleeDevice),
		})
		context := schemas.StreamContext{
			MediaLabel: m.Label, CallType: rows.Call.Type,
			CallerAssociatedIdentityID: caller.AssociatedIdentityID, CalleeAssociatedIdentityID: callee.AssociatedIdentityID,
			CallerUserAgentPlatform: caller.UserAgentPlatform, CalleeUserAgentPlatform: callee.UserAgentPlatform,
			CallerUserAgentProductFamily: caller.UserAgentProductFamily, CalleeUserAgentProductFamily: callee.UserAgentProductFamily,
			CallerNetworkSubnet: m.CallerNetwork.Subnet, CalleeNetworkSubnet: m.CalleeNetwork.Subnet,
			CallerNetworkConnectionType: m.CallerNetwork.ConnectionType, CalleeNetworkConnectionType: m.CalleeNetwork.ConnectionType,
			CallerNetworkWifiBand: m.CallerNetwork.WifiBand, CalleeNetworkWifiBand: m.CalleeNetwork.WifiBand,
			CallerNetworkReflexiveIPAddress: m.CallerNetwork.ReflexiveIPAddress, CalleeNetworkReflexiveIPAddress: m.CalleeNetwork.ReflexiveIPAddress,
			CallerDeviceCaptureDeviceName: m.CallerDevice.CaptureDeviceName, CalleeDeviceCaptureDeviceName: m.CalleeDevice.CaptureDeviceName,
			CallerDeviceRenderDeviceName: m.CallerDevice.RenderDeviceName, CalleeDeviceRenderDeviceName: m.CalleeDevice.RenderDeviceName,
		}
		for j := range m.Streams {
			rows.Streams = append(rows.Streams, schemas.Stream{
				CallKey: key, SessionKey: sessionKey, SegmentKey: segmentKey, MediaKey: mediaKey, StreamKey: schemas.StreamKey{StreamOrdinal: int64(j)},
				StreamProperties: streamOf(&m.Streams[j]), StreamContext: context,
			})
		}
	}
	return nil
}

func endpointsOf(a, b *endpoint) (caller, callee schemas.Endpoint, err error) {
	if caller, err = endpointOf(a); err == nil {
		callee, err = endpointOf(b)
	}
	return caller, callee, err
}

func endpointOf(e *endpoint) (schemas.Endpoint, error) {
	set, err := identitySetOf(e.Identity)
	if err != nil {
		return schemas.Endpoint{}, err
	}
	person := set.identity
	if e.AssociatedIdentity != nil {
		person = *e.AssociatedIdentity
	}
	tokens, err := compact(e.Feedback.Tokens)
	return schemas.Endpoint{
		Kind: subtype(e.ODataType), Name: e.Name, CPUName: e.CPUName, CPUCoresCount: e.CPUCoresCount, CPUProcessorSpeedInMhz: e.CPUProcessorSpeedInMhz,
		AssociatedIdentityID: person.ID, AssociatedIdentityDisplayName: person.DisplayName,
		AssociatedIdentityTenantID: person.TenantID, AssociatedIdentityUserPrincipalName: person.UserPrincipalName,
		Identity: set.text, IdentityKind: set.kind, IdentityID: set.ID, IdentityDisplayName: set.DisplayName,
		IdentityTenantID: set.TenantID, IdentityUserPrincipalName: set.UserPrincipalName,
		UserAgentKind: subtype(e.UserAgent.ODataType), UserAgentHeaderValue: e.UserAgent.HeaderValue, UserAgentApplicationVersion: e.UserAgent.ApplicationVersion,
		UserAgentAzureADAppID: e.UserAgent.AzureADAppID, UserAgentCommunicationServiceID: e.UserAgent.CommunicationServiceID,
		UserAgentPlatform: e.UserAgent.Platform, UserAgentProductFamily: e.UserAgent.ProductFamily, UserAgentRole: e.UserAgent.Role,
		FeedbackRating: e.Feedback.Rating, FeedbackText: e.Feedback.Text, FeedbackTokens: tokens,
	}, err
}

// subtype is client of #microsoft.graph.callRecords.clientUserAgent.
func subtype(typ *string) *string {
	if typ == nil {
		return nil
	}
	short := (*typ)[strings.LastIndexByte(*typ, '.')+1:]
	for _, base := range []string{"Endpoint", "UserAgent"} {
		short = strings.TrimSuffix(short, base)
	}
	return &short
}

func networkOf(n *network) schemas.Network {
	var hops []schemas.TraceRouteHop
	if n.TraceRouteHops != nil {
		hops = []schemas.TraceRouteHop{}
	}
	for _, h := range n.TraceRouteHops {
		hops = append(hops, schemas.TraceRouteHop{HopCount: h.HopCount, IPAddress: h.IPAddress, RoundTripTimeMs: (*float64)(h.RoundTripTime)})
	}
	return schemas.Network{
		IPAddress:                  n.IPAddress,
		Port:                       n.Port,
		Subnet:                     n.Subnet,
		ReflexiveIPAddress:         n.ReflexiveIPAddress,
		RelayIPAddress:             n.RelayIPAddress,
		RelayPort:                  n.RelayPort,
		MacAddress:                 n.MacAddress,
		DNSSuffix:                  n.DNSSuffix,
		ConnectionType:             n.ConnectionType,
		NetworkTransportProtocol:   n.NetworkTransportProtocol,
		LinkSpeed:                  n.LinkSpeed,
		BandwidthLowEventRatio:     n.BandwidthLowEventRatio,
		DelayEventRatio:            n.DelayEventRatio,
		ReceivedQualityEventRatio:  n.ReceivedQualityEventRatio,
		SentQualityEventRatio:      n.SentQualityEventRatio,
		BasicServiceSetIdentifier:  n.BasicServiceSetIdentifier,
		WifiBand:                   n.WifiBand,
		WifiBatteryCharge:          n.WifiBatteryCharge,
		WifiChannel:                n.WifiChannel,
		WifiRadioType:              n.WifiRadioType,
		WifiSignalStrength:         n.WifiSignalStrength,
		WifiMicrosoftDriver:        n.WifiMicrosoftDriver,
		WifiMicrosoftDriverVersion: n.WifiMicrosoftDriverVersion,
		WifiVendorDriver:           n.WifiVendorDriver,
		WifiVendorDriverVersion:    n.WifiVendorDriverVersion,
		TraceRouteHops:             hops,
	}
}

func streamOf(s *stream) schemas.StreamProperties {
	return schemas.StreamProperties{
		StreamID:                                 s.StreamID,
		StreamDirection:                          s.StreamDirection,
		StartDateTime:                            (*int64)(s.StartDateTime),
		EndDateTime:                              (*int64)(s.EndDateTime),
		AudioCodec:                               s.AudioCodec,
		VideoCodec:                               s.VideoCodec,
		PacketUtilization:                        s.PacketUtilization,
		WasMediaBypassed:                         s.WasMediaBypassed,
		AverageBandwidthEstimate:                 s.AverageBandwidthEstimate,
		AverageRoundTripTimeMs:                   (*float64)(s.AverageRoundTripTime),
		MaxRoundTripTimeMs:                       (*float64)(s.MaxRoundTripTime),
		AverageJitterMs:                          (*float64)(s.AverageJitter),
		MaxJitterMs:                              (*float64)(s.MaxJitter),
		AveragePacketLossRate:                    s.AveragePacketLossRate,
		MaxPacketLossRate:                        s.MaxPacketLossRate,
		AverageAudioDegradation:                  s.AverageAudioDegradation,
		AverageAudioNetworkJitterMs:              (*float64)(s.AverageAudioNetworkJitter),
		MaxAudioNetworkJitterMs:                  (*float64)(s.MaxAudioNetworkJitter),
		AverageRatioOfConcealedSamples:           s.AverageRatioOfConcealedSamples,
		MaxRatioOfConcealedSamples:               s.MaxRatioOfConcealedSamples,
		IsAudioForwardErrorCorrectionUsed:        s.IsAudioForwardErrorCorrectionUsed,
		AverageVideoFrameRate:                    s.AverageVideoFrameRate,
		AverageReceivedFrameRate:                 s.AverageReceivedFrameRate,
		AverageVideoFrameLossPercentage:          s.AverageVideoFrameLossPercentage,
		AverageVideoPacketLossRate:               s.AverageVideoPacketLossRate,
		PostForwardErrorCorrectionPacketLossRate: s.PostForwardErrorCorrectionPacketLossRate,
		AverageFreezeDurationMs:                  (*float64)(s.AverageFreezeDuration),
		RmsFreezeDurationMs:                      (*float64)(s.RmsFreezeDuration),
		LowFrameRateRatio:                        s.LowFrameRateRatio,
		LowVideoProcessingCapabilityRatio:        s.LowVideoProcessingCapabilityRatio,
	}
}
