package applications_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestIncomeIsMasked: whoever may not read incomes sees none in a file, wherever it is met, and everything goes on being computed from it.
func TestIncomeIsMasked(t *testing.T) {
	o := office.New(t)
	app, _, _ := o.Peopled(t)
	ctx, read, write := t.Context(), o.A.Do("broker", "applications.read"), o.A.Do("broker", "applications.write")
	before, err := o.Applications.Ratios(ctx, read, app.ID)
	office.Must(t, err)
	if *app.Parties[0].NetMonthlyCents != 3_000_00 || len(app.Masked) > 0 || *before.DTI.IncomeCents != 3_000_00 || *before.DTI.ResultBPS == 0 || len(before.DTI.Masked) > 0 {
		t.Fatalf("%+v %+v", app.Parties, before.DTI)
	}
	o.Exec(t, `insert into policy_rules (tenant_id, id, role, action, effect) values ($1, gen_random_uuid(), 'broker', 'subjects.read_income', 'deny')`, o.A.ID)
	o.Exec(t, `update agencies set policy_version = policy_version + 1 where id = $1`, o.A.ID)

	got, err := o.Applications.Get(ctx, read, app.ID)
	office.Must(t, err)
	title := "Another title"
	changed, err := o.Applications.Change(ctx, write.Once("change", nil), app.ID, got.Version, applications.Patch{Title: &title})
	office.Must(t, err)
	_, err = o.Applications.Change(ctx, write.Once("change", nil), app.ID, got.Version, applications.Patch{Title: &title})
	replay, again := err.(*tenancy.Replay) //nolint:errorlint // the door returns it bare
	if !again {
		t.Fatal(err)
	}
	var repeated applications.Application
	office.Must(t, json.Unmarshal(replay.Answer, &repeated))
	for where, a := range map[string]applications.Application{"file": got, "answer": changed, "repeated answer": repeated} {
		if a.Parties[0].NetMonthlyCents != nil || !slices.Equal(a.Masked, []string{"net_monthly_cents"}) || a.DTIBPS == nil {
			t.Errorf("%s: %+v %v", where, a.Parties, a.Masked)
		}
	}
	after, err := o.Applications.Ratios(ctx, read, app.ID)
	office.Must(t, err)
	if d := after.DTI; d.IncomeCents != nil || d.LiabilitiesCents != nil || d.Parties[0].NetMonthlyCents != nil || d.Parties[0].LiabilitiesCents != nil || len(d.Masked) != 3 || *d.ResultBPS != *before.DTI.ResultBPS {
		t.Errorf("%+v", d)
	}
	if whole, err := o.Applications.Get(ctx, o.A.Do("back_office", "applications.read"), app.ID); err != nil || *whole.Parties[0].NetMonthlyCents != 3_000_00 {
		t.Errorf("others see it still: %v %+v", err, whole.Parties)
	}
}
