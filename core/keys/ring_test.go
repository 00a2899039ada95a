package keys_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRing: keys are made once, held for a while, belong to one agency, and follow a new root key.
func TestRing(t *testing.T) {
	w := coretest.New(t)
	ctx, here := t.Context(), crypto.Place{Table: "x", Row: "1", Column: "y"}
	read := func(a *coretest.Agency) tenancy.Scope { return a.Do("broker", "subjects.read") }
	a, err := w.DB.Keys(ctx, read(w.A))
	must(t, err)
	b, err := w.DB.Keys(ctx, read(w.B))
	must(t, err)
	sealed, err := a.Seal(here, []byte("x"))
	must(t, err)
	if _, err := b.Open(here, sealed); !errors.Is(err, crypto.ErrSealed) {
		t.Errorf("B opens it: %v", err)
	}
	rows := func() string {
		n, err := w.Raw(t, "", `select string_agg(number::text, ' ') from tenant_keys where tenant_id = $1`, w.A.ID)
		must(t, err)
		return n
	}
	if rows() != "1" {
		t.Errorf("A's keys: %s", rows())
	}
	if _, held := w.Keys.Held(w.A.ID, 1); !held {
		t.Error("they are not held")
	}
	if _, held := w.Keys.Held(w.A.ID, 2); held {
		t.Error("they are held for a version they are not of")
	}
	w.Clock.Advance(10 * time.Minute)
	if _, held := w.Keys.Held(w.A.ID, 1); held {
		t.Error("they are held for more than ten minutes")
	}
	same, err := w.DB.Keys(ctx, read(w.A))
	must(t, err)
	if plain, err := same.Open(here, sealed); err != nil || string(plain) != "x" || rows() != "1" {
		t.Errorf("%q %v", plain, err)
	}

	// A new root key: with the old one beside it everything opens; wrapped anew, without.
	fresh, err := crypto.OpenRoot(filepath.Join(t.TempDir(), "fresh.key"), true)
	must(t, err)
	opens := func(root *crypto.Root) error {
		keys.Open(w.DB, root, w.Clock.Now)
		k, err := w.DB.Keys(ctx, read(w.A))
		if err == nil {
			_, err = k.Open(here, sealed)
		}
		return err
	}
	if err := opens(fresh); fault.As(err).Code != "keys.unavailable" {
		t.Errorf("by another root key: %v", err)
	}
	must(t, opens(fresh.After(w.Root)))
	if _, err := keys.Rewrap(ctx, w.Operator, fresh); fault.As(err).Code != "keys.unavailable" {
		t.Errorf("wrapped anew without the old root key: %v", err)
	}
	if n, err := keys.Rewrap(ctx, w.Operator, fresh.After(w.Root)); err != nil || n != 2 {
		t.Errorf("%d %v", n, err)
	}
	must(t, opens(fresh))
	if err := opens(w.Root); fault.As(err).Code != "keys.unavailable" {
		t.Errorf("by the old root key: %v", err)
	}
}
