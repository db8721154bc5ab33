package model

import "testing"

func TestSnake(t *testing.T) {
	for property, want := range map[string]string{
		"startDateTime":            "start_date_time",
		"reflexiveIPAddress":       "reflexive_ip_address",
		"azureADAppId":             "azure_ad_app_id",
		"cpuInsufficentEventRatio": "cpu_insufficent_event_ratio",
		"joinWebUrl":               "join_web_url",
		"id":                       "id",
	} {
		if got := snake(property); got != want {
			t.Errorf("%s: got %s, want %s", property, got, want)
		}
	}
}
