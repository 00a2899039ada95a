package tenancy

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pratica-crm/pratica/core/fault"
)

// checkRole refuses a database role or server that row security does not hold.
func checkRole(ctx context.Context, pool *pgxpool.Pool) error {
	var version int
	var super, bypass, owns bool
	err := pool.QueryRow(ctx, `
		select current_setting('server_version_num')::int, r.rolsuper, r.rolbypassrls,
		       exists (select from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
		               and pg_has_role(current_user, c.relowner, 'member'))
		from pg_roles r where r.rolname = current_user`).Scan(&version, &super, &bypass, &owns)
	if err != nil {
		return translate(err)
	}
	switch {
	case super, bypass, owns:
		return fault.New(fault.Invalid, "boot.role", "The database role could read past row security (superuser, BYPASSRLS or owner of a table). Connect as pratica_app; `pratica migrate` makes it.")
	case !SafeServer(version):
		return fault.New(fault.Invalid, "boot.server", fmt.Sprintf("PostgreSQL %d.%d has known row-security leaks. Use at least 15.14, 16.10 or 17.6.", version/10000, version%10000))
	}
	return nil
}

// SafeServer reports whether a server_version_num has no known row-security leak.
func SafeServer(version int) bool {
	major, minor := version/10000, version%10000
	least := map[int]int{15: 14, 16: 10, 17: 6}
	if want, listed := least[major]; listed {
		return minor >= want
	}
	return major >= 18
}
