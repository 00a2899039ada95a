package catalogue_test

import (
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

type desk struct {
	*testing.T
	catalogue.Keeper
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d desk) refused(err error, code string) {
	d.Helper()
	if fault.As(err).Code != code {
		d.Errorf("%v, want %s", err, code)
	}
}

func (d desk) add(version string, egress ...string) error {
	return d.Add(d.Context(), "op", catalogue.Release{Connector: "acme", Version: version, Publisher: "acme", Title: "Acme", Archive: strings.Repeat("a", 60) + version[:1] + version[2:3],
		Programs: map[string]string{"any": version}, Permissions: connectors.Permissions{Capabilities: []string{"bank_portal"}, Egress: egress}})
}

func (d desk) approve(version string) {
	d.Helper()
	all, err := d.All(d.Context())
	must(d, err)
	review, err := all.Review("acme", version)
	must(d, err)
	must(d, d.Approve(d.Context(), "op", "acme", version, review.Digest))
}

// runs are the versions that may run, the one in force first.
func (d desk) runs() string {
	d.Helper()
	all, err := d.All(d.Context())
	must(d, err)
	out := []string{}
	for _, r := range all.Rollouts {
		for _, release := range r.Releases {
			out = append(out, release.Version)
		}
		if r.Canary != "" {
			out = append(out, "canary "+r.Canary)
		}
	}
	return strings.Join(out, " ")
}

func (d desk) want(runs string) {
	d.Helper()
	if got := d.runs(); got != runs {
		d.Errorf("%q runs, want %q", got, runs)
	}
}

// A version's way from a package to the end, and what is refused on it.
func TestCatalogue(t *testing.T) {
	w := coretest.New(t)
	ctx := t.Context()
	d := desk{t, catalogue.Keeper{Operator: w.Operator}}
	const key = "ed25519:acme"
	must(t, d.Trust(ctx, "op", "acme", key))
	must(t, d.Trust(ctx, "op", "acme", key))
	must(t, d.Trust(ctx, "op", "other", "ed25519:other"))
	d.refused(d.Trust(ctx, "op", "acme", "ed25519:new"), "publisher.exists")
	all, err := d.All(ctx)
	must(t, err)
	if p, err := all.ByKey(key); err != nil || p.Name != "acme" {
		t.Errorf("%+v %v", p, err)
	}
	_, err = all.ByKey("ed25519:nobody")
	d.refused(err, "publisher.unknown")

	must(t, d.add("1.0.0", "a.example"))
	must(t, d.add("1.0.0", "a.example"))
	d.refused(d.Add(ctx, "op", catalogue.Release{Connector: "acme", Version: "1.0.0", Publisher: "acme", Archive: "changed"}), "release.exists")
	d.refused(d.Add(ctx, "op", catalogue.Release{Connector: "acme", Version: "1.0.1", Publisher: "other", Archive: "taken over"}), "release.other_publisher")
	d.refused(d.Upgrade(ctx, "op", "acme", "1.0.0", 0, nil), "release.not_approved")
	d.refused(d.Approve(ctx, "op", "acme", "1.0.0", "what was not looked at"), "release.difference")
	d.want("")
	d.approve("1.0.0")
	d.want("1.0.0")

	must(t, d.add("1.1.0", "a.example", "b.example"))
	all, err = d.All(ctx)
	must(t, err)
	review, err := all.Review("acme", "1.1.0")
	must(t, err)
	if len(review.Difference) != 1 || review.Difference[0].String() != "+ egress b.example" || review.Against != "1.0.0" {
		t.Errorf("%+v", review)
	}
	d.approve("1.1.0")
	d.want("1.0.0") // to approve is not to upgrade
	must(t, d.Upgrade(ctx, "op", "acme", "1.1.0", 10, []ident.AgencyID{w.A.ID}))
	d.want("1.0.0 canary 1.1.0")
	must(t, d.RolledBack(ctx, "worker-1", "acme", "1.1.0", "3 of 3"))
	d.want("1.0.0")
	must(t, d.Upgrade(ctx, "op", "acme", "1.1.0", 0, nil))
	d.want("1.1.0 1.0.0")
	must(t, d.Dedicate(ctx, "op", "acme", w.A.ID, true))
	must(t, d.Dedicate(ctx, "op", "acme", w.A.ID, true))
	all, err = d.All(ctx)
	must(t, err)
	if own := all.Rollouts[0].Dedicated; len(own) != 1 || own[0] != w.A.ID {
		t.Errorf("%v", own)
	}
	must(t, d.Revoke(ctx, "op", "acme", "1.1.0", "leaks"))
	d.want("1.0.0")
	d.refused(d.Upgrade(ctx, "op", "acme", "1.1.0", 0, nil), "release.revoked")
	must(t, d.RevokePublisher(ctx, "op", "acme", "key stolen"))
	d.want("")
	d.refused(d.RevokePublisher(ctx, "op", "acme", "again"), "publisher.not_found")

	trail, err := d.Trail(ctx, "acme", 100)
	must(t, err)
	did := []string{}
	for _, e := range trail {
		did = append([]string{e.Action}, did...)
	}
	if got := strings.Join(did, " "); got != "release.added release.approved release.in_force release.added release.approved canary.begun canary.rolled_back release.in_force process.dedicated process.dedicated release.revoked" {
		t.Error(got)
	}
	for _, role := range []string{"pratica_app", "pratica_directory", "pratica_network"} {
		if _, err := w.Raw(t, role, `select count(*)::text from releases`); err == nil {
			t.Errorf("%s reads the catalogue", role)
		}
	}
	if _, err := w.Raw(t, "pratica_operator", `delete from connector_trail returning '1'`); err == nil {
		t.Error("the trail can be shortened")
	}
	t.Run("workers that are gone are forgotten", func(t *testing.T) { forgotten(t, w, d.Keeper) })
}

func forgotten(t *testing.T, w *coretest.World, k catalogue.Keeper) {
	must(t, k.Report(t.Context(), "one", []string{"a"}))
	must(t, k.Report(t.Context(), "two", []string{"b"}))
	must(t, k.Report(t.Context(), "one", []string{"c"}))
	w.Exec(t, `update connector_hosts set seen_at = now() - interval '2 minutes' where worker = 'two'`)
	hosts, err := k.Hosts(t.Context())
	must(t, err)
	if len(hosts) != 1 || string(hosts[0].State) != `["c"]` {
		t.Errorf("%+v", hosts)
	}
	must(t, k.Leave(t.Context(), "one"))
	if hosts, _ = k.Hosts(t.Context()); len(hosts) != 0 {
		t.Errorf("%+v", hosts)
	}
}
