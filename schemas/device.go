package schemas

// Device is the audio device of one end of a media (callRecords.deviceInfo).
// CallerDevice and CalleeDevice are the same fields as columns, and convert
// to and from it.
type Device struct {
	CaptureDeviceName                *string  `graph:"captureDeviceName" doc:"name of the microphone"`
	CaptureDeviceDriver              *string  `graph:"captureDeviceDriver" doc:"driver of the microphone"`
	CaptureNotFunctioningEventRatio  *float64 `graph:"captureNotFunctioningEventRatio" unit:"0..1" doc:"share of the call in which the microphone did not work"`
	RenderDeviceName                 *string  `graph:"renderDeviceName" doc:"name of the speaker"`
	RenderDeviceDriver               *string  `graph:"renderDeviceDriver" doc:"driver of the speaker"`
	RenderNotFunctioningEventRatio   *float64 `graph:"renderNotFunctioningEventRatio" unit:"0..1" doc:"share of the call in which the speaker did not work"`
	RenderMuteEventRatio             *float64 `graph:"renderMuteEventRatio" unit:"0..1" doc:"share of the call in which the speaker was muted"`
	RenderZeroVolumeEventRatio       *float64 `graph:"renderZeroVolumeEventRatio" unit:"0..1" doc:"share of the call in which the volume was zero"`
	CPUInsufficentEventRatio         *float64 `graph:"cpuInsufficentEventRatio" unit:"0..1" doc:"share of the call in which the processor was too busy"`
	DeviceClippingEventRatio         *float64 `graph:"deviceClippingEventRatio" unit:"0..1" doc:"share of the call with clipping on capture"`
	DeviceGlitchEventRatio           *float64 `graph:"deviceGlitchEventRatio" unit:"0..1" doc:"share of the call with severe glitches"`
	HowlingEventCount                *int64   `graph:"howlingEventCount" doc:"times that howling was heard"`
	InitialSignalLevelRootMeanSquare *float64 `graph:"initialSignalLevelRootMeanSquare" doc:"root mean square of the signal in the first 30 s"`
	LowSpeechLevelEventRatio         *float64 `graph:"lowSpeechLevelEventRatio" unit:"0..1" doc:"share of the call in which speech was too quiet"`
	LowSpeechToNoiseEventRatio       *float64 `graph:"lowSpeechToNoiseEventRatio" unit:"0..1" doc:"share of the call with too much noise for the speech"`
	MicGlitchRate                    *float64 `graph:"micGlitchRate" unit:"1/5 min" doc:"glitches of the microphone"`
	SpeakerGlitchRate                *float64 `graph:"speakerGlitchRate" unit:"1/5 min" doc:"glitches of the speaker"`
	ReceivedSignalLevel              *int64   `graph:"receivedSignalLevel" unit:"dB" doc:"energy of the received signal"`
	ReceivedNoiseLevel               *int64   `graph:"receivedNoiseLevel" unit:"dB" doc:"energy of the received noise"`
	SentSignalLevel                  *int64   `graph:"sentSignalLevel" unit:"dB" doc:"energy of the sent signal"`
	SentNoiseLevel                   *int64   `graph:"sentNoiseLevel" unit:"dB" doc:"energy of the sent noise"`
}

