package schemas

// Network is the network of one end of a media (callRecords.networkInfo).
// CallerNetwork and CalleeNetwork are the same fields as columns, and convert
// to and from it.
type Network struct {
	IPAddress                  *string         `graph:"ipAddress" doc:"IP address of the endpoint"`
	Port                       *int64          `graph:"port" doc:"network port of the endpoint"`
	Subnet                     *string         `graph:"subnet" doc:"subnet of the endpoint"`
	ReflexiveIPAddress         *string         `graph:"reflexiveIPAddress" doc:"public IP address as the media relay saw it"`
	RelayIPAddress             *string         `graph:"relayIPAddress" doc:"IP address of the media relay"`
	RelayPort                  *int64          `graph:"relayPort" doc:"port at the media relay"`
	MacAddress                 *string         `graph:"macAddress" doc:"MAC address of the adapter"`
	DNSSuffix                  *string         `graph:"dnsSuffix" doc:"DNS suffix of the adapter"`
	ConnectionType             *string         `graph:"connectionType" doc:"kind of link: wired, wifi, mobile, tunnel, …"`
	NetworkTransportProtocol   *string         `graph:"networkTransportProtocol" doc:"transport of the media: udp, tcp, …"`
	LinkSpeed                  *int64          `graph:"linkSpeed" unit:"bit/s" doc:"speed of the adapter; 4294967295 and 0 stand for unknown"`
	BandwidthLowEventRatio     *float64        `graph:"bandwidthLowEventRatio" unit:"0..1" doc:"share of the call with too little bandwidth"`
	DelayEventRatio            *float64        `graph:"delayEventRatio" unit:"0..1" doc:"share of the call with delay that hindered talking"`
	ReceivedQualityEventRatio  *float64        `graph:"receivedQualityEventRatio" unit:"0..1" doc:"share of the call with poor quality received"`
	SentQualityEventRatio      *float64        `graph:"sentQualityEventRatio" unit:"0..1" doc:"share of the call with poor quality sent"`
	BasicServiceSetIdentifier  *string         `graph:"basicServiceSetIdentifier" doc:"BSSID of the Wi-Fi access point"`
	WifiBand                   *string         `graph:"wifiBand" doc:"Wi-Fi band: frequency24GHz, frequency50GHz, frequency60GHz, …"`
	WifiBatteryCharge          *int64          `graph:"wifiBatteryCharge" unit:"%" doc:"battery left"`
	WifiChannel                *int64          `graph:"wifiChannel" doc:"Wi-Fi channel"`
	WifiRadioType              *string         `graph:"wifiRadioType" doc:"Wi-Fi standard: wifi80211n, wifi80211ac, wifi80211ax, …"`
	WifiSignalStrength         *int64          `graph:"wifiSignalStrength" unit:"%" doc:"Wi-Fi signal strength"`
	WifiMicrosoftDriver        *string         `graph:"wifiMicrosoftDriver" doc:"name of the Microsoft Wi-Fi driver"`
	WifiMicrosoftDriverVersion *string         `graph:"wifiMicrosoftDriverVersion" doc:"version of the Microsoft Wi-Fi driver"`
	WifiVendorDriver           *string         `graph:"wifiVendorDriver" doc:"name of the vendor's Wi-Fi driver"`
	WifiVendorDriverVersion    *string         `graph:"wifiVendorDriverVersion" doc:"version of the vendor's Wi-Fi driver"`
	TraceRouteHops             []TraceRouteHop `graph:"traceRouteHops" doc:"hops of a trace route to the other end"`
}

