package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/host"
	"github.com/pratica-crm/pratica/plugins/sdk"
)

// crash kills the process while a bank hangs, and goes on.
func crash(k *kit) error {
	l := k.lanes[0]
	if !k.scenario.bankless {
		order, err := k.scenario.order(k, l, k.next())
		if err != nil {
			return err
		}
		k.now(hanging)
		before := k.asked(l).count()
		ended := make(chan connectors.Answer, 1)
		go func() { ended <- k.call(l, k.scenario.method, order) }()
		if _, err := k.asked(l).wait(k.ctx, before); err != nil {
			return err
		}
		defer func() { <-ended }()
	}
	if err := k.kill(); err != nil {
		return err
	}
	k.sound()
	a, err := k.do(l, connectors.Call{})
	if err != nil || !k.well(a) {
		return fmt.Errorf("after a kill %s ended %s", k.scenario.method, said(a))
	}
	if k.scenario.look == "" {
		return nil
	}
	b := k.call(l, k.scenario.look, k.scenario.question(reference(k.first.answer), k.first.answer))
	if b.Failure != nil {
		return fmt.Errorf("after a kill %s of what was done before ended %s: it was kept in the process", k.scenario.look, said(b))
	}
	return nil
}

// kill ends the process and waits for the next.
func (k *kit) kill() error {
	pid := k.inside.PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing the connector: %w", err)
	}
	return k.again(pid)
}

const atOnce = 64

func concurrency(k *kit) error {
	orders := make([]any, atOnce)
	for i := range orders {
		var err error
		if orders[i], err = k.scenario.order(k, k.lanes[i%2], k.next()); err != nil {
			return err
		}
	}
	answers, took := make([]connectors.Answer, atOnce), make([]time.Duration, atOnce)
	var all sync.WaitGroup
	for i := range atOnce {
		all.Go(func() {
			began := time.Now()
			answers[i] = k.callAs(k.ctx, k.lanes[i%2], k.scenario.method, connectors.Call{IdempotencyKey: fmt.Sprintf("many-%d", i)}, orders[i])
			took[i] = time.Since(began)
		})
	}
	all.Wait()
	slices.Sort(took)
	k.figures["load_p95_ms"] = float64(took[atOnce*95/100].Milliseconds())
	seen := map[string]int{}
	for i, a := range answers {
		if !k.well(a) {
			return fmt.Errorf("of %d calls at once one ended %s", atOnce, said(a))
		}
		other := k.lanes[(i+1)%2]
		if bytes.Contains(a.Payload, []byte(other.canary)) {
			return errors.New("under load an answer has another agency's data in it")
		}
		if ref := reference(a); ref != "" && k.scenario.acts() {
			if j, known := seen[ref]; known && j%2 == i%2 {
				return errors.New("two calls at once got the same reference")
			}
			seen[ref] = i
		}
	}
	return nil
}

// tenants has the second agency do what the first did, under the same key: whoever keeps answers gives it the first one's.
func tenants(k *kit) error {
	n := k.next()
	for i, l := range k.lanes {
		order, err := k.scenario.order(k, l, n)
		if err != nil {
			return err
		}
		other := k.lanes[1-i]
		before, beside := k.asked(l).count(), k.asked(other).count()
		a := k.callAs(k.ctx, l, k.scenario.method, connectors.Call{IdempotencyKey: fmt.Sprintf("both-%d", n)}, order)
		if !k.well(a) {
			return fmt.Errorf("%s ended %s", k.scenario.method, said(a))
		}
		if bytes.Contains(a.Payload, []byte(other.canary)) {
			return errors.New("an agency's answer has another agency's data in it")
		}
		if !k.scenario.bankless && k.asked(l).count() == before {
			return errors.New("an agency's call did not come to its bank: it was answered with what another agency was told")
		}
		if k.asked(other).count() != beside {
			return errors.New("an agency's call came to another agency's bank")
		}
	}
	for i, l := range k.lanes {
		for _, x := range k.asked(l).since(0) {
			if strings.Contains(x.path+x.body, k.lanes[1-i].canary) {
				return errors.New("data of an agency came to another agency's bank")
			}
		}
	}
	return nil
}

