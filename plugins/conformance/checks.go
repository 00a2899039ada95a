package conformance

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// check is one thing the kit finds out.
type check struct {
	id     string
	proves string
	remedy string
	needs  []string // checks that have to pass first: what they found would be found again
	why    func(k *kit) string
	run    func(k *kit) error
}

// link is where CHECKS.md speaks of something.
func link(anchor string) string {
	return "https://github.com/pratica-crm/pratica/blob/main/plugins/conformance/CHECKS.md#" + anchor
}

// checks are all, in the order they are made in. Read only; a function, because the checks refer to it.
func checks() []check {
	work := []string{"work"}
	return []check{
		{id: "describe-schema", proves: "The settings are a JSON Schema that the platform can make a form of, and conformance.yaml fits it.",
			remedy: "Make Describe.ConfigSchema a JSON Schema (2020-12) of an object whose properties are all described, with x-secret on secrets.", run: describeSchema},
		{id: "describe-translations", proves: "Whatever people read is there in English and Italian.",
			remedy: "Give each setting x-title (and x-help, where there is one) and each message both \"en\" and \"it\".", needs: []string{"describe-schema"}, run: describeTranslations},
		{id: "describe-egress", proves: "It says where it connects to, exactly, and asks for no more.",
			remedy: "List host, host:port or {setting} in Describe.Egress: no wildcards, no addresses with paths; every setting with format uri belongs there.", needs: []string{"describe-schema"}, run: describeEgress},
		{id: "protocol-methods", proves: "A method it does not have is answered with unimplemented.",
			remedy: "Register the services you implement and nothing else; leave unknown methods to gRPC.", run: unknownMethod},
		{id: "protocol-operation", proves: "An answer names the operation it answers.",
			remedy: "Copy the call's operation_id into the outcome; the SDKs do it.", run: operationEcho},
		{id: "work", proves: "It does what it is for, twice, for two agencies.",
			remedy: "Run it against the same bank with `pratica plugin dev` and look at the exchange that failed.", needs: []string{"describe-schema", "describe-egress", "protocol-operation"}, why: (*kit).needsSide, run: works},
		{id: "check-connection", proves: "CheckConnection finds good settings good, and a refused token bad.",
			remedy: "In CheckConnection ask the bank for something harmless with the token; 401 and 403 are unauthenticated.", needs: work, why: (*kit).needsBank, run: checkConnection},
		{id: "idempotency", proves: "The same call with the same key happens once.",
			remedy: "Send Call.IdempotencyKey to the bank as its idempotency key, unchanged.", needs: work, why: (*kit).needsActing, run: idempotent},
		{id: "reconcile", proves: "When the bank acted and the answer was lost, it says \"unknown\", and then finds out.",
			remedy: "A 5xx or a broken answer to what acts has side effect unknown. Reconcile asks the bank by the key: what it finds it returns, and not_found only on the bank's own word.", needs: work, why: (*kit).needsActing, run: reconcile},
		{id: "retries", proves: "It sends each request once: whether it goes out again is the platform's decision.",
			remedy: "Remove loops around requests, and retries of your HTTP client.", needs: work, why: (*kit).needsBank, run: noRetries},
		{id: "timeout", proves: "A bank that takes a request and never answers, or breaks off, costs no more than the deadline and leaves no doubt that is hidden.",
			remedy: "Pass the call's context (or signal) to every request. After a request has left, an acting call that breaks off has side effect unknown.", needs: work, why: (*kit).needsBank, run: timeout},
		{id: "rate-limited", proves: "429 is rate_limited, and Retry-After is what the bank said.",
			remedy: "Answer 429 with kind rate_limited and RetryAfter from the header.", needs: work, why: (*kit).needsBank, run: rateLimited},
		{id: "garbage", proves: "A web page instead of an answer is contract_drift, not a success and not a crash.",
			remedy: "Look at the content type and hold what you read against what must be there, before you use it.", needs: work, why: (*kit).needsBank, run: garbage},
		{id: "crash", proves: "Killed in the middle of a call, it goes on with the next, and has forgotten nothing it must know.",
			remedy: "Keep nothing in the process: what is needed later belongs into the reference or the context that the platform keeps.", needs: work, run: crash},
		{id: "callback", proves: "A callback that comes twice says the same twice, and a forged one says nothing.",
			remedy: "Check the signature over the raw body, and only then name references; keep no list of those you have seen.", needs: work, why: (*kit).needsCallback, run: callback},
		{id: "cancel", proves: "Cancel answers, whatever it can do.",
			remedy: "Take back what is pending, or answer unsupported with side effect none.", needs: work, why: (*kit).needsActing, run: cancel},
		{id: "pagination", proves: "All pages come, each movement once, under ids that stay.",
			remedy: "Return the bank's next link as NextPage until there is none, and the bank's ids as they are.", needs: work, why: (*kit).needsPages, run: pagination},
		{id: "determinism", proves: "The same accounts give the same figures, in whatever order they come.",
			remedy: "Sort before you compare, and let no map's order into the answer.", needs: work, why: (*kit).needsAnalysis, run: determinism},
		{id: "cassettes", proves: "What was recorded with a real bank still ends as it did.",
			remedy: "Look at what changed in the requests; when it is meant, record the cassette again.", needs: []string{"describe-schema", "protocol-operation"}, why: (*kit).needsCassettes, run: cassettes},
		{id: "concurrency", proves: "64 calls at once all end well, each with its own answer.",
			remedy: "Share nothing between calls but what is safe for it; hold no lock while you wait for the bank.", needs: work, run: concurrency},
		{id: "tenants", proves: "Nothing of an agency is in another's answers or at another's bank.",
			remedy: "Take everything from the call; if you must cache, make tenant and connection part of the key.", needs: work, run: tenants},
		{id: "memory", proves: "After all that, the process holds no more than it may.",
			remedy: "Read answers with a bound, stream documents, and keep nothing of a call; or declare more in memory_mib and say why.", why: (*kit).needsProc, run: memory},
		{id: "egress", proves: "It connected to nothing but what it declares.",
			remedy: "Declare the host in Describe.Egress, or do not connect to it; every request goes through Call.Client (call.ask).", needs: work, run: egress},
		{id: "leaks", proves: "What it logged has no secret, no handle and nothing of a person.",
			remedy: "Log ids and codes: no settings, no bodies, no names, no addresses with queries.", run: leaks},
		{id: "stdout", proves: "Nothing is printed on standard output after the handshake.",
			remedy: "Log to standard error. In Go use log/slog on os.Stderr; the SDK for Node does it with console.log.", run: stdout},
	}
}

