package naive

import "encoding/json"

// line is a line of the archive.
type line struct {
	TenantID  string  `json:"tenant_id"`
	FetchedAt instant `json:"fetched_at"`
	Call      call    `json:"call"`
}

type call struct {
	ID                   string            `json:"id"`
	Version              int64             `json:"version"`
	Type                 *string           `json:"type"`
	Modalities           []string          `json:"modalities"`
	StartDateTime        *instant          `json:"startDateTime"`
	EndDateTime          *instant          `json:"endDateTime"`
	LastModifiedDateTime *instant          `json:"lastModifiedDateTime"`
	JoinWebURL           *string           `json:"joinWebUrl"`
	Organizer            json.RawMessage   `json:"organizer"`
	OrganizerV2          *participant      `json:"organizer_v2"`
	Participants         []json.RawMessage `json:"participants"`
	ParticipantsV2       []participant     `json:"participants_v2"`
	Sessions             []session         `json:"sessions"`
}

type participant struct {
	ID                      *string              `json:"id"`
	Identity                json.RawMessage      `json:"identity"`
	AdministrativeUnitInfos []administrativeUnit `json:"administrativeUnitInfos"`
}

type administrativeUnit struct {
	ID *string `json:"id"`
}

type identity struct {
	ID                *string `json:"id"`
	DisplayName       *string `json:"displayName"`
	TenantID          *string `json:"tenantId"`
	UserPrincipalName *string `json:"userPrincipalName"`
}

type session struct {
	ID            *string     `json:"id"`
	StartDateTime *instant    `json:"startDateTime"`
	EndDateTime   *instant    `json:"endDateTime"`
	Modalities    []string    `json:"modalities"`
	IsTest        *bool       `json:"isTest"`
	FailureInfo   failureInfo `json:"failureInfo"`
	Caller        endpoint    `json:"caller"`
	Callee        endpoint    `json:"callee"`
	Segments      []segment   `json:"segments"`
}

type failureInfo struct {
	Reason *string `json:"reason"`
	Stage  *string `json:"stage"`
}

type segment struct {
	ID            *string     `json:"id"`
	StartDateTime *instant    `json:"startDateTime"`
	EndDateTime   *instant    `json:"endDateTime"`
	FailureInfo   failureInfo `json:"failureInfo"`
	Caller        endpoint    `json:"caller"`
	Callee        endpoint    `json:"callee"`
	Media         []media     `json:"media"`
}

type endpoint struct {
	ODataType              *string         `json:"@odata.type"`
	Name                   *string         `json:"name"`
	CPUName                *string         `json:"cpuName"`
	CPUCoresCount          *int64          `json:"cpuCoresCount"`
	CPUProcessorSpeedInMhz *int64          `json:"cpuProcessorSpeedInMhz"`
	AssociatedIdentity     *identity       `json:"associatedIdentity"`
	Identity               json.RawMessage `json:"identity"`
	UserAgent              userAgent       `json:"userAgent"`
	Feedback               feedback        `json:"feedback"`
}

type userAgent struct {
	ODataType              *string `json:"@odata.type"`
	HeaderValue            *string `json:"headerValue"`
	ApplicationVersion     *string `json:"applicationVersion"`
	AzureADAppID           *string `json:"azureADAppId"`
	CommunicationServiceID *string `json:"communicationServiceId"`
	Platform               *string `json:"platform"`
	ProductFamily          *string `json:"productFamily"`
	Role                   *string `json:"role"`
}

type feedback struct {
	Rating *string         `json:"rating"`
	Text   *string         `json:"text"`
	Tokens json.RawMessage `json:"tokens"`
}

type media struct {
	Label         *string  `json:"label"`
	CallerNetwork network  `json:"callerNetwork"`
	CalleeNetwork network  `json:"calleeNetwork"`
	CallerDevice  device   `json:"callerDevice"`
	CalleeDevice  device   `json:"calleeDevice"`
	Streams       []stream `json:"streams"`
}

// device has the fields of schemas.Device.
type device struct {
	CaptureDeviceName                *string  `json:"captureDeviceName"`
	CaptureDeviceDriver              *string  `json:"captureDeviceDriver"`
	CaptureNotFunctioningEventRatio  *float64 `json:"captureNotFunctioningEventRatio"`
	RenderDeviceName                 *string  `json:"renderDeviceName"`
	RenderDeviceDriver               *string  `json:"renderDeviceDriver"`
	RenderNotFunctioningEventRatio   *float64 `json:"renderNotFunctioningEventRatio"`
	RenderMuteEventRatio             *float64 `json:"renderMuteEventRatio"`
	RenderZeroVolumeEventRatio       *float64 `json:"renderZeroVolumeEventRatio"`
	CPUInsufficentEventRatio         *float64 `json:"cpuInsufficentEventRatio"`
	DeviceClippingEventRatio         *float64 `json:"deviceClippingEventRatio"`
	DeviceGlitchEventRatio           *float64 `json:"deviceGlitchEventRatio"`
	HowlingEventCount                *int64   `json:"howlingEventCount"`
	InitialSignalLevelRootMeanSquare *float64 `json:"initialSignalLevelRootMeanSquare"`
	LowSpeechLevelEventRatio         *float64 `json:"lowSpeechLevelEventRatio"`
	LowSpeechToNoiseEventRatio       *float64 `json:"lowSpeechToNoiseEventRatio"`
	MicGlitchRate                    *float64 `json:"micGlitchRate"`
	SpeakerGlitchRate                *float64 `json:"speakerGlitchRate"`
	ReceivedSignalLevel              *int64   `json:"receivedSignalLevel"`
	ReceivedNoiseLevel               *int64   `json:"receivedNoiseLevel"`
	SentSignalLevel                  *int64   `json:"sentSignalLevel"`
	SentNoiseLevel                   *int64   `json:"sentNoiseLevel"`
}