// CallerNetwork is the network of the caller.
type CallerNetwork struct {
	IPAddress                  *string         `parquet:"caller_network_ip_address,dict"`
	Port                       *int64          `parquet:"caller_network_port"`
	Subnet                     *string         `parquet:"caller_network_subnet,dict"`
	ReflexiveIPAddress         *string         `parquet:"caller_network_reflexive_ip_address,dict"`
	RelayIPAddress             *string         `parquet:"caller_network_relay_ip_address,dict"`
	RelayPort                  *int64          `parquet:"caller_network_relay_port"`
	MacAddress                 *string         `parquet:"caller_network_mac_address,dict"`
	DNSSuffix                  *string         `parquet:"caller_network_dns_suffix,dict"`
	ConnectionType             *string         `parquet:"caller_network_connection_type,dict"`
	NetworkTransportProtocol   *string         `parquet:"caller_network_network_transport_protocol,dict"`
	LinkSpeed                  *int64          `parquet:"caller_network_link_speed"`
	BandwidthLowEventRatio     *float64        `parquet:"caller_network_bandwidth_low_event_ratio"`
	DelayEventRatio            *float64        `parquet:"caller_network_delay_event_ratio"`
	ReceivedQualityEventRatio  *float64        `parquet:"caller_network_received_quality_event_ratio"`
	SentQualityEventRatio      *float64        `parquet:"caller_network_sent_quality_event_ratio"`
	BasicServiceSetIdentifier  *string         `parquet:"caller_network_basic_service_set_identifier,dict"`
	WifiBand                   *string         `parquet:"caller_network_wifi_band,dict"`
	WifiBatteryCharge          *int64          `parquet:"caller_network_wifi_battery_charge"`
	WifiChannel                *int64          `parquet:"caller_network_wifi_channel"`
	WifiRadioType              *string         `parquet:"caller_network_wifi_radio_type,dict"`
	WifiSignalStrength         *int64          `parquet:"caller_network_wifi_signal_strength"`
	WifiMicrosoftDriver        *string         `parquet:"caller_network_wifi_microsoft_driver,dict"`
	WifiMicrosoftDriverVersion *string         `parquet:"caller_network_wifi_microsoft_driver_version,dict"`
	WifiVendorDriver           *string         `parquet:"caller_network_wifi_vendor_driver,dict"`
	WifiVendorDriverVersion    *string         `parquet:"caller_network_wifi_vendor_driver_version,dict"`
	TraceRouteHops             []TraceRouteHop `parquet:"caller_network_trace_route_hops,list,optional"`
}

// CalleeNetwork is the network of the callee.
type CalleeNetwork struct {
	IPAddress                  *string         `parquet:"callee_network_ip_address,dict"`
	Port                       *int64          `parquet:"callee_network_port"`
	Subnet                     *string         `parquet:"callee_network_subnet,dict"`
	ReflexiveIPAddress         *string         `parquet:"callee_network_reflexive_ip_address,dict"`
	RelayIPAddress             *string         `parquet:"callee_network_relay_ip_address,dict"`
	RelayPort                  *int64          `parquet:"callee_network_relay_port"`
	MacAddress                 *string         `parquet:"callee_network_mac_address,dict"`
	DNSSuffix                  *string         `parquet:"callee_network_dns_suffix,dict"`
	ConnectionType             *string         `parquet:"callee_network_connection_type,dict"`
	NetworkTransportProtocol   *string         `parquet:"callee_network_network_transport_protocol,dict"`
	LinkSpeed                  *int64          `parquet:"callee_network_link_speed"`
	BandwidthLowEventRatio     *float64        `parquet:"callee_network_bandwidth_low_event_ratio"`
	DelayEventRatio            *float64        `parquet:"callee_network_delay_event_ratio"`
	ReceivedQualityEventRatio  *float64        `parquet:"callee_network_received_quality_event_ratio"`
	SentQualityEventRatio      *float64        `parquet:"callee_network_sent_quality_event_ratio"`
	BasicServiceSetIdentifier  *string         `parquet:"callee_network_basic_service_set_identifier,dict"`
	WifiBand                   *string         `parquet:"callee_network_wifi_band,dict"`
	WifiBatteryCharge          *int64          `parquet:"callee_network_wifi_battery_charge"`
	WifiChannel                *int64          `parquet:"callee_network_wifi_channel"`
	WifiRadioType              *string         `parquet:"callee_network_wifi_radio_type,dict"`
	WifiSignalStrength         *int64          `parquet:"callee_network_wifi_signal_strength"`
	WifiMicrosoftDriver        *string         `parquet:"callee_network_wifi_microsoft_driver,dict"`
	WifiMicrosoftDriverVersion *string         `parquet:"callee_network_wifi_microsoft_driver_version,dict"`
	WifiVendorDriver           *string         `parquet:"callee_network_wifi_vendor_driver,dict"`
	WifiVendorDriverVersion    *string         `parquet:"callee_network_wifi_vendor_driver_version,dict"`
	TraceRouteHops             []TraceRouteHop `parquet:"callee_network_trace_route_hops,list,optional"`
}

// TraceRouteHop is an element of trace_route_hops (callRecords.traceRouteHop).
type TraceRouteHop struct {
	HopCount        *int64   `parquet:"hop_count" graph:"hopCount" doc:"number of the hop"`
	IPAddress       *string  `parquet:"ip_address,plain" graph:"ipAddress" doc:"IP address of the hop"`
	RoundTripTimeMs *float64 `parquet:"round_trip_time_ms" graph:"roundTripTime" unit:"ms" doc:"round trip time to the hop"`
}
