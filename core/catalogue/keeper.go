package catalogue

import (
	"context"
	"fmt"
	"regexp"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Keeper changes and reads the catalogue. who, everywhere, is the person at the operator's command line, for the trail.
type Keeper struct{ Operator *tenancy.Operator }

// All is the whole catalogue as it stands.
type All struct {
	Publishers []Publisher `json:"publishers"`
	Releases   []Release   `json:"releases"` // by connector, the newest first
	Rollouts   []Rollout   `json:"rollouts"`
}

// All reads the catalogue.
func (k Keeper) All(ctx context.Context) (all All, err error) {
	err = k.Operator.Load(ctx, loadPublishers(&all.Publishers), loadReleases(&all.Releases), loadRollouts(&all.Rollouts, ""))
	resolve(all.Rollouts, all.Releases)
	return all, err
}

// change reads the catalogue, in a transaction that no other one changes it beside, and lets do change it.
func (k Keeper) change(ctx context.Context, do func(*tenancy.Tx, All) error) error {
	return k.Operator.Write(ctx, func(tx *tenancy.Tx) error {
		var all All
		tx.Exec(`select pg_advisory_xact_lock(hashtextextended('catalogue', 0))`)
		if err := tx.Load(loadPublishers(&all.Publishers), loadReleases(&all.Releases), loadRollouts(&all.Rollouts, "")); err != nil {
			return err
		}
		resolve(all.Rollouts, all.Releases)
		return do(tx, all)
	})
}

// publishers are the names the table takes.
var publishers = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// Trust takes packages signed by a key from now on, under a name of the operator's choice.
func (k Keeper) Trust(ctx context.Context, who, name, key string) error {
	if !publishers.MatchString(name) || name == connectors.BuiltIn {
		return fault.New(fault.Invalid, "publisher.name", fmt.Sprintf("%q is no name for a publisher: take lower-case letters, digits and \"-\", beginning with a letter, and not %s.", name, connectors.BuiltIn))
	}
	return k.change(ctx, func(tx *tenancy.Tx, all All) error {
		for _, p := range all.Publishers {
			switch {
			case p.Name == name && p.Key == key && p.RevokedAt == nil:
				return nil
			case p.Name == name || p.Key == key:
				return fault.New(fault.Conflict, "publisher.exists", fmt.Sprintf("The name or the key belongs to the publisher %q already, which has the key %s. Take another name for another key; one that was revoked stays so.", p.Name, p.Key))
			}
		}
		tx.Exec(`insert into publishers (name, public_key, trusted_at, trusted_by) values ($1, $2, $3, $4)`, name, key, tx.Now(), who)
		note(tx, who, "publisher.trusted", "", "", name)
		return nil
	})
}

// ByKey is the trusted publisher with a key.
func (a All) ByKey(key string) (Publisher, error) {
	for _, p := range a.Publishers {
		if p.Key == key && p.RevokedAt == nil {
			return p, nil
		}
		if p.Key == key {
			return p, fault.New(fault.Refused, "publisher.revoked", fmt.Sprintf("The publisher %q was revoked: nothing of it is taken any more.", p.Name))
		}
	}
	return Publisher{}, fault.New(fault.Refused, "publisher.unknown", "Nobody trusts the key "+key+". If it is whom you expect, say so: pratica plugin trust NAME "+key)
}

// Add takes a version in. It does not run before it is approved. Added again, the same, it changes nothing.
func (k Keeper) Add(ctx context.Context, who string, r Release) error {
	return k.change(ctx, func(tx *tenancy.Tx, all All) error {
		for _, other := range all.Releases {
			if other.Connector != r.Connector {
				continue
			}
			if other.Publisher != r.Publisher && other.Revoked == "" {
				return fault.New(fault.Refused, "release.other_publisher", fmt.Sprintf("%s is the connector of the publisher %q; one of the same name by %q could take its connections over.", r.Connector, other.Publisher, r.Publisher))
			}
			if other.Version == r.Version && other.Archive == r.Archive {
				return nil
			}
			if other.Version == r.Version {
				return fault.New(fault.Conflict, "release.exists", fmt.Sprintf("%s is in the catalogue with other content. A version never changes: its author has to publish the change under a new one.", r.Name()))
			}
		}
		tx.Exec(`insert into releases (connector, version, publisher, title, archive_sha256, permissions, programs, added_at, added_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			r.Connector, r.Version, r.Publisher, r.Title, r.Archive, encoded(r.Permissions), encoded(r.Programs), tx.Now(), who)
		note(tx, who, "release.added", r.Connector, r.Version, r.Archive)
		return nil
	})
}

// Review compares a version with the one in force.
func (a All) Review(connector, version string) (Review, error) {
	r, err := a.release(connector, version)
	if err != nil {
		return Review{}, err
	}
	out := Review{Release: r}
	var was connectors.Permissions
	if in, ok := a.InForce(connector); ok {
		out.Against, was = in.Version, in.Permissions
	}
	out.Difference = connectors.Difference(was, r.Permissions)
	out.Digest = connectors.DifferenceDigest(out.Difference)
	return out, nil
}

func (a All) release(connector, version string) (Release, error) {
	r, known := find(a.Releases, connector, version)
	if !known {
		return r, fault.New(fault.NotFound, "release.not_found", fmt.Sprintf("There is no %s@%s in the catalogue. Take its package in: pratica plugin add FILE", connector, version))
	}
	return r, nil
}

// InForce is the version of a connector that runs.
func (a All) InForce(connector string) (Release, bool) {
	for _, r := range a.Rollouts {
		if r.Connector == connector && len(r.Releases) > 0 {
			return r.Releases[0], true
		}
	}
	return Release{}, false
}

// Approve lets a version run; the first of a connector comes into force with it. digest is the Review's that was looked at.
func (k Keeper) Approve(ctx context.Context, who, connector, version, digest string) error {
	return k.change(ctx, func(tx *tenancy.Tx, all All) error {
		review, err := all.Review(connector, version)
		switch {
		case err != nil:
			return err
		case review.Release.RevokedAt != nil:
			return fault.New(fault.Refused, "release.revoked", fmt.Sprintf("%s was revoked (%s) and stays so. Approve another version.", review.Release.Name(), review.Release.Revoked))
		case review.Digest != digest:
			return fault.New(fault.Stale, "release.difference", "The difference of permissions is another one by now than what was looked at. Look again: pratica plugin approve "+review.Release.Name())
		case review.Release.ApprovedAt != nil:
			return nil
		}
		tx.Exec(`update releases set approved_at = $3, approved_by = $4, difference = $5 where connector = $1 and version = $2`, connector, version, tx.Now(), who, encoded(review.Difference))
		note(tx, who, "release.approved", connector, version, digest)
		if _, runs := all.InForce(connector); !runs {
			bringIn(tx, who, connector, version)
		}
		return nil
	})
}

// bringIn puts a version in force everywhere.
func bringIn(tx *tenancy.Tx, who, connector, version string) {
	tx.Exec(`update releases set in_force_at = $3 where connector = $1 and version = $2`, connector, version, tx.Now())
	tx.Exec(`insert into rollouts (connector, version, updated_at) values ($1, $2, $3)
		on conflict (connector) do update set version = excluded.version, canary_version = null, canary_share = 0, canary_agencies = '{}', updated_at = excluded.updated_at`, connector, version, tx.Now())
	note(tx, who, "release.in_force", connector, version, "")
}

// Upgrade puts an approved version, newer or older, in force: for all agencies, or, as a canary, for a share of them in percent and for those
// that are named.
func (k Keeper) Upgrade(ctx context.Context, who, connector, version string, share int, first []ident.AgencyID) error {
	return k.change(ctx, func(tx *tenancy.Tx, all All) error {
		r, err := all.release(connector, version)
		switch {
		case err != nil:
			return err
		case r.RevokedAt != nil:
			return fault.New(fault.Refused, "release.revoked", fmt.Sprintf("%s was revoked (%s).", r.Name(), r.Revoked))
		case r.ApprovedAt == nil:
			return fault.New(fault.Refused, "release.not_approved", fmt.Sprintf("%s is not approved. Look at what it asks for: pratica plugin approve %s", r.Name(), r.Name()))
		}
		in, runs := all.InForce(connector)
		if share == 0 && len(first) == 0 || !runs {
			bringIn(tx, who, connector, version)
			return nil
		}
		if in.Version == version {
			return fault.New(fault.Conflict, "release.in_force", fmt.Sprintf("%s is in force: all agencies have it.", r.Name()))
		}
		tx.Exec(`update rollouts set canary_version = $2, canary_share = $3, canary_agencies = $4, updated_at = $5 where connector = $1`, connector, version, share, agencies(first), tx.Now())
		note(tx, who, "canary.begun", connector, version, fmt.Sprintf("%d %% of agencies and %d by name", share, len(first)))
		return nil
	})
}

// Dedicate gives an agency a process of its own of a connector, or takes it away.
func (k Keeper) Dedicate(ctx context.Context, who, connector string, agency ident.AgencyID, own bool) error {
	return k.change(ctx, func(tx *tenancy.Tx, all All) error {
		if _, runs := all.InForce(connector); !runs {
			return fault.New(fault.NotFound, "release.not_found", fmt.Sprintf("No version of %s is in force.", connector))
		}
		tx.Exec(`update rollouts set dedicated = case when $3 then array_append(array_remove(dedicated, $2), $2) else array_remove(dedicated, $2) end, updated_at = $4 where connector = $1`, connector, agency, own, tx.Now())
		action := "process.dedicated"
		if !own {
			action = "process.shared"
		}
		note(tx, who, action, connector, "", agency.String())
		return nil
	})
}

// Revoke ends a version everywhere, for ever. The last good version takes its place, or calls wait.
func (k Keeper) Revoke(ctx context.Context, who, connector, version, reason string) error {
	return k.change(ctx, func(tx *tenancy.Tx, all All) error {
		if _, err := all.release(connector, version); err != nil {
			return err
		}
		tx.Exec(`update releases set revoked_at = $3, revoked_reason = $4 where connector = $1 and version = $2 and revoked_at is null`, connector, version, tx.Now(), reason)
		note(tx, who, "release.revoked", connector, version, reason)
		return nil
	})
}

// RevokePublisher ends everything of a publisher everywhere, for ever.
func (k Keeper) RevokePublisher(ctx context.Context, who, name, reason string) error {
	return k.change(ctx, func(tx *tenancy.Tx, _ All) error {
		tx.ExecOne(fault.New(fault.NotFound, "publisher.not_found", fmt.Sprintf("There is no trusted publisher %q. `pratica plugin list` shows them.", name)),
			`update publishers set revoked_at = $2, revoked_reason = $3 where name = $1 and revoked_at is null`, name, tx.Now(), reason)
		note(tx, who, "publisher.revoked", "", "", name+": "+reason)
		return nil
	})
}
