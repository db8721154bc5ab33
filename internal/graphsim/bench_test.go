package graphsim_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"etl/internal/graphsim"
)

func BenchmarkGenerate(b *testing.B) {
	g := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, CallsPerDay: 200, AllHands: -1})
	for b.Loop() {
		size := 0
		for call := range g.Day(noon) {
			for _, v := range call.Versions {
				size += len(v.Record.JSON)
			}
		}
		b.SetBytes(int64(size))
	}
}

// BenchmarkServe fetches the pages of a call of 1,001 sessions; client and
// server share the cores.
func BenchmarkServe(b *testing.B) {
	r := sized(1001, 400)
	for _, encoding := range []string{"identity", "gzip"} {
		b.Run(encoding, func(b *testing.B) {
			tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: frozen})
			tenant.Put(r)
			s, err := graphsim.Start(graphsim.Options{Tenant: tenant})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			client := s.Client()
			defer client.CloseIdleConnections()
			token := s.IssueToken()
			path := s.GraphURL + "/v1.0/communications/callRecords/" + r.ID + "/sessions?$expand=segments"
			var wire int64
			for b.Loop() {
				request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
				if err != nil {
					b.Fatal(err)
				}
				request.Header.Set("Authorization", "Bearer "+token)
				request.Header.Set("Prefer", "include-unknown-enum-members")
				request.Header.Set("Accept-Encoding", encoding)
				response, err := client.Do(request)
				if err != nil {
					b.Fatal(err)
				}
				if wire, err = io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != 200 {
					b.Fatal(fmt.Errorf("status %d, %w", response.StatusCode, err))
				}
				response.Body.Close()
			}
			b.SetBytes(int64(len(r.JSON)) * 60 / 1001)
			b.ReportMetric(float64(wire), "wire-B/op")
		})
	}
}

func BenchmarkParseRecord(b *testing.B) {
	r := sized(1001, 400)
	b.SetBytes(int64(len(r.JSON)))
	for b.Loop() {
		parsed, err := graphsim.ParseRecord(r.JSON)
		if err != nil || parsed.Sessions() != 1001 {
			b.Fatal(err)
		}
	}
}
