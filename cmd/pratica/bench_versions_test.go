package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// BenchmarkMigration moves 10,000 files to another version while people go on working: the 95th percentile of a transition over
// HTTP, before and while the job runs.
func BenchmarkMigration(b *testing.B) {
	s := benchStory(b)
	work := s.toAndFro(b)
	file := s.peopled()
	s.cloned(b, file, 10_000)
	read := s.broker.do("GET", file, nil).want(200)
	key, version := read.body["workflow"].(object)["key"].(string), read.body["workflow"].(object)["version"]
	source := s.source(key)
	newer := s.admin.do("POST", "/workflows/"+key+"/publish", object{"source": source, "in_flight": "stay"}).want(201)
	s.drained(b)
	began := time.Now()
	before := latencies(b, work, func() bool { return time.Since(began) >= benchFor(b) })
	job := s.admin.do("POST", "/workflows/"+key+"/migrate", object{"from_version": version, "to_version": newer.body["version"],
		"plan": object{"states": eachToItself(b, source)}, "filter": object{"states": []string{read.str("state")}}}).want(202)
	began = time.Now()
	during := latencies(b, work, s.ended(job))
	took := time.Since(began)
	done := s.admin.do("GET", "/jobs/"+job.str("id"), nil).want(200)
	if done.body["done"].(float64) < 10_000 {
		b.Errorf("%s", done.raw)
	}
	b.Logf("%v files moved in %.1f s; %d transitions before, %d during", done.body["done"], took.Seconds(), len(before), len(during))
	report(b, "transition_p95_before_ms", percentile95(before), "for comparison")
	report(b, "transition_p95_during_ms", percentile95(during), "ordinary transitions are not blocked")
	report(b, "migration_s", took.Seconds(), "10,000 files")
}

// BenchmarkDivergence runs 100,000 recorded events under another template.
func BenchmarkDivergence(b *testing.B) {
	s := benchStory(b)
	file := s.collected()
	s.broker.send(file, "declare_complete", nil).want(200)
	rows := len(s.broker.do("GET", file+"/history?limit=200", nil).want(200).items())
	s.cloned(b, file, 100_000/rows)
	source := s.source("mortgage")
	s.drained(b)
	began := time.Now()
	job := s.admin.do("POST", "/workflows/mortgage/divergence", object{"source": source, "since": day(-90)}).want(202)
	for ended := s.ended(job); !ended(); {
		time.Sleep(50 * time.Millisecond)
	}
	took := time.Since(began)
	events := s.database("postgres").texts("select count(*)::text from history h join job_items i on i.ref = h.instance_id join jobs j on j.id = i.job_id where j.kind = 'divergence'")[0]
	done := s.admin.do("GET", "/jobs/"+job.str("id"), nil).want(200)
	b.Logf("%s recorded events of %v files in %.1f s, %v files would have gone another way", events, done.body["done"], took.Seconds(), done.body["notable"])
	report(b, "divergence_s", took.Seconds(), "at most 60 for 100,000 recorded events")
}

// cloned copies a file with its people, properties and history n times, past the product.
func (s *story) cloned(b *testing.B, file string, n int) {
	b.Helper()
	id, err := ident.ParseApplication(strings.TrimPrefix(file, "/applications/"))
	must(b, err)
	admin := s.database("postgres")
	admin.exec(`create table clones as select gen_random_uuid() as id, n from generate_series(1, $1::int) n`, n)
	copies := func(table, columns string, of string) {
		rest := strings.Join(admin.texts(`select quote_ident(column_name) from information_schema.columns where table_name = $1 and column_name <> all(string_to_array($2, ','))`, table, columns), ", ")
		into := map[string]string{"id": "c.id", "number": "'K-' || c.n", "id,application_id": "gen_random_uuid(), c.id", "instance_id": "c.id", "id,number": "c.id, 'K-' || c.n"}[columns]
		admin.exec(fmt.Sprintf(`insert into %s (%s, %s) select %s, %s from %s t, clones c where t.%s = $1`, table, columns, rest, into, rest, table, of), id)
	}
	copies("instances", "id", "id")
	copies("applications", "id,number", "id")
	copies("application_parties", "id,application_id", "application_id")
	copies("application_properties", "id,application_id", "application_id")
	copies("history", "instance_id", "instance_id")
	copies("fact_changes", "instance_id", "instance_id")
	admin.exec(`drop table clones`)
	admin.exec(`analyze`)
}

// toAndFro moves a file for each client between collection and check.
func (s *story) toAndFro(b *testing.B) (work []func() error) {
	at, broker, office := s.loopback(), s.cookie(s.broker), s.cookie(s.office)
	var files []string
	for range clients {
		files = append(files, s.collected()) // each touches the people whom they share, and so the files before it
	}
	for _, file := range files {
		wire := dialHTTP(b, at)
		version, turn := int(s.broker.do("GET", file, nil).want(200).body["version"].(float64)), 0
		work = append(work, func() error {
			event, who := "declare_complete", broker
			if turn%2 == 1 {
				event, who = "return", office
			}
			turn++
			body := `{"event":"` + event + `"}`
			answer, err := wire.do(fmt.Sprintf("POST /api/v1%s/events HTTP/1.1\r\nHost: pratica\r\nCookie: %s\r\nContent-Type: application/json\r\nIf-Match: \"%d\"\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s",
				file, who, version, uuid.NewString(), len(body), body))
			if err == nil {
				version, err = versionIn(answer)
			}
			return err
		})
	}
	return work
}

// latencies are how long each request took until it is over, in milliseconds.
func latencies(b *testing.B, work []func() error, over func() bool) (out []float64) {
	b.Helper()
	var all sync.WaitGroup
	took := make([][]float64, len(work))
	stop := make(chan struct{})
	for i, do := range work {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				if err := do(); err != nil {
					b.Error(err)
					return
				}
				took[i] = append(took[i], float64(time.Since(began).Microseconds())/1000)
			}
		})
	}
	for !over() {
		time.Sleep(100 * time.Millisecond)
	}
	close(stop)
	all.Wait()
	return slices.Concat(took...)
}

func percentile95(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)*95/100]
}

// ended tells whether a job has, without asking the product.
func (s *story) ended(job reply) func() bool {
	admin := s.database("postgres")
	_, id, _ := ident.ParseAny(job.str("id"))
	return func() bool {
		return admin.texts("select state from jobs where id = $1", id)[0] == "done"
	}
}

func (s *story) source(key string) string {
	return s.admin.do("GET", "/workflows/"+key+"/versions", nil).want(200).items()[0]["source"].(string)
}

func eachToItself(b *testing.B, source string) object {
	m, findings := workflow.Compile([]byte(source))
	if m == nil {
		b.Fatal(findings)
	}
	states := object{}
	for _, name := range m.StateNames() {
		if m.State(name).Outcome == "" {
			states[name] = name
		}
	}
	return states
}