// CallerDevice is the audio device of the caller.
type CallerDevice struct {
	CaptureDeviceName                *string  `parquet:"caller_device_capture_device_name,dict"`
	CaptureDeviceDriver              *string  `parquet:"caller_device_capture_device_driver,dict"`
	CaptureNotFunctioningEventRatio  *float64 `parquet:"caller_device_capture_not_functioning_event_ratio"`
	RenderDeviceName                 *string  `parquet:"caller_device_render_device_name,dict"`
	RenderDeviceDriver               *string  `parquet:"caller_device_render_device_driver,dict"`
	RenderNotFunctioningEventRatio   *float64 `parquet:"caller_device_render_not_functioning_event_ratio"`
	RenderMuteEventRatio             *float64 `parquet:"caller_device_render_mute_event_ratio"`
	RenderZeroVolumeEventRatio       *float64 `parquet:"caller_device_render_zero_volume_event_ratio"`
	CPUInsufficentEventRatio         *float64 `parquet:"caller_device_cpu_insufficent_event_ratio"`
	DeviceClippingEventRatio         *float64 `parquet:"caller_device_device_clipping_event_ratio"`
	DeviceGlitchEventRatio           *float64 `parquet:"caller_device_device_glitch_event_ratio"`
	HowlingEventCount                *int64   `parquet:"caller_device_howling_event_count"`
	InitialSignalLevelRootMeanSquare *float64 `parquet:"caller_device_initial_signal_level_root_mean_square"`
	LowSpeechLevelEventRatio         *float64 `parquet:"caller_device_low_speech_level_event_ratio"`
	LowSpeechToNoiseEventRatio       *float64 `parquet:"caller_device_low_speech_to_noise_event_ratio"`
	MicGlitchRate                    *float64 `parquet:"caller_device_mic_glitch_rate"`
	SpeakerGlitchRate                *float64 `parquet:"caller_device_speaker_glitch_rate"`
	ReceivedSignalLevel              *int64   `parquet:"caller_device_received_signal_level"`
	ReceivedNoiseLevel               *int64   `parquet:"caller_device_received_noise_level"`
	SentSignalLevel                  *int64   `parquet:"caller_device_sent_signal_level"`
	SentNoiseLevel                   *int64   `parquet:"caller_device_sent_noise_level"`
}

// CalleeDevice is the audio device of the callee.
type CalleeDevice struct {
	CaptureDeviceName                *string  `parquet:"callee_device_capture_device_name,dict"`
	CaptureDeviceDriver              *string  `parquet:"callee_device_capture_device_driver,dict"`
	CaptureNotFunctioningEventRatio  *float64 `parquet:"callee_device_capture_not_functioning_event_ratio"`
	RenderDeviceName                 *string  `parquet:"callee_device_render_device_name,dict"`
	RenderDeviceDriver               *string  `parquet:"callee_device_render_device_driver,dict"`
	RenderNotFunctioningEventRatio   *float64 `parquet:"callee_device_render_not_functioning_event_ratio"`
	RenderMuteEventRatio             *float64 `parquet:"callee_device_render_mute_event_ratio"`
	RenderZeroVolumeEventRatio       *float64 `parquet:"callee_device_render_zero_volume_event_ratio"`
	CPUInsufficentEventRatio         *float64 `parquet:"callee_device_cpu_insufficent_event_ratio"`
	DeviceClippingEventRatio         *float64 `parquet:"callee_device_device_clipping_event_ratio"`
	DeviceGlitchEventRatio           *float64 `parquet:"callee_device_device_glitch_event_ratio"`
	HowlingEventCount                *int64   `parquet:"callee_device_howling_event_count"`
	InitialSignalLevelRootMeanSquare *float64 `parquet:"callee_device_initial_signal_level_root_mean_square"`
	LowSpeechLevelEventRatio         *float64 `parquet:"callee_device_low_speech_level_event_ratio"`
	LowSpeechToNoiseEventRatio       *float64 `parquet:"callee_device_low_speech_to_noise_event_ratio"`
	MicGlitchRate                    *float64 `parquet:"callee_device_mic_glitch_rate"`
	SpeakerGlitchRate                *float64 `parquet:"callee_device_speaker_glitch_rate"`
	ReceivedSignalLevel              *int64   `parquet:"callee_device_received_signal_level"`
	ReceivedNoiseLevel               *int64   `parquet:"callee_device_received_noise_level"`
	SentSignalLevel                  *int64   `parquet:"callee_device_sent_signal_level"`
	SentNoiseLevel                   *int64   `parquet:"callee_device_sent_noise_level"`
}
