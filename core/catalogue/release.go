package catalogue

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Publisher is whose packages are taken.
type Publisher struct {
	Name      string     `json:"name" db:"name"`
	Key       string     `json:"key" db:"public_key"` // "ed25519:…"
	TrustedAt time.Time  `json:"trusted_at" db:"trusted_at"`
	RevokedAt *time.Time `json:"revoked_at" db:"revoked_at"`
}

// Release is a version of a connector, from a package whose signature was checked.
type Release struct {
	Connector   string                 `json:"connector"`
	Version     string                 `json:"version"`
	Publisher   string                 `json:"publisher"`
	Title       string                 `json:"title"`
	Archive     string                 `json:"archive_sha256"`
	Permissions connectors.Permissions `json:"permissions"`
	Programs    map[string]string      `json:"programs"` // SHA-256 by platform: "linux/amd64", "any"
	AddedAt     time.Time              `json:"added_at"`
	ApprovedAt  *time.Time             `json:"approved_at"`
	ApprovedBy  string                 `json:"approved_by"`
	InForceAt   *time.Time             `json:"in_force_at"`
	RevokedAt   *time.Time             `json:"revoked_at"`
	Revoked     string                 `json:"revoked_reason"` // its own reason, or its publisher's
}

// State is added, approved or revoked.
func (r Release) State() string {
	switch {
	case r.RevokedAt != nil:
		return "revoked"
	case r.ApprovedAt != nil:
		return "approved"
	}
	return "added"
}

// Name is how operators name it: acme@1.2.0.
func (r Release) Name() string { return r.Connector + "@" + r.Version }

// runs: it may run.
func (r Release) runs() bool { return r.ApprovedAt != nil && r.RevokedAt == nil }

// Program is the SHA-256 of the program that runs on a platform, such as "linux/amd64".
func (r Release) Program(platform string) (string, bool) {
	for _, p := range []string{platform, "any"} {
		if sum, ok := r.Programs[p]; ok {
			return sum, true
		}
	}
	return "", false
}

// Rollout is what should run of a connector.
type Rollout struct {
	Connector string           `json:"connector"`
	Version   string           `json:"version"` // in force, unless it is revoked
	Canary    string           `json:"canary_version"`
	Share     int              `json:"canary_share"` // percent of agencies
	Agencies  []ident.AgencyID `json:"canary_agencies"`
	Dedicated []ident.AgencyID `json:"dedicated"`
	// Releases may run: the one in force, then those that were before, the last one first.
	Releases []Release `json:"-"`
}

// release finds a version among all of the connector's.
func find(all []Release, connector, version string) (Release, bool) {
	for _, r := range all {
		if r.Connector == connector && r.Version == version {
			return r, true
		}
	}
	return Release{}, false
}

// Review is what an operator looks at before approving: what a version asks for that the one in force does not, and what it gives up.
type Review struct {
	Release    Release             `json:"release"`
	Against    string              `json:"against"` // the version in force; empty for the first
	Difference []connectors.Change `json:"difference"`
	Digest     string              `json:"digest"` // of the difference; approval names it
}

var names = regexp.MustCompile(`^([a-z][a-z0-9_-]{0,63})@([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]{1,64})?)$`)

// ParseName reads acme@1.2.0.
func ParseName(text string) (connector, version string, err error) {
	m := names.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return "", "", fault.New(fault.Invalid, "release.name", fmt.Sprintf("%q names no version of a connector; write it as acme@1.2.0. `pratica plugin list` shows those there are.", text))
	}
	return m[1], m[2], nil
}
