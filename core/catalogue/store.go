package catalogue

import (
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

func loadPublishers(dst *[]Publisher) tenancy.Load {
	return tenancy.Scan(`select name, public_key, trusted_at, revoked_at from publishers order by name`, nil, func(rows pgx.Rows) error {
		var p Publisher
		err := rows.Scan(&p.Name, &p.Key, &p.TrustedAt, &p.RevokedAt)
		*dst = append(*dst, p)
		return err
	}).From(func() { *dst = []Publisher{} })
}

// loadReleases reads all versions, the newest of a connector first. What a revoked publisher made is revoked.
func loadReleases(dst *[]Release) tenancy.Load {
	return tenancy.Scan(`select r.connector, r.version, r.publisher, r.title, r.archive_sha256, r.permissions, r.programs, r.added_at, r.approved_at, coalesce(r.approved_by, ''), r.in_force_at,
			coalesce(r.revoked_at, p.revoked_at), coalesce(r.revoked_reason, p.revoked_reason, '')
		from releases r join publishers p on p.name = r.publisher order by r.connector, r.added_at desc, r.version desc`, nil, func(rows pgx.Rows) error {
		var r Release
		var permissions, programs []byte
		if err := rows.Scan(&r.Connector, &r.Version, &r.Publisher, &r.Title, &r.Archive, &permissions, &programs, &r.AddedAt, &r.ApprovedAt, &r.ApprovedBy, &r.InForceAt, &r.RevokedAt, &r.Revoked); err != nil {
			return err
		}
		if err := json.Unmarshal(permissions, &r.Permissions); err != nil {
			return err
		}
		if err := json.Unmarshal(programs, &r.Programs); err != nil {
			return err
		}
		*dst = append(*dst, r)
		return nil
	}).From(func() { *dst = []Release{} })
}

func loadRollouts(dst *[]Rollout, also string) tenancy.Load {
	return tenancy.Scan(`select connector, version, coalesce(canary_version, ''), canary_share, canary_agencies, dedicated from rollouts order by connector`+also, nil, func(rows pgx.Rows) error {
		var r Rollout
		err := rows.Scan(&r.Connector, &r.Version, &r.Canary, &r.Share, &r.Agencies, &r.Dedicated)
		*dst = append(*dst, r)
		return err
	}).From(func() { *dst = []Rollout{} })
}

// resolve gives each rollout the versions that may run: what is revoked is left out, and the last good one takes its place.
func resolve(rollouts []Rollout, all []Release) {
	for i := range rollouts {
		r := &rollouts[i]
		for _, release := range all {
			if release.Connector == r.Connector && release.runs() && release.InForceAt != nil {
				r.Releases = append(r.Releases, release)
			}
		}
		slices.SortStableFunc(r.Releases, func(a, b Release) int {
			switch {
			case a.Version == r.Version:
				return -1
			case b.Version == r.Version:
				return 1
			}
			return b.InForceAt.Compare(*a.InForceAt)
		})
		if canary, known := find(all, r.Connector, r.Canary); r.Canary != "" && (!known || !canary.runs()) {
			r.Canary, r.Share, r.Agencies = "", 0, nil
		}
	}
}

// note adds to the trail.
func note(tx *tenancy.Tx, who, action, connector, version, detail string) {
	tx.Exec(`insert into connector_trail (at, who, action, connector, version, detail) values ($1, $2, $3, $4, $5, $6)`, tx.Now(), who, action, connector, version, detail)
}

func agencies(ids []ident.AgencyID) []ident.AgencyID { return append([]ident.AgencyID{}, ids...) }

func encoded(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // words, numbers and lists of them
	}
	return raw
}
