package tenants

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// subjectHash is by what an account of a provider is known.
func subjectHash(issuer, subject string) []byte {
	sum := sha256.Sum256([]byte(issuer + "\x00" + subject))
	return sum[:]
}

// joinOIDC finds whom an account stands for in the agency. Somebody who came by it before is known by it, whatever their e-mail is now.
// Otherwise a verified e-mail finds a member of this agency, and nobody who is none: the agency chooses who vouches, so an account can
// take over nothing but a place in the agency itself. Who is no member becomes one where the agency lets newcomers in.
func (f *Federation) joinOIDC(ctx context.Context, agency ident.AgencyID, p IdentityProvider, subject string, c claims, roles []string, request string) (user ident.UserID, err error) {
	c.Email = strings.ToLower(strings.TrimSpace(c.Email))
	_, at, _ := strings.Cut(c.Email, "@")
	vouched := verified(c) && slices.Contains(p.Domains, at) && len(c.Email) <= 254 && plain(c.Email)
	newcomer, err := f.newcomer(ctx, agency, p, subject, c, vouched, roles, request)
	if err != nil {
		return user, err
	}
	err = f.write(ctx, agency, request, func(tx *tenancy.Tx) error {
		who, err := loadAccount(tx, p.Issuer, subject, c.Email, newcomer)
		switch {
		case err != nil:
			return err
		case !who.linked && !vouched:
			return errEmail
		case !who.linked && who.other:
			return errAccount
		case who.member.IsZero() && (newcomer.IsZero() || len(roles) == 0):
			return errMember
		case !who.member.IsZero() && who.status == "disabled":
			return errMember
		}
		user = who.user
		switch {
		case who.member.IsZero():
			user, who.member = newcomer, ident.NewMember()
			tx.Exec(`insert into members (tenant_id, id, user_id, name, email, roles, status, by_provider) values ($1, $2, $3, $4, $5, $6, 'active', true)`,
				agency, who.member, user, nameOf(c), c.Email, roles)
			audit.Record(tx, "member.joined_by_provider", who.member, map[string]string{"roles": strings.Join(roles, " ")})
		case who.status == "invited":
			tx.Exec(`update members set status = 'active', by_provider = true, version = version + 1 where id = $1`, who.member)
			audit.Record(tx, "member.joined_by_provider", who.member, nil)
		}
		if !who.linked {
			tx.Exec(`insert into federated_people (tenant_id, subject_hash, issuer, user_id, created_at) values ($1, $2, $3, $4, $5)`,
				agency, subjectHash(p.Issuer, subject), p.Issuer, user, tx.Now())
		}
		audit.Record(tx, "sign_in.provider", user, nil)
		return outbox.Tell(tx, "members", who.member, 0)
	})
	return user, err
}

// newcomer is the person of an e-mail that no member has, made if new; zero when there is no need. People are above agencies, so they
// are made outside of the agency's transaction, and only for whom the provider vouches.
func (f *Federation) newcomer(ctx context.Context, agency ident.AgencyID, p IdentityProvider, subject string, c claims, vouched bool, roles []string, request string) (user ident.UserID, err error) {
	if !vouched || len(roles) == 0 {
		return user, nil
	}
	var who account
	err = f.write(ctx, agency, request, func(tx *tenancy.Tx) (err error) {
		who, err = loadAccount(tx, p.Issuer, subject, c.Email, user)
		return err
	})
	if err != nil || !who.member.IsZero() || who.linked {
		return user, err
	}
	return f.accounts.EnsureUser(ctx, c.Email, nameOf(c), "it")
}

// account is a provider's account as the agency knows it: the member it stands for, or the one of its e-mail.
type account struct {
	user   ident.UserID
	member ident.MemberID
	status string
	linked bool // it stood for them before
	other  bool // another account of the provider does
}

func loadAccount(tx *tenancy.Tx, issuer, subject, email string, newcomer ident.UserID) (a account, err error) {
	hash := subjectHash(issuer, subject)
	err = tx.Load(tenancy.Scan(`select m.user_id, m.id, m.status, coalesce(l.subject_hash = $1, false),
			exists (select from federated_people o where o.user_id = m.user_id and o.issuer = $2 and o.subject_hash <> $1)
		from members m left join federated_people l on l.user_id = m.user_id and l.subject_hash = $1
		where l.subject_hash is not null or m.email = $3 or m.user_id = $4
		order by l.subject_hash is null, m.id limit 1 for update of m`, []any{hash, issuer, email, newcomer}, func(rows pgx.Rows) error {
		return rows.Scan(&a.user, &a.member, &a.status, &a.linked, &a.other)
	}).From(func() { a = account{} }))
	return a, err
}
