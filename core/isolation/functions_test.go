package isolation_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// directories are the roles that know no owner: by the door's exception they are asked before one is chosen, or on behalf of all.
var directories = []string{"pratica_directory", "pratica_operator"}

// call tries a function through every role: those that may not are refused; those that may learn nothing of another owner by any id
// or word of that owner's, and the owner does.
func (p *populace) call(s session, f function) (out []finding) {
	for _, role := range p.c.logins {
		may := rowsOf[bool](p.t, p.admin, `select has_function_privilege($1, $2, 'execute')`, role, f.Signature)[0]
		switch {
		case !may:
			out = append(out, p.uncalled(s, f, role))
		case slices.Contains(directories, role): // told by meet
		case !strings.Contains(f.Source, "app.tenant_id"):
			out = append(out, p.asks(s, f, role, "app.network_id", p.N, p.M, p.N, p.A))
		default:
			out = append(out, p.asks(s, f, role, "app.tenant_id", p.A, p.B, p.A), p.asks(s, f, role, "app.tenant_id", p.A, p.C, p.A, p.N))
		}
	}
	return out
}

// uncalled: a role without the grant is refused.
func (p *populace) uncalled(s session, f function, role string) finding {
	nulls := make([]string, len(f.Args))
	for i, a := range f.Args {
		nulls[i] = "null::" + a
	}
	got := s.as(role, "", "", says("select * from "+quoted(f.Name)+"("+join(nulls)+")"))
	return verdict(f.Signature, role, "call without a grant", "refused", "—", !got.refused(), got.String())
}

func verdict(object, role, verb, theirs, ours string, wrong bool, got string) finding {
	f := finding{Object: object, Role: role, Verb: verb, Theirs: theirs, Ours: ours}
	if wrong {
		f.Wrong = got
	}
	return f
}

// asks calls a function as one owner and as another with every id and word of the victims, and with as many that never were.
func (p *populace) asks(s session, f function, role, setting string, ours, theirs *owner, victims ...*owner) finding {
	out := finding{Object: f.Signature, Role: role, Verb: "call as " + theirs.name, Theirs: "nothing of " + ours.name, Ours: "answered"}
	var ids, strangers, words []string
	for _, v := range victims {
		ids, words = append(ids, v.pool...), append(words, v.word)
	}
	for range ids {
		strangers = append(strangers, uuid.Must(uuid.NewV7()).String())
	}
	answered := false
	for _, number := range []string{"null", "100"} {
		for i := range max(1, len(f.Args)) {
			sql := f.over(i, number)
			got := s.as(role, setting, theirs.id(setting), calls(sql, ids, append(words, "%", "")))
			base := s.as(role, setting, theirs.id(setting), calls(sql, strangers, []string{"Zqnobody", "Zqnobody", "%", ""}[2-len(victims):]))
			twin := s.as(role, setting, ours.id(setting), calls(sql, ids, append(words, "%", "")))
			for _, v := range victims {
				if told := v.shows(got.value + got.text); told != "" {
					out.Wrong += theirs.name + " is told " + told + " of " + v.name + ". "
				}
			}
			if got.code != base.code || got.rows != base.rows {
				out.Wrong += theirs.name + " with the owner's ids: " + got.code + ", " + "with others: " + base.code + "; rows written differ or so do the codes. "
			}
			answered = answered || twin.rows > 0 || strings.Trim(twin.value, "(), ") != "" // some tell figures only
		}
	}
	if sql := f.paired(); sql != "" { // what looks for two ids of one row answers only who has both
		for _, v := range victims {
			never := [2][]string{}
			for range v.pairs[0] {
				never[0], never[1] = append(never[0], uuid.NewString()), append(never[1], uuid.NewString())
			}
			got, base := s.as(role, setting, theirs.id(setting), calls(sql, v.pairs[0], v.pairs[1])), s.as(role, setting, theirs.id(setting), calls(sql, never[0], never[1]))
			if got != base {
				out.Wrong += fmt.Sprintf("%s with two ids of one row of %s: %.200s, with others: %.200s. ", theirs.name, v.name, got, base)
			}
		}
	}
	if !answered && f.Definer && elsewhere[f.Name] == "" { // otherwise row security has spoken
		out.Wrong += ours.name + " itself gets nothing from it, whatever it asks."
	}
	return out
}

// elsewhere are functions whose answer does not show here what the owner's call does: TestQuietFunctions looks at what comes of them.
var elsewhere = map[string]string{"network_offer": "answers nothing", "subject_reported": "answers yes or no", "end_agency_sessions": "answers nothing"}

