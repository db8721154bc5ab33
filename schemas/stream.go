package schemas

// StreamKey places a row in a media. Stream ids are not unique; the ordinal
// is.
type StreamKey struct {
	StreamOrdinal int64 `parquet:"stream_ordinal" doc:"place of the stream in the media, from 0, in the order sent"`
}

// Stream is a row of the table streams: one direction of a media
// (callRecords.mediaStream), with what is asked most often of its call,
// segment and media beside it.
type Stream struct {
	CallKey
	SessionKey
	SegmentKey
	MediaKey
	StreamKey
	StreamProperties
	StreamContext
}

// StreamProperties are the columns of a stream besides its key and context.
type StreamProperties struct {
	StreamID                                 *string  `parquet:"stream_id,dict" graph:"stream.streamId" doc:"id of the stream; not unique, the ordinals are the key"`
	StreamDirection                          *string  `parquet:"stream_direction,dict" graph:"stream.streamDirection" doc:"direction: callerToCallee or calleeToCaller"`
	StartDateTime                            *int64   `parquet:"start_date_time,timestamp(microsecond)" graph:"stream.startDateTime" unit:"UTC" doc:"start of the stream; often absent"`
	EndDateTime                              *int64   `parquet:"end_date_time,timestamp(microsecond)" graph:"stream.endDateTime" unit:"UTC" doc:"end of the stream; often absent"`
	AudioCodec                               *string  `parquet:"audio_codec,dict" graph:"stream.audioCodec" doc:"audio codec: satin, silk, opus, …"`
	VideoCodec                               *string  `parquet:"video_codec,dict" graph:"stream.videoCodec" doc:"video codec: h264, av1, …"`
	PacketUtilization                        *int64   `parquet:"packet_utilization" graph:"stream.packetUtilization" unit:"packets" doc:"packets of the stream"`
	WasMediaBypassed                         *bool    `parquet:"was_media_bypassed" graph:"stream.wasMediaBypassed" doc:"media went around the mediation server"`
	AverageBandwidthEstimate                 *int64   `parquet:"average_bandwidth_estimate" graph:"stream.averageBandwidthEstimate" unit:"bit/s" doc:"mean estimated bandwidth"`
	AverageRoundTripTimeMs                   *float64 `parquet:"average_round_trip_time_ms" graph:"stream.averageRoundTripTime" unit:"ms" doc:"mean round trip time"`
	MaxRoundTripTimeMs                       *float64 `parquet:"max_round_trip_time_ms" graph:"stream.maxRoundTripTime" unit:"ms" doc:"largest round trip time"`
	AverageJitterMs                          *float64 `parquet:"average_jitter_ms" graph:"stream.averageJitter" unit:"ms" doc:"mean jitter as RFC 3550 defines it"`
	MaxJitterMs                              *float64 `parquet:"max_jitter_ms" graph:"stream.maxJitter" unit:"ms" doc:"largest jitter"`
	AveragePacketLossRate                    *float64 `parquet:"average_packet_loss_rate" graph:"stream.averagePacketLossRate" unit:"0..1" doc:"mean share of packets lost"`
	MaxPacketLossRate                        *float64 `parquet:"max_packet_loss_rate" graph:"stream.maxPacketLossRate" unit:"0..1" doc:"largest share of packets lost"`
	AverageAudioDegradation                  *float64 `parquet:"average_audio_degradation" graph:"stream.averageAudioDegradation" unit:"MOS" doc:"mean loss of the network mean opinion score"`
	AverageAudioNetworkJitterMs              *float64 `parquet:"average_audio_network_jitter_ms" graph:"stream.averageAudioNetworkJitter" unit:"ms" doc:"mean network jitter of audio"`
	MaxAudioNetworkJitterMs                  *float64 `parquet:"max_audio_network_jitter_ms" graph:"stream.maxAudioNetworkJitter" unit:"ms" doc:"largest network jitter of audio"`
	AverageRatioOfConcealedSamples           *float64 `parquet:"average_ratio_of_concealed_samples" graph:"stream.averageRatioOfConcealedSamples" unit:"0..1" doc:"mean share of concealed audio frames"`
	MaxRatioOfConcealedSamples               *float64 `parquet:"max_ratio_of_concealed_samples" graph:"stream.maxRatioOfConcealedSamples" unit:"0..1" doc:"largest share of concealed audio frames"`
	IsAudioForwardErrorCorrectionUsed        *bool    `parquet:"is_audio_forward_error_correction_used" graph:"stream.isAudioForwardErrorCorrectionUsed" doc:"audio forward error correction was used at some time"`
	AverageVideoFrameRate                    *float64 `parquet:"average_video_frame_rate" graph:"stream.averageVideoFrameRate" unit:"frames/s" doc:"mean frame rate of this video stream"`
	AverageReceivedFrameRate                 *float64 `parquet:"average_received_frame_rate" graph:"stream.averageReceivedFrameRate" unit:"frames/s" doc:"mean frame rate over all video streams of the session"`
	AverageVideoFrameLossPercentage          *float64 `parquet:"average_video_frame_loss_percentage" graph:"stream.averageVideoFrameLossPercentage" unit:"%" doc:"video frames lost as the user saw it"`
	AverageVideoPacketLossRate               *float64 `parquet:"average_video_packet_loss_rate" graph:"stream.averageVideoPacketLossRate" unit:"0..1" doc:"mean share of video packets lost"`
	PostForwardErrorCorrectionPacketLossRate *float64 `parquet:"post_forward_error_correction_packet_loss_rate" graph:"stream.postForwardErrorCorrectionPacketLossRate" unit:"0..1" doc:"share of packets lost after error correction, over all video streams"`
	AverageFreezeDurationMs                  *float64 `parquet:"average_freeze_duration_ms" graph:"stream.averageFreezeDuration" unit:"ms" doc:"mean length of video freezes"`
	RmsFreezeDurationMs                      *float64 `parquet:"rms_freeze_duration_ms" graph:"stream.rmsFreezeDuration" unit:"ms" doc:"root mean square of the length of video freezes"`
	LowFrameRateRatio                        *float64 `parquet:"low_frame_rate_ratio" graph:"stream.lowFrameRateRatio" unit:"0..1" doc:"share of the call below 7.5 frames/s"`
	LowVideoProcessingCapabilityRatio        *float64 `parquet:"low_video_processing_capability_ratio" graph:"stream.lowVideoProcessingCapabilityRatio" unit:"0..1" doc:"share of the call with too little processing for video"`
}

