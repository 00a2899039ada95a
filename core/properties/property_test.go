package properties_test

import (
	"encoding/json"
	"testing"

	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/properties"
)

func wantFault(t *testing.T, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	if e := fault.As(err); err == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// TestProperty: a property is entered, found, changed and deleted; the other agency sees nothing of it.
func TestProperty(t *testing.T) {
	o := office.New(t)
	s, read, write := o.Properties, o.A.Do("broker", "properties.read"), o.A.Do("broker", "properties.write")
	p, err := s.Create(t.Context(), write, office.Home())
	office.Must(t, err)
	if p.Kind != "apartment" || p.AddressLine != "Via Sparano 1, Bari" || p.Version != 1 {
		t.Errorf("%+v", p)
	}
	got, err := s.Get(t.Context(), read, p.ID)
	if err != nil || got.AddressLine != p.AddressLine || *got.PriceCents != 200_000_00 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		what, patch, code string
		version           int
		kind              fault.Kind
	}{
		{"an older version", `{"price_cents":1}`, "version.stale", 7, fault.Stale},
		{"an unknown field", `{"colour":"red"}`, "input.invalid", 1, fault.Invalid},
		{"a wrong type", `{"price_cents":"dear"}`, "input.invalid", 1, fault.Invalid},
	} {
		_, err := s.Change(t.Context(), write, p.ID, c.version, json.RawMessage(c.patch))
		wantFault(t, c.what, err, c.kind, c.code)
	}
	p, err = s.Change(t.Context(), write, p.ID, 1, json.RawMessage(`{"price_cents":18000000,"appraisals":[{"value_cents":17000000,"appraised_on":"2026-10-01"}]}`))
	office.Must(t, err)
	p, err = s.Change(t.Context(), write, p.ID, 2, json.RawMessage(`{"area_sqm":80}`))
	if err != nil || *p.PriceCents != 180_000_00 || len(p.Appraisals) != 1 || p.Version != 3 {
		t.Errorf("what was not named has changed: %+v, %v", p, err)
	}
	for _, c := range []struct {
		q    string
		want int
	}{{"", 1}, {"Sparano", 1}, {"Napoleone", 0}} {
		list, err := s.List(t.Context(), read, properties.Filter{Query: page.Query{Limit: 10}, Q: c.q})
		if err != nil || len(list.Items) != c.want {
			t.Errorf("%q finds %d, want %d, %v", c.q, len(list.Items), c.want, err)
		}
		if list, err = s.List(t.Context(), o.B.Do("broker", "properties.read"), properties.Filter{Query: page.Query{Limit: 10}, Q: c.q}); err != nil || len(list.Items) != 0 {
			t.Errorf("B finds %d by %q, %v", len(list.Items), c.q, err)
		}
	}
	_, err = s.Get(t.Context(), o.B.Do("broker", "properties.read"), p.ID)
	wantFault(t, "B reads", err, fault.NotFound, "property.not_found")
	_, err = s.Change(t.Context(), o.B.Do("broker", "properties.write"), p.ID, 3, json.RawMessage(`{}`))
	wantFault(t, "B changes", err, fault.NotFound, "property.not_found")
	wantFault(t, "B deletes", s.Delete(t.Context(), o.B.Do("broker", "properties.delete"), p.ID, 3), fault.NotFound, "property.not_found")
	wantFault(t, "an older version", s.Delete(t.Context(), o.A.Do("broker", "properties.delete"), p.ID, 1), fault.Stale, "version.stale")
	office.Must(t, s.Delete(t.Context(), o.A.Do("broker", "properties.delete"), p.ID, 3))
	_, err = s.Get(t.Context(), read, p.ID)
	wantFault(t, "deleted", err, fault.NotFound, "property.not_found")
}

// TestFilesSeeTheNewValue: the file a property secures counts with its lower value in the same transaction, and keeps the property.
func TestFilesSeeTheNewValue(t *testing.T) {
	o := office.New(t)
	app, _, home := o.Peopled(t)
	for _, c := range []struct {
		what, patch string
		ltv         int
	}{
		{"an appraisal below the price", `{"appraisals":[{"value_cents":12500000,"appraised_on":"2026-10-01"}]}`, 8000},
		{"an older one is not the latest", `{"appraisals":[{"value_cents":12500000,"appraised_on":"2026-10-01"},{"value_cents":10000000,"appraised_on":"2026-09-01"}]}`, 8000},
		{"one above the price", `{"appraisals":[{"value_cents":30000000,"appraised_on":"2026-10-02"}]}`, 5000},
	} {
		changed, err := o.Properties.Change(t.Context(), o.A.Do("broker", "properties.write"), home.ID, home.Version, json.RawMessage(c.patch))
		office.Must(t, err)
		home = changed
		now, err := o.Applications.Get(t.Context(), o.A.Do("broker", "applications.read"), app.ID)
		office.Must(t, err)
		if now.LTVBPS == nil || *now.LTVBPS != c.ltv || now.Version <= app.Version {
			t.Errorf("%s: version %d, ratio %v, want %d", c.what, now.Version, now.LTVBPS, c.ltv)
		}
		app = now
	}
	err := o.Properties.Delete(t.Context(), o.A.Do("broker", "properties.delete"), home.ID, home.Version)
	wantFault(t, "a property that serves a file", err, fault.Conflict, "property.in_use")
}
