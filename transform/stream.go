package transform

import "etl/schemas"

func (d *decoder) streams() {
	for ordinal := range d.elements() {
		d.rows.Streams = extend(d, d.rows.Streams)
		row := &d.rows.Streams[len(d.rows.Streams)-1]
		row.StreamOrdinal = ordinal
		d.stream(&row.StreamProperties)
	}
}

func (d *decoder) stream(s *schemas.StreamProperties) {
	for name := range d.members() {
		switch name {
		case "streamId":
			s.StreamID = d.text()
		case "streamDirection":
			s.StreamDirection = d.text()
		case "startDateTime":
			s.StartDateTime = d.time()
		case "endDateTime":
			s.EndDateTime = d.time()
		case "audioCodec":
			s.AudioCodec = d.text()
		case "videoCodec":
			s.VideoCodec = d.text()
		case "packetUtilization":
			s.PacketUtilization = d.integer()
		case "wasMediaBypassed":
			s.WasMediaBypassed = d.boolean()
		case "averageBandwidthEstimate":
			s.AverageBandwidthEstimate = d.integer()
		case "averageRoundTripTime":
			s.AverageRoundTripTimeMs = d.duration()
		case "maxRoundTripTime":
			s.MaxRoundTripTimeMs = d.duration()
		case "averageJitter":
			s.AverageJitterMs = d.duration()
		case "maxJitter":
			s.MaxJitterMs = d.duration()
		case "averagePacketLossRate":
			s.AveragePacketLossRate = d.double()
		case "maxPacketLossRate":
			s.MaxPacketLossRate = d.double()
		case "averageAudioDegradation":
			s.AverageAudioDegradation = d.double()
		case "averageAudioNetworkJitter":
			s.AverageAudioNetworkJitterMs = d.duration()
		case "maxAudioNetworkJitter":
			s.MaxAudioNetworkJitterMs = d.duration()
		case "averageRatioOfConcealedSamples":
			s.AverageRatioOfConcealedSamples = d.double()
		case "maxRatioOfConcealedSamples":
			s.MaxRatioOfConcealedSamples = d.double()
		case "isAudioForwardErrorCorrectionUsed":
			s.IsAudioForwardErrorCorrectionUsed = d.boolean()
		case "averageVideoFrameRate":
			s.AverageVideoFrameRate = d.double()
		case "averageReceivedFrameRate":
			s.AverageReceivedFrameRate = d.double()
		case "averageVideoFrameLossPercentage":
			s.AverageVideoFrameLossPercentage = d.double()
		case "averageVideoPacketLossRate":
			s.AverageVideoPacketLossRate = d.double()
		case "postForwardErrorCorrectionPacketLossRate":
			s.PostForwardErrorCorrectionPacketLossRate = d.double()
		case "averageFreezeDuration":
			s.AverageFreezeDurationMs = d.duration()
		case "rmsFreezeDuration":
			s.RmsFreezeDurationMs = d.duration()
		case "lowFrameRateRatio":
			s.LowFrameRateRatio = d.double()
		case "lowVideoProcessingCapabilityRatio":
			s.LowVideoProcessingCapabilityRatio = d.double()
		default:
			d.unknown(mediaPath+".streams", name)
		}
	}
}