// wordy is a text that a function compares its argument with: without it such a function would do nothing.
var wordy = regexp.MustCompile(`like '([a-z_.]+)%'`)

// over calls the function once for each value of one argument; the others are null, an hour from now, a random hash or, with a number,
// the number and something of each type.
func (f function) over(turn int, number string) string {
	args, from := make([]string, len(f.Args)), "(select '-' as p) v"
	for i, a := range f.Args {
		switch {
		case i == turn && a == "uuid":
			args[i], from = "v.p", "unnest($1::uuid[]) v (p)"
		case i == turn && a == "text":
			args[i], from = "v.p", "unnest($2::text[]) v (p)"
		case a == "text" && number != "null" && wordy.MatchString(f.Source):
			args[i] = "'" + wordy.FindStringSubmatch(f.Source)[1] + "'"
		case a == "jsonb" && number != "null":
			args[i] = "'{}'"
		case a == "uuid" && number != "null":
			args[i] = "gen_random_uuid()"
		case a == "bytea":
			args[i] = "decode(md5(random()::text), 'hex')"
		case strings.HasPrefix(a, "timestamp"):
			args[i] = "now() + interval '1 hour'"
		case a == "integer" || a == "bigint":
			args[i] = number + "::" + a
		default:
			args[i] = "null::" + a
		}
	}
	return `select coalesce(string_agg(replace(f::text, v.p::text, ''), ' '), '') from ` + from + ` cross join lateral ` + quoted(f.Name) + `(` + join(args) + `) f
		where $1::uuid[] is not null and $2::text[] is not null`
}

// paired calls a function of two ids with those that stand in one row; "" for another.
func (f function) paired() string {
	args, next := make([]string, len(f.Args)), []string{"v.p", "v.q"}
	for i, a := range f.Args {
		args[i] = "null::" + a
		if a == "uuid" && len(next) > 0 {
			args[i], next = next[0], next[1:]
		}
	}
	if len(next) > 0 {
		return ""
	}
	return `select coalesce(string_agg(replace(replace(f::text, v.p::text, ''), v.q::text, ''), ' '), '') from unnest($1::uuid[], $2::text[]::uuid[]) v (p, q) cross join lateral ` + quoted(f.Name) + `(` + join(args) + `) f`
}

// calls runs it and counts what it wrote, wherever that was.
func calls(sql string, ids, words []string) func(context.Context, *pgx.Conn) outcome {
	const written = `select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint from pg_stat_xact_all_tables`
	return func(ctx context.Context, conn *pgx.Conn) outcome {
		var before, after int64
		_ = conn.QueryRow(ctx, written).Scan(&before)
		out := says(sql, ids, words)(ctx, conn)
		if out.code == "" {
			_ = conn.QueryRow(ctx, written).Scan(&after)
		} else {
			after = before
		}
		out.rows = after - before
		return out
	}
}

// alone: what functions answer one owner is the same when no row of the others is there.
func (p *populace) alone(functions ...function) (out []finding) {
	s := session{t: p.t, conn: p.admin, inner: true}
	type asking struct {
		f    function
		role string
	}
	var all []asking
	for _, f := range functions {
		for _, role := range p.c.logins {
			if !slices.Contains(directories, role) && rowsOf[bool](p.t, p.admin, `select has_function_privilege($1, $2, 'execute')`, role, f.Signature)[0] {
				all = append(all, asking{f, role})
			}
		}
	}
	ask := func() (answers [][]string) {
		for _, q := range all {
			setting, o := "app.tenant_id", p.C
			if !strings.Contains(q.f.Source, setting) {
				setting, o = "app.network_id", p.M
			}
			var one []string
			for i := range max(1, len(q.f.Args)) {
				one = append(one, s.as(q.role, setting, o.id(setting), calls(q.f.over(i, "100"), o.pool, []string{"%", "", o.word})).String())
			}
			answers = append(answers, one)
		}
		return answers
	}
	together := ask()
	p.exec("savepoint alone; set local session_replication_role = replica")
	for _, name := range p.c.order {
		r := p.c.relations[name]
		switch {
		case r.View:
		case r.has("tenant_id"):
			p.exec("delete from "+quoted(name)+" where tenant_id <> $1::uuid", p.C.id("app.tenant_id"))
		case r.has("network_id"):
			p.exec("delete from "+quoted(name)+" where network_id <> $1::uuid", p.M.id("app.network_id"))
		}
	}
	alone := ask()
	p.exec("rollback to alone; release alone")
	for i, q := range all {
		out = append(out, verdict(q.f.Signature, q.role, "answer without the others", "the same", "its own answer", !slices.Equal(together[i], alone[i]), "with the others "+join(together[i])+"; without them "+join(alone[i])))
	}
	return out
}