func (k *kit) needsProc() string {
	if runtime.GOOS != "linux" {
		return "what a process holds is read from /proc, which " + runtime.GOOS + " has not"
	}
	return ""
}

var peak = regexp.MustCompile(`(?m)^VmHWM:\s+([0-9]+) kB$`)

func memory(k *kit) error {
	if text, is := k.reported(host.Starved); is {
		return errors.New(text)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", k.inside.PID))
	if err != nil {
		return fmt.Errorf("its process cannot be looked at: %w", err)
	}
	found := peak.FindSubmatch(status)
	if found == nil {
		return errors.New("its process is gone")
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		return err
	}
	k.figures["resident_mib"] = float64(kib / 1024)
	if kib/1024 > k.o.Spec.MemoryMiB {
		return fmt.Errorf("it held %d MiB, and may hold %d", kib/1024, k.o.Spec.MemoryMiB)
	}
	return nil
}

// handle is what stands for a secret; see plugins/egress.
var handle = regexp.MustCompile(`secret:[A-Z2-7]{16,}`)

func leaks(k *kit) error {
	log := k.stderr.String()
	s, err := k.schema()
	if err != nil {
		return err
	}
	planted := map[string]string{}
	for _, l := range k.lanes {
		planted[l.canary], planted[l.taxCode] = "personal data that was planted in the calls", "a tax code that was planted in the calls"
		var config map[string]any
		if err := json.Unmarshal(l.config, &config); err != nil {
			return err
		}
		for name, value := range config {
			text, _ := value.(string)
			for line := range strings.Lines(text) { // a key has several, and a log has them as it likes
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "-----") && s.Properties[name].Secret {
					planted[line] = "the secret setting " + name
				}
			}
		}
	}
	for line, text := range strings.Split(log, "\n") {
		for value, what := range planted {
			if strings.Contains(text, value) {
				return fmt.Errorf("line %d of its log has %s in it", line+1, what)
			}
		}
		if handle.MatchString(text) {
			return fmt.Errorf("line %d of its log has a secret's handle in it", line+1)
		}
	}
	return nil
}

// stdout and egress are what the host reports; a connector cannot know that it does.
func stdout(k *kit) error {
	if _, is := k.reported(host.Printed); is {
		return errors.New("it printed on standard output after the handshake")
	}
	return nil
}

func egress(k *kit) error {
	for _, code := range []string{"egress.not_allowed", "egress.private", "egress.secret", "egress.call"} {
		if text, is := k.reported(code); is {
			return errors.New(text)
		}
	}
	return nil
}

func (k *kit) reported(code string) (text string, is bool) {
	for _, r := range k.host.Reports(k.name) {
		if r.Code == code {
			return r.Text("en"), true
		}
	}
	return "", false
}

func determinism(k *kit) error {
	l := k.lanes[0]
	made, err := analysis(k, l, k.next())
	if err != nil {
		return err
	}
	order := made.(sdk.AnalysisOrder)
	first := k.call(l, connectors.Analyse, order)
	slices.Reverse(order.Accounts)
	for i := range order.Accounts {
		slices.Reverse(order.Accounts[i].Transactions)
	}
	again := k.call(l, connectors.Analyse, order)
	if first.Verdict != connectors.Done || again.Verdict != connectors.Done {
		return fmt.Errorf("the analysis ended %s, then %s", said(first), said(again))
	}
	var a, b any
	if json.Unmarshal(first.Payload, &a) != nil || json.Unmarshal(again.Payload, &b) != nil || !reflect.DeepEqual(a, b) {
		return errors.New("the same transactions in another order gave another answer")
	}
	return nil
}
