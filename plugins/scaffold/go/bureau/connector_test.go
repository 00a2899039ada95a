package bureau

import (
	"errors"
	"testing"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

func TestDearerThanAllowedIsNotBought(t *testing.T) {
	_, err := bureau{}.RequestReport(t.Context(), sdk.Call{}, sdk.ReportOrder{CostMaxCents: priceCents - 1}) // no way out: it would fail otherwise
	var failed sdk.Error
	if !errors.As(err, &failed) || failed.Code != "bureau.too_dear" || failed.SideEffect != sdk.None {
		t.Errorf("%v", err)
	}
}

func TestReport(t *testing.T) {
	got := bought{ID: "R-1", State: "ready", PriceCents: priceCents}
	got.Report.Exposures = []exposure{{Kind: "card", WorstDelayMonths: 2}, {Kind: "boat"}}
	out, err := report(got, nil)
	if err != nil || out.Facilities[0].Kind != "credit_card" || out.Facilities[0].Status != "late" || out.Facilities[1].Kind != "other" {
		t.Errorf("%+v %v", out, err)
	}
	var pending sdk.Pending
	if _, err := report(bought{ID: "R-1", State: "pending"}, nil); !errors.As(err, &pending) || pending.Ref != "R-1" {
		t.Errorf("%v", err)
	}
}
