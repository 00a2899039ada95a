package migrate_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow/migrate"
)

// FuzzPlan: a plan is read, and its canonical JSON is the same plan; or it is refused in a sentence.
func FuzzPlan(f *testing.F) {
	f.Add([]byte("states: {draft: draft}\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		if len(source) > 1<<16 {
			return
		}
		plan, err := migrate.Parse(source)
		if err != nil {
			if p := (*migrate.Problem)(nil); !errors.As(err, &p) || p.Text == "" {
				t.Fatalf("%q: %v", source, err)
			}
			return
		}
		text, err := json.Marshal(plan)
		if err != nil || len(plan.States) == 0 {
			t.Fatalf("%q: %+v %v", source, plan, err)
		}
		if again, err := migrate.Parse(text); err != nil || again.Digest() != plan.Digest() {
			t.Fatalf("%q is %s, which is read as %+v, %v", source, text, again, err)
		}
	})
}
