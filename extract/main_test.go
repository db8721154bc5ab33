package extract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"etl/internal/graphsim"
)

func TestMain(m *testing.M) {
	// The addresses of a proxy must not get between the tests and their servers.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		os.Unsetenv(name)
	}
	goleak.VerifyTestMain(m)
}

// noon is the simulated time of most tests: a Thursday.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func frozen() time.Time { return noon }

// rig is a simulated tenant with a client of it.
type rig struct {
	t      *testing.T
	sim    *graphsim.Server
	tenant *graphsim.Tenant
	signIn *SignIn
	client *Client
	log    *bytes.Buffer
}

// setUp lets a test change the set-up of a rig.
type setUp struct {
	sim    graphsim.Options
	tenant graphsim.TenantOptions
	client Config
	signIn SignInConfig
}

func newRig(t *testing.T, change ...func(*setUp)) *rig {
	t.Helper()
	s := setUp{
		tenant: graphsim.TenantOptions{Now: frozen},
		client: Config{Now: frozen, Patience: 100 * time.Millisecond},
		signIn: SignInConfig{Patience: 5 * time.Second},
	}
	for _, c := range change {
		c(&s)
	}
	r := &rig{t: t, tenant: graphsim.NewTenant(s.tenant), log: new(bytes.Buffer)}
	s.sim.Tenant = r.tenant
	var err error
	if r.sim, err = graphsim.Start(s.sim); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.sim.Close(); err != nil {
			t.Error(err)
		}
	})
	s.signIn.AuthorityURL, s.signIn.GraphURL = r.sim.AuthorityURL, r.sim.GraphURL
	s.signIn.Network.RootCAs = r.sim.CertPool()
	set(&s.signIn.TenantID, r.sim.TenantID)
	set(&s.signIn.ClientID, r.sim.ClientID)
	if s.signIn.CertificatePath == "" && s.signIn.FederatedTokenFile == "" {
		set(&s.signIn.ClientSecret, r.sim.ClientSecret)
	}
	if r.signIn, err = NewSignIn(s.signIn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.signIn.Close)
	s.client.GraphURL, s.client.Network.RootCAs = r.sim.GraphURL, r.sim.CertPool()
	s.client.Tokens = r.signIn
	s.client.Logger = slog.New(slog.NewJSONHandler(r.log, nil))
	if r.client, err = NewClient(s.client); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.client.Close)
	return r
}

func set(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// call puts a call of the given size into the tenant.
func (r *rig) call(sessions, participants int) graphsim.Record {
	record := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, AllHands: -1}).
		Sized(noon.AddDate(0, 0, -2), 10_000*sessions+participants, sessions, participants).Final()
	r.tenant.Put(record)
	return record
}

// fetch fetches a call within a time that no test should need.
func (r *rig) fetch(ref Ref) (*Call, error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	return r.client.Fetch(ctx, ref)
}

// mustFetch fetches a call and checks it against the truth.
func (r *rig) mustFetch(record graphsim.Record) *Call {
	r.t.Helper()
	call, err := r.fetch(Ref{ID: record.ID})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(call.Release)
	r.same(call, record)
	return call
}

// same checks that a call is the given record: equal members, and the items of
// sessions and participants_v2 byte for byte.
func (r *rig) same(call *Call, record graphsim.Record) {
	r.t.Helper()
	if call.Version != record.Version || !call.Start.Equal(record.Start) || !call.End.Equal(record.End) {
		r.t.Errorf("got version %d from %s to %s, want %d from %s to %s", call.Version, call.Start, call.End, record.Version, record.Start, record.End)
	}
	got, want := members(r.t, call.Record), members(r.t, record.JSON)
	for name := range got {
		if strings.Contains(name, "@odata.nextLink") {
			r.t.Errorf("the record has the member %s", name)
		}
		if strings.Contains(name, "@odata.context") {
			delete(got, name)
		}
	}
	if !reflect.DeepEqual(got, want) {
		r.t.Errorf("the record has the members %v, or others than the truth in them; want %v", keys(got), keys(want))
	}
}

func members(t testing.TB, text []byte) map[string]string {
	t.Helper()
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("the record is not valid JSON: %v", err)
	}
	members := map[string]string{}
	for name, value := range object {
		members[name] = string(value)
	}
	return members
}

func keys(m map[string]string) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// wantFailure checks that an error is a Failure for the given reason.
func wantFailure(t testing.TB, err error, reason Reason) *Failure {
	t.Helper()
	var fail *Failure
	if !errors.As(err, &fail) {
		t.Fatalf("got error %v, want a Failure", err)
	}
	if fail.Reason != reason {
		t.Fatalf("got reason %s (%v), want %s", fail.Reason, err, reason)
	}
	return fail
}