// escapes are what a role could try to become more than it is.
var escapes = map[string]string{
	"create in the schema":     `create function public.mine() returns int language sql as 'select 1'`,
	"read passwords":           `select * from pg_authid`,
	"read the statistics":      `select * from pg_statistic`,
	"read a file":              `select pg_read_file('PG_VERSION')`,
	"copy to a program":        `copy (select 1) to program 'cat'`,
	"copy to a file":           `copy (select 1) to '/dev/null'`,
	"skip the triggers":        `set session_replication_role = replica`,
	"become the administrator": `set session authorization postgres`,
	"bypass row security":      `alter role current_user bypassrls`,
}

// escape has roles try them, every other role, and every sequence.
func (p *populace) escape(s func(role string) session, roles ...string) (out []finding) {
	tries := map[string]string{}
	for verb, sql := range escapes {
		tries[verb] = sql
	}
	for _, role := range append(slices.Clone(p.c.logins), "pratica_owner", "pratica_definer", "postgres") {
		tries["become "+role] = "set role " + role
	}
	for _, q := range p.c.sequences {
		tries["advance "+q] = "select nextval('" + q + "')"
		tries["look at "+q] = "select last_value from " + q
	}
	for _, role := range roles {
		for verb, sql := range tries {
			if verb == "become "+role {
				continue
			}
			got := s(role).as(role, "app.tenant_id", p.B.id("app.tenant_id"), says(sql))
			out = append(out, verdict("(the server)", role, verb, "refused", "—", !got.refused(), got.String()))
		}
		stats := `select count(*)::text from pg_stats where schemaname = 'public' and tablename = any($1::text[])`
		var closed []string
		for _, c := range p.c.cells {
			closed = append(closed, c.Name)
		}
		got := s(role).as(role, "app.tenant_id", p.B.id("app.tenant_id"), says(stats, closed))
		twin := rowsOf[string](p.t, p.admin, stats, closed)[0]
		out = append(out, verdict("(the server)", role, "most common values of closed tables", "nothing", "—", got.value != "0" || twin == "0", got.String()+"; the administrator: "+twin))
	}
	return out
}

// wide are the names that all connections share: a channel or a lock of one agency would be heard, or waited for, by another.
var wide = regexp.MustCompile(`pg_notify|pg_(try_)?advisory`)

// locking are the files that take an advisory lock by a statement of their own, each with the reason why no agency meets another there.
var locking = map[string]string{
	"../../core/catalogue/keeper.go": "operators change the catalogue one after the other; no agency waits for it",
	"../../core/reports/keeper.go":   "taken by the platform's worker, through a role that no request reaches; a network's id is in its name, and no agency's work waits for it",
}

// notifying are the files that notify a channel, each with the reason why it tells nobody of another agency.
var notifying = map[string]string{
	"../../core/connectors/order.go": "an empty message, which only the platform's relays listen to: that somebody waits, and not who or where",
}

// unshared lists what of the product uses them, but for the schema's own migrations, which run one at a time and for no agency. The
// locks that triggers take are asked about one by one (locks).
func unshared(t testing.TB) (out []string) {
	t.Helper()
	read, known := 0, map[string]bool{}
	must(t, filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "node_modules" || d.Name() == ".git") {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".sql") && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../../core/schema/") {
			return nil
		}
		raw, err := os.ReadFile(path)
		read++
		for _, name := range wide.FindAllString(string(raw), -1) {
			taken := strings.Contains(name, "advisory")
			known[path] = taken
			if !taken && notifying[path] != "" {
				continue
			}
			if !taken || !strings.HasSuffix(path, ".sql") && locking[path] == "" {
				out = append(out, path+": "+name)
			}
		}
		return err
	}))
	for path := range notifying {
		if taken, there := known[path]; !there || taken {
			out = append(out, path+", which notifies nobody any more,")
		}
	}
	for path := range locking {
		if !known[path] {
			out = append(out, path+", which takes no lock any more,")
		}
	}
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
	return out
}

// ownership is how a function ties what it does to an owner.
var ownership = regexp.MustCompile(`[\w.]+\s*=\s*nullif\(\(?(?:select )?current_setting\('app\.\w+', true\)\)?, ''\)::uuid`)