// StreamContext repeats columns of the stream's call, segment and media under
// the names they have there, so that the usual questions need no join.
type StreamContext struct {
	MediaLabel                      *string `parquet:"media_label,dict" graph:"media.label" doc:"label of the media"`
	CallType                        *string `parquet:"call_type,dict" graph:"callRecord.type" doc:"type of the call"`
	CallerAssociatedIdentityID      *string `parquet:"caller_associated_identity_id,dict" graph:"segment.caller.associatedIdentity.id" doc:"id of the user at the caller"`
	CallerUserAgentPlatform         *string `parquet:"caller_user_agent_platform,dict" graph:"segment.caller.userAgent.platform" doc:"platform of the caller's client"`
	CallerUserAgentProductFamily    *string `parquet:"caller_user_agent_product_family,dict" graph:"segment.caller.userAgent.productFamily" doc:"product of the caller's client"`
	CallerNetworkSubnet             *string `parquet:"caller_network_subnet,dict" graph:"media.callerNetwork.subnet" doc:"subnet of the caller"`
	CallerNetworkConnectionType     *string `parquet:"caller_network_connection_type,dict" graph:"media.callerNetwork.connectionType" doc:"kind of link of the caller"`
	CallerNetworkWifiBand           *string `parquet:"caller_network_wifi_band,dict" graph:"media.callerNetwork.wifiBand" doc:"Wi-Fi band of the caller"`
	CallerNetworkReflexiveIPAddress *string `parquet:"caller_network_reflexive_ip_address,dict" graph:"media.callerNetwork.reflexiveIPAddress" doc:"public IP address of the caller"`
	CallerDeviceCaptureDeviceName   *string `parquet:"caller_device_capture_device_name,dict" graph:"media.callerDevice.captureDeviceName" doc:"microphone of the caller"`
	CallerDeviceRenderDeviceName    *string `parquet:"caller_device_render_device_name,dict" graph:"media.callerDevice.renderDeviceName" doc:"speaker of the caller"`
	CalleeAssociatedIdentityID      *string `parquet:"callee_associated_identity_id,dict" graph:"segment.callee.associatedIdentity.id" doc:"id of the user at the callee"`
	CalleeUserAgentPlatform         *string `parquet:"callee_user_agent_platform,dict" graph:"segment.callee.userAgent.platform" doc:"platform of the callee's client"`
	CalleeUserAgentProductFamily    *string `parquet:"callee_user_agent_product_family,dict" graph:"segment.callee.userAgent.productFamily" doc:"product of the callee's client"`
	CalleeNetworkSubnet             *string `parquet:"callee_network_subnet,dict" graph:"media.calleeNetwork.subnet" doc:"subnet of the callee"`
	CalleeNetworkConnectionType     *string `parquet:"callee_network_connection_type,dict" graph:"media.calleeNetwork.connectionType" doc:"kind of link of the callee"`
	CalleeNetworkWifiBand           *string `parquet:"callee_network_wifi_band,dict" graph:"media.calleeNetwork.wifiBand" doc:"Wi-Fi band of the callee"`
	CalleeNetworkReflexiveIPAddress *string `parquet:"callee_network_reflexive_ip_address,dict" graph:"media.calleeNetwork.reflexiveIPAddress" doc:"public IP address of the callee"`
	CalleeDeviceCaptureDeviceName   *string `parquet:"callee_device_capture_device_name,dict" graph:"media.calleeDevice.captureDeviceName" doc:"microphone of the callee"`
	CalleeDeviceRenderDeviceName    *string `parquet:"callee_device_render_device_name,dict" graph:"media.calleeDevice.renderDeviceName" doc:"speaker of the callee"`
}
