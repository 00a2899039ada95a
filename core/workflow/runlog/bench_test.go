package runlog

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// writeLog writes a log of the example: so many lines, so many cases at once, interleaved at random but the same each time. Cases
// begin, are refused, gather facts, wait for a second approval and end.
func writeLog(w io.Writer, lines, atOnce int) {
	random := rand.New(rand.NewPCG(1, 2))
	out := bufio.NewWriter(w)
	defer out.Flush()
	start := time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC)
	rome := time.FixedZone("", 7200)
	type story struct{ id, line int }
	open, next := make([]story, 0, atOnce), 100_000
	for n := range lines {
		i := len(open)
		if i < atOnce {
			open = append(open, story{})
		} else if i = random.IntN(atOnce); open[i].line < 8 {
			open[i].line++
		}
		c := &open[i]
		if c.id == 0 || c.line == 8 {
			next++
			*c = story{id: next}
		}
		at := start.Add(time.Duration(n) * 250 * time.Millisecond).In(rome).Format(time.RFC3339)
		actor := func(role string) string {
			return fmt.Sprintf(`"actor":{"id":"%d","roles":["%s"]}`, random.IntN(200), role)
		}
		switch c.line {
		case 0:
			fmt.Fprintf(out, `{"case":"%d","event":"submit","at":"%s",%s,"facts":{"ltv_bps":%d,"created_by":"u%d","amount_cents":%d,"purpose":"purchase"}}`+"\n", c.id, at, actor("broker"), 6000+random.IntN(3800), random.IntN(50), random.IntN(1e8))
		case 1, 3:
			fmt.Fprintf(out, `{"case":"%d","at":"%s","facts":{"bureau_score":%d}}`+"\n", c.id, at, random.IntN(1000))
		case 4:
			fmt.Fprintf(out, `{"case":"%d","at":"%s","facts":{"dti_bps":%d}}`+"\n", c.id, at, 2000+random.IntN(3500))
		case 7:
			fmt.Fprintf(out, `{"case":"%d","event":"%s","at":"%s",%s}`+"\n", c.id, [...]string{"approve", "decline"}[random.IntN(2)], at, actor("senior_underwriter"))
		default:
			fmt.Fprintf(out, `{"case":"%d","event":"%s","at":"%s",%s}`+"\n", c.id, [...]string{"decide", "decide", "approve", "dance"}[random.IntN(4)], at, actor([...]string{"underwriter", "senior_underwriter"}[random.IntN(2)]))
		}
	}
}

// A million events, a hundred thousand cases at once. PRATICA_RUN_EVENTS shortens it.
func BenchmarkRun(b *testing.B) {
	lines := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("PRATICA_RUN_EVENTS")); err == nil {
		lines = n
	}
	path := filepath.Join(b.TempDir(), "log.jsonl")
	log, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	writeLog(log, lines, lines/10)
	m := example(b)
	debug.FreeOSMemory()
	resetPeak()
	before := cpuTime(syscall.RUSAGE_SELF)
	for b.Loop() {
		if _, err := log.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		runner := Runner{Machine: m}
		if _, err := runner.Run(log, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(lines)*float64(b.N)/(cpuTime(syscall.RUSAGE_SELF)-before).Seconds(), "events/cpu-s") // what a busy machine does not hide
	if peak := peakMiB(); peak > 0 {
		b.ReportMetric(peak, "peak-MiB")
	}
	log.Close()
}

// resetPeak lets the kernel count the highest resident memory anew; where it cannot, the peak is the process's.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

func peakMiB() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, _ := strconv.ParseFloat(strings.Fields(after + " 0")[0], 64)
	return kib / 1024
}

func cpuTime(of int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(of, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