type network struct {
	IPAddress                  *string         `json:"ipAddress"`
	Port                       *int64          `json:"port"`
	Subnet                     *string         `json:"subnet"`
	ReflexiveIPAddress         *string         `json:"reflexiveIPAddress"`
	RelayIPAddress             *string         `json:"relayIPAddress"`
	RelayPort                  *int64          `json:"relayPort"`
	MacAddress                 *string         `json:"macAddress"`
	DNSSuffix                  *string         `json:"dnsSuffix"`
	ConnectionType             *string         `json:"connectionType"`
	NetworkTransportProtocol   *string         `json:"networkTransportProtocol"`
	LinkSpeed                  *int64          `json:"linkSpeed"`
	BandwidthLowEventRatio     *float64        `json:"bandwidthLowEventRatio"`
	DelayEventRatio            *float64        `json:"delayEventRatio"`
	ReceivedQualityEventRatio  *float64        `json:"receivedQualityEventRatio"`
	SentQualityEventRatio      *float64        `json:"sentQualityEventRatio"`
	BasicServiceSetIdentifier  *string         `json:"basicServiceSetIdentifier"`
	WifiBand                   *string         `json:"wifiBand"`
	WifiBatteryCharge          *int64          `json:"wifiBatteryCharge"`
	WifiChannel                *int64          `json:"wifiChannel"`
	WifiRadioType              *string         `json:"wifiRadioType"`
	WifiSignalStrength         *int64          `json:"wifiSignalStrength"`
	WifiMicrosoftDriver        *string         `json:"wifiMicrosoftDriver"`
	WifiMicrosoftDriverVersion *string         `json:"wifiMicrosoftDriverVersion"`
	WifiVendorDriver           *string         `json:"wifiVendorDriver"`
	WifiVendorDriverVersion    *string         `json:"wifiVendorDriverVersion"`
	TraceRouteHops             []traceRouteHop `json:"traceRouteHops"`
}

type traceRouteHop struct {
	HopCount      *int64    `json:"hopCount"`
	IPAddress     *string   `json:"ipAddress"`
	RoundTripTime *duration `json:"roundTripTime"`
}

type stream struct {
	StreamID                                 *string   `json:"streamId"`
	StreamDirection                          *string   `json:"streamDirection"`
	StartDateTime                            *instant  `json:"startDateTime"`
	EndDateTime                              *instant  `json:"endDateTime"`
	AudioCodec                               *string   `json:"audioCodec"`
	VideoCodec                               *string   `json:"videoCodec"`
	PacketUtilization                        *int64    `json:"packetUtilization"`
	WasMediaBypassed                         *bool     `json:"wasMediaBypassed"`
	AverageBandwidthEstimate                 *int64    `json:"averageBandwidthEstimate"`
	AverageRoundTripTime                     *duration `json:"averageRoundTripTime"`
	MaxRoundTripTime                         *duration `json:"maxRoundTripTime"`
	AverageJitter                            *duration `json:"averageJitter"`
	MaxJitter                                *duration `json:"maxJitter"`
	AveragePacketLossRate                    *float64  `json:"averagePacketLossRate"`
	MaxPacketLossRate                        *float64  `json:"maxPacketLossRate"`
	AverageAudioDegradation                  *float64  `json:"averageAudioDegradation"`
	AverageAudioNetworkJitter                *duration `json:"averageAudioNetworkJitter"`
	MaxAudioNetworkJitter                    *duration `json:"maxAudioNetworkJitter"`
	AverageRatioOfConcealedSamples           *float64  `json:"averageRatioOfConcealedSamples"`
	MaxRatioOfConcealedSamples               *float64  `json:"maxRatioOfConcealedSamples"`
	IsAudioForwardErrorCorrectionUsed        *bool     `json:"isAudioForwardErrorCorrectionUsed"`
	AverageVideoFrameRate                    *float64  `json:"averageVideoFrameRate"`
	AverageReceivedFrameRate                 *float64  `json:"averageReceivedFrameRate"`
	AverageVideoFrameLossPercentage          *float64  `json:"averageVideoFrameLossPercentage"`
	AverageVideoPacketLossRate               *float64  `json:"averageVideoPacketLossRate"`
	PostForwardErrorCorrectionPacketLossRate *float64  `json:"postForwardErrorCorrectionPacketLossRate"`
	AverageFreezeDuration                    *duration `json:"averageFreezeDuration"`
	RmsFreezeDuration                        *duration `json:"rmsFreezeDuration"`
	LowFrameRateRatio                        *float64  `json:"lowFrameRateRatio"`
	LowVideoProcessingCapabilityRatio        *float64  `json:"lowVideoProcessingCapabilityRatio"`
}
