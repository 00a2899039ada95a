package audit_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// BenchmarkAuditTransaction is what the chain costs a transaction that changes a row, tells the outbox and enters it in the trail: the
// same with and without the trigger, in alternating rounds, by one client and by eight of one agency. The medians count.
func BenchmarkAuditTransaction(b *testing.B) {
	w := newWorld(b)
	for _, clients := range []int{1, 8} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			took := map[string][]float64{}
			for b.Loop() {
				for _, trigger := range []string{"disable", "enable"} {
					w.Exec(b, "alter table audit_entries "+trigger+" trigger audit_link")
					took[trigger] = append(took[trigger], w.round(b, clients))
				}
			}
			without, with := median(took["disable"]), median(took["enable"])
			b.ReportMetric(without, "µs/without")
			b.ReportMetric(with, "µs/with")
			b.ReportMetric(with/without, "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// round is the time of a transaction in microseconds, each client's beside the others'.
func (w *world) round(b *testing.B, clients int) float64 {
	const each = 300
	scope := w.A.Do("broker", "properties.write")
	began := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range each {
				if err := w.DB.Write(ctx, scope, func(tx *tenancy.Tx) error {
					id := ident.NewProperty()
					tx.Exec(`insert into properties (tenant_id, id, address_line, street, city, province, postal_code, created_at, updated_at)
						values ($1, $2, 'Via Roma 1, Bari', 'Via Roma 1', 'Bari', 'BA', '70121', $3, $3)`, scope.Tenant(), id, tx.Now())
					audit.Record(tx, "property.created", id, nil)
					return nil
				}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return float64(time.Since(began).Microseconds()) / each
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkAuditVerify verifies an export of 1,000,000 entries: at most 30 s, in memory that does not grow with it.
func BenchmarkAuditVerify(b *testing.B) {
	const entries = 1_000_000
	key, err := audit.OpenKey(filepath.Join(b.TempDir(), "audit.key"), true)
	must(b, err)
	file := filepath.Join(b.TempDir(), "audit.ndjson")
	writeExport(b, file, key, entries)
	for b.Loop() {
		in, err := os.Open(file)
		must(b, err)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		began := time.Now()
		r, err := audit.VerifyFile(in, &key.Public)
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		must(b, err)
		if r.Entries != entries || r.SealedTo != entries || len(r.Findings) != 0 {
			b.Fatalf("%+v", r)
		}
		must(b, in.Close())
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(float64(after.Sys-before.Sys)/(1<<20), "MiB/grown")
		if took > 30*time.Second {
			b.Errorf("%s for %d entries", took, entries)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// writeExport makes an export as the product writes it.
func writeExport(b *testing.B, name string, key *audit.Key, entries int64) {
	f, err := os.Create(name)
	must(b, err)
	out := bufio.NewWriterSize(f, 1<<20)
	owner := uuid.Must(uuid.NewV7())
	last := audit.Line{Hash: make(audit.Hex, 32)}
	body, err := os.CreateTemp(b.TempDir(), "lines")
	must(b, err)
	buffered := bufio.NewWriterSize(body, 1<<20)
	enc := json.NewEncoder(buffered)
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	actor, request := ident.NewUser().String(), ident.NewSession().String()
	for seq := int64(1); seq <= entries; seq++ {
		e := audit.Line{Seq: seq, ID: uuid.Must(uuid.NewV7()), At: at.Add(time.Duration(seq) * time.Millisecond), Actor: actor, Action: "application.transition", Ref: ident.NewApplication().String(),
			Detail: `{"event": "declare_complete"}`, Request: request, Previous: last.Hash}
		e.Rehash("audit", owner)
		must(b, enc.Encode(e))
		last = e
	}
	must(b, buffered.Flush())
	must(b, json.NewEncoder(out).Encode(audit.Head("audit", owner, key, last)))
	_, err = body.Seek(0, 0)
	must(b, err)
	_, err = out.ReadFrom(body)
	must(b, err)
	must(b, out.Flush())
	must(b, f.Close())
	must(b, body.Close())
}
