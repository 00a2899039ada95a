package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/ident"
)

// statement is one the product sent, with the values it sent.
type statement struct {
	sql    string
	values []string // as literals without quotes; null is \N
}

// recorded is what the product sent for one action, in order.
type recorded struct {
	t     testing.TB
	all   []statement
	count map[[2]int]int // what a value rises by from lap to lap, by statement and number
	fresh map[[2]int]bool
}

var (
	executed   = regexp.MustCompile(`\[(\d+)\] LOG:  duration: [0-9.]+ ms  execute [^:]*: `)
	parameters = regexp.MustCompile(`\[(\d+)\] DETAIL:  parameters: `)
	oneValue   = regexp.MustCompile(`\$\d+ = (NULL|'(?:[^']|'')*')`)
)

// record has the server log what the product sends while it acts, and keeps the statements of the connections that sent mark.
func (s *story) record(act func(), mark string) recorded {
	s.t.Helper()
	admin := s.database("postgres")
	log := filepath.Join(s.program.dir, "postgres", "postgres.log")
	before, err := os.Stat(log)
	must(s.t, err)
	admin.exec("alter system set log_min_duration_statement = 0")
	admin.exec("select pg_reload_conf()")
	eventually(s.t, "the server's log", func() bool {
		return s.database("postgres").texts("select current_setting('log_min_duration_statement')")[0] == "0"
	})
	time.Sleep(200 * time.Millisecond) // backends read their settings between statements
	act()
	admin.exec("alter system reset log_min_duration_statement")
	admin.exec("select pg_reload_conf()")
	text, err := os.ReadFile(log)
	must(s.t, err)
	byPid := map[string][]statement{}
	var order []string
	marked := map[string]bool{}
	for _, entry := range regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d `).Split(string(text[before.Size():]), -1) {
		entry = strings.ReplaceAll(strings.TrimRight(entry, "\n"), "\n\t", "\n")
		if m := executed.FindStringSubmatchIndex(entry); m != nil {
			pid, sql := entry[m[2]:m[3]], entry[m[1]:]
			if !slices.Contains(order, pid) {
				order = append(order, pid)
			}
			byPid[pid] = append(byPid[pid], statement{sql: sql})
			marked[pid] = marked[pid] || strings.Contains(sql, mark)
		} else if m := parameters.FindStringSubmatchIndex(entry); m != nil {
			list := byPid[entry[m[2]:m[3]]]
			if len(list) == 0 {
				continue
			}
			for _, v := range oneValue.FindAllStringSubmatch(entry[m[1]:], -1) {
				value := `\N`
				if v[1] != "NULL" {
					value = strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(v[1], "'"), "'"), "''", "'")
				}
				list[len(list)-1].values = append(list[len(list)-1].values, value)
			}
		}
	}
	out := recorded{t: s.t, count: map[[2]int]int{}, fresh: map[[2]int]bool{}}
	for _, pid := range order {
		if marked[pid] {
			out.all = append(out.all, within(byPid[pid], mark)...)
		}
	}
	if len(out.all) == 0 {
		s.t.Fatalf("the server logged no statement with %q", mark)
	}
	return out
}

// within keeps the transactions with the mark: a pooled connection also served others.
func within(all []statement, mark string) (out []statement) {
	var transaction []statement
	flush := func() {
		if slices.ContainsFunc(transaction, func(x statement) bool { return strings.Contains(x.sql, mark) }) {
			out = append(out, transaction...)
		}
		transaction = nil
	}
	for _, x := range all {
		if strings.Contains(x.sql, "set_config('app.tenant_id'") && (len(transaction) == 0 || transaction[len(transaction)-1].sql != "begin") || strings.HasPrefix(x.sql, "begin") {
			flush()
		}
		transaction = append(transaction, x)
		if x.sql == "commit" {
			flush()
		}
	}
	flush()
	return out
}

// counting learns from the next lap which values rise and which are new each time.
func (r recorded) counting(next recorded) recorded {
	if len(r.all) != len(next.all) {
		r.t.Fatalf("two laps sent %d and %d statements", len(r.all), len(next.all))
	}
	for i := range r.all {
		if r.all[i].sql != next.all[i].sql {
			r.t.Fatalf("two laps differ: %s / %s", r.all[i].sql, next.all[i].sql)
		}
		for j, v := range r.all[i].values {
			w := next.all[i].values[j]
			if v == w {
				continue
			}
			a, errA := strconv.Atoi(v)
			b, errB := strconv.Atoi(w)
			switch {
			case errA == nil && errB == nil:
				r.count[[2]int{i, j}] = b - a
			case uuidText.MatchString(v):
				r.fresh[[2]int{i, j}] = true
			}
		}
	}
	return next.with(r.count, r.fresh)
}

func (r recorded) with(count map[[2]int]int, fresh map[[2]int]bool) recorded {
	r.count, r.fresh = count, fresh
	return r
}

var uuidText = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// script is a pgbench script's statements, with variables.
type script []string

// run is a script with the variables of one client.
type run struct {
	script script
	client int
	vars   map[string]string
	count  map[string]int
}

// alike gives each client the recorded statements with its own noun in place of the recorded one.
func (r recorded) alike(nouns []string) []run {
	recordedFor := uuidOf(r.t, nouns[0])
	var out []run
	for client, noun := range nouns {
		u := uuidOf(r.t, noun)
		one := run{client: client, vars: map[string]string{}, count: map[string]int{}}
		for i, x := range r.all {
			sql := x.sql
			for j := len(x.values); j >= 1; j-- {
				at, name := [2]int{i, j - 1}, fmt.Sprintf("v%d_%d", i, j)
				value := x.values[j-1]
				by := ":" + name
				switch {
				case r.fresh[at] && strings.Contains(sql, "idempotency_keys"): // a text: any number nobody has used will do
					one.vars[name], one.count[name] = strconv.Itoa(rand.Int()), 1
				case r.fresh[at]:
					one.vars["born"], one.vars["tick"], one.count["tick"] = born(client), firstTick, 1
					by = freshID(i, j)
				case value == `\N`:
					by = "null"
				default:
					one.vars[name] = strings.ReplaceAll(value, recordedFor, u)
				}
				if n, counts := r.count[at]; counts {
					one.count[name] = n
				}
				sql = regexp.MustCompile(`\$`+strconv.Itoa(j)+`\b`).ReplaceAllLiteralString(sql, by)
			}
			one.script = append(one.script, sql)
		}
		out = append(out, one)
	}
	return out
}

// The product's ids are UUIDv7: new rows go to the end of their indexes. So do the baseline's: "born" is the time the round began,
// in milliseconds, and the client's number; "tick" counts the runs of the script; the last digits tell the places in it apart.
const firstTick = "100000000000" // with as many digits as an id has room for

func born(client int) string { return fmt.Sprintf("%012x%04x", time.Now().UnixMilli(), client) }

func freshID(statement, value int) string {
	return fmt.Sprintf("(:born::text || :tick || '%02x%02x')::uuid", statement, value)
}

// weighIDs logs what such an id costs the server, beside a random one: the baseline must not pay for being put together.
func (s *story) weighIDs(b *testing.B) {
	const n = 200_000
	admin := s.database("postgres")
	cost := func(expression string) float64 {
		began := time.Now()
		admin.texts(fmt.Sprintf("select count(%s)::text from generate_series(1, %d) i", expression, n))
		return float64(time.Since(began).Nanoseconds()) / n
	}
	literal := strings.NewReplacer(":born::text", "'"+born(0)+"'", ":tick", "(100000000000 + i)::text").Replace(freshID(0, 0))
	cost(literal) // warm
	b.Logf("an id of the baseline costs the server %.0f ns, a random one %.0f ns", cost(literal), cost("gen_random_uuid()"))
}

func uuidOf(t testing.TB, noun string) string {
	id, err := ident.ParseApplication(noun[strings.LastIndex(noun, "/")+1:])
	must(t, err)
	return id.UUID.String()
}

// text is the script as pgbench reads it: each transaction in one pipeline.
func (r run) text() string {
	var b strings.Builder
	names := slices.Sorted(func(yield func(string) bool) {
		for n := range r.count {
			if !yield(n) {
				return
			}
		}
	})
	for _, n := range names {
		fmt.Fprintf(&b, "\\set %s :%s + %d\n", n, n, r.count[n])
	}
	b.WriteString("\\startpipeline\n")
	for i, sql := range r.script {
		b.WriteString(strings.Join(strings.Fields(sql), " ") + ";\n")
		if sql == "commit" && i < len(r.script)-1 {
			b.WriteString("\\endpipeline\n\\startpipeline\n")
		}
	}
	b.WriteString("\\endpipeline\n")
	return b.String()
}

var perSecond = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench runs a pgbench process for each client at once and adds up what they come to a second: HTTP requests a second's
// counterpart, so a script with two transactions counts twice.
func (s *story) pgbench(b *testing.B, runs []run, d time.Duration) float64 {
	var all sync.WaitGroup
	sums := make([]float64, len(runs))
	for i, r := range runs {
		all.Go(func() { sums[i] = s.onePgbench(b, r, d) })
	}
	all.Wait()
	total := 0.0
	for i, n := range sums {
		commits := 0
		for _, sql := range runs[i].script {
			if sql == "commit" {
				commits++
			}
		}
		total += n * float64(max(1, commits))
	}
	return total
}

func (s *story) onePgbench(b *testing.B, r run, d time.Duration) float64 {
	bin, err := postgres.Binaries()
	must(b, err)
	file, err := os.CreateTemp(b.TempDir(), "*.sql")
	must(b, err)
	_, err = file.WriteString(r.text())
	must(b, err)
	must(b, file.Close())
	password, err := os.ReadFile(filepath.Join(s.program.dir, "role-password"))
	must(b, err)
	args := []string{"-n", "-M", "prepared", "-c", "1", "-j", "1", "-T", strconv.Itoa(int(d.Seconds())), "-f", file.Name(), "-h", s.socket(), "-U", "pratica_app"}
	if _, fresh := r.vars["born"]; fresh {
		r.vars["born"] = born(r.client)
	}
	for name, v := range r.vars {
		args = append(args, "-D", name+"="+v)
	}
	cmd := exec.Command(filepath.Join(bin, "pgbench"), append(args, "pratica")...)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+string(password), "PGTZ=UTC")
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("pgbench: %v\n%s\n%s", err, out, r.text())
	}
	m := perSecond.FindSubmatch(out)
	if m == nil {
		b.Fatalf("pgbench said %s", out)
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	must(b, err)
	for name, by := range r.count { // the next round goes on where this one ended
		at, err := strconv.Atoi(r.vars[name])
		must(b, err)
		r.vars[name] = strconv.Itoa(at + by*int(n*d.Seconds()*1.2+1000))
	}
	return n
}

// serverCPU is the server's CPU time in microseconds for one run of a script.
func (s *story) serverCPU(b *testing.B, sc script, vars map[string]string) float64 {
	pid := s.postmaster()
	d := max(benchFor(b)/2, time.Second)
	before := reapedCPU(b, pid)
	n := s.pgbench(b, []run{{script: sc, vars: vars}}, d)
	time.Sleep(300 * time.Millisecond) // the backend ends after pgbench
	return float64((reapedCPU(b, pid) - before).Microseconds()) / (n * d.Seconds())
}