// Run makes all checks on a connector. An error that wraps ErrCannotRun says why it could not be judged.
func Run(ctx context.Context, o Options) (Report, error) {
	k, err := open(ctx, o)
	if err != nil {
		return Report{}, err
	}
	defer k.close()
	r := Report{Format: 1, Connector: k.about.Name, Version: k.about.Version, Capabilities: k.about.Capabilities, Figures: k.figures, Jail: []string{}}
	for _, layer := range k.host.Layers(k.name) {
		if layer.Active {
			r.Jail = append(r.Jail, layer.Name)
		}
	}
	for _, c := range checks() {
		if slices.Contains(o.leaveOut, c.id) {
			continue
		}
		result := k.make(c)
		k.result[c.id] = result
		r.Checks = append(r.Checks, result)
		if err := ctx.Err(); err != nil {
			return Report{}, fmt.Errorf("%w: it was stopped", ErrCannotRun)
		}
	}
	r.count()
	return r, nil
}

// make makes one check.
func (k *kit) make(c check) Result {
	out := Result{ID: c.id, Proves: c.proves, Link: link(c.id)}
	if c.why != nil {
		out.Detail = c.why(k)
	}
	for _, id := range c.needs {
		if k.result[id].Status != Passed && out.Detail == "" {
			out.Detail = "it needs " + id + ", which has not passed"
		}
	}
	if out.Detail != "" {
		out.Status = NotApplicable
		return out
	}
	began := time.Now()
	k.sound()
	err := c.run(k)
	k.sound()
	if out.Status = Passed; err != nil {
		out.Status, out.Detail, out.Remedy = Failed, err.Error(), c.remedy
	}
	out.Millis = time.Since(began).Milliseconds()
	return out
}

// sound makes all banks behave.
func (k *kit) sound() { k.now(sound) }

func (k *kit) now(how mood) { k.meet(how, false) }

// acting makes all banks misbehave with what acts. One that looks first, at a price say, and is not answered knows that nothing happened:
// it is its order that the bank's mood is for.
func (k *kit) acting(how mood) { k.meet(how, k.scenario.acts()) }

func (k *kit) meet(how mood, acts bool) {
	for _, l := range k.lanes {
		l.bank.now(how, acts)
		l.identity.now(how, acts)
	}
}

// needsSide: of conformance.yaml there is none, or the capability is one the kit knows nothing to do with.
func (k *kit) needsSide() string {
	switch {
	case k.scenario.capability == "":
		return fmt.Sprintf("the kit has nothing to do for the capabilities %v", k.about.Capabilities)
	case !k.o.Spec.given:
		return "there is no " + SpecName + " beside the program that says how to connect it; see " + link("the-file")
	case !k.scenario.bankless && k.o.Spec.Bank == "":
		return SpecName + " names no bank; see " + link("the-file")
	}
	return ""
}

func (k *kit) needsBank() string {
	if k.scenario.bankless {
		return "it has no other side"
	}
	return k.needsSide()
}

func (k *kit) needsActing() string {
	if why := k.needsBank(); why != "" {
		return why
	}
	if !k.scenario.acts() {
		return "nothing it does must not happen twice"
	}
	return ""
}

func (k *kit) needsAnalysis() string {
	if !slices.Contains(k.about.Capabilities, "analysis") {
		return "it analyses nothing"
	}
	return k.needsSide()
}

func (k *kit) needsCallback() string {
	switch {
	case len(k.about.CallbackPaths) == 0:
		return "it takes no callbacks"
	case k.o.Spec.Callback == nil:
		return SpecName + " has no callback to send; see " + link("callback")
	}
	return ""
}
