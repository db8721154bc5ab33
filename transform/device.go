package transform

import "etl/schemas"

func (d *decoder) device(v *schemas.Device, path string) {
	for name := range d.members() {
		switch name {
		case "captureDeviceName":
			v.CaptureDeviceName = d.text()
		case "captureDeviceDriver":
			v.CaptureDeviceDriver = d.text()
		case "captureNotFunctioningEventRatio":
			v.CaptureNotFunctioningEventRatio = d.double()
		case "renderDeviceName":
			v.RenderDeviceName = d.text()
		case "renderDeviceDriver":
			v.RenderDeviceDriver = d.text()
		case "renderNotFunctioningEventRatio":
			v.RenderNotFunctioningEventRatio = d.double()
		case "renderMuteEventRatio":
			v.RenderMuteEventRatio = d.double()
		case "renderZeroVolumeEventRatio":
			v.RenderZeroVolumeEventRatio = d.double()
		case "cpuInsufficentEventRatio":
			v.CPUInsufficentEventRatio = d.double()
		case "deviceClippingEventRatio":
			v.DeviceClippingEventRatio = d.double()
		case "deviceGlitchEventRatio":
			v.DeviceGlitchEventRatio = d.double()
		case "howlingEventCount":
			v.HowlingEventCount = d.integer()
		case "initialSignalLevelRootMeanSquare":
			v.InitialSignalLevelRootMeanSquare = d.double()
		case "lowSpeechLevelEventRatio":
			v.LowSpeechLevelEventRatio = d.double()
		case "lowSpeechToNoiseEventRatio":
			v.LowSpeechToNoiseEventRatio = d.double()
		case "micGlitchRate":
			v.MicGlitchRate = d.double()
		case "speakerGlitchRate":
			v.SpeakerGlitchRate = d.double()
		case "receivedSignalLevel":
			v.ReceivedSignalLevel = d.integer()
		case "receivedNoiseLevel":
			v.ReceivedNoiseLevel = d.integer()
		case "sentSignalLevel":
			v.SentSignalLevel = d.integer()
		case "sentNoiseLevel":
			v.SentNoiseLevel = d.integer()
		default:
			d.unknown(path, name)
		}
	}
}
