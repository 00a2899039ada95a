package workflow

import "regexp"

// Names. A fact is a CEL identifier; a state or event may carry dots and dashes (bureau.report.done).
var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	descriptor = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.-]{0,99}|\*)$`)
	name       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)
	slug       = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	duration   = regexp.MustCompile(`^P(\d{1,4}W|(\d{1,4}D)?(T(\d{1,5}H)?(\d{1,5}M)?(\d{1,6}S)?)?)$`)
)

func both() *shape { return record().with("en", text(2000)).with("it", text(2000)) }

// sealed adds how far an overlay may change an element.
func (s *shape) sealed() *shape { return s.with("seal", oneOf("sealed", "tighten", "extend", "free")) }

func names() *shape { return either(match(name, 100), listOf(match(name, 100), 50)) }

func stateShape() *shape {
	s := record("kind").sealed().
		with("title", both()).
		with("kind", oneOf("atomic", "compound", "parallel", "final", "history")).
		with("initial", either(&shape{kind: "bool"}, names())).
		with("depth", oneOf("shallow", "deep")).
		with("outcome", oneOf("won", "lost")).
		with("slot", match(name, 100)).
		with("mandatory", &shape{kind: "bool"}).
		with("sla", record("within", "emits").
			with("within", match(duration, 40)).
			with("calendar", oneOf("business", "continuous")).
			with("pause_in", names()).
			with("emits", match(name, 100)))
	children := dictOf(s, 200)
	children.pattern = name
	region := record("states").sealed().with("title", both()).with("initial", names()).with("slot", match(name, 100)).with("states", children)
	regions := dictOf(region, 20)
	regions.pattern = name
	return s.with("states", children).with("regions", regions)
}

func guardShape() *shape {
	return record("id", "expr").sealed().with("id", match(name, 100)).with("expr", text(4000)).with("text", both())
}

func actionShape() *shape {
	with := dictOf(text(1000), 50)
	with.pattern = identifier
	return record("do").
		with("do", oneOf("connector.call", "task.create", "document.request", "notify", "instance.start", "event.send", "fact.set")).
		with("ref", match(regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$`), 100)).
		with("with", with).
		with("role", match(name, 100)).
		with("party", match(name, 100)).
		with("title", both()).
		with("due", match(duration, 40)).
		with("kind", match(name, 100)).
		with("from", match(name, 100)).
		with("template", match(name, 100)).
		with("subject", match(name, 100)).
		with("to", oneOf("application", "submissions")).
		with("event", match(name, 100)).
		with("fact", match(identifier, 64)).
		with("value", text(4000))
}

func transitionShape() *shape {
	return record("id", "from").sealed().
		with("id", match(name, 100)).
		with("from", either(match(name, 100), listOf(match(name, 100), 200))).
		with("on", match(descriptor, 100)).
		with("to", names()).
		with("inside", &shape{kind: "bool"}).
		with("mandatory", &shape{kind: "bool"}).
		with("title", both()).
		with("guards", listOf(guardShape(), 50)).
		with("approvals", record("count").
			with("count", &shape{kind: "int"}).
			with("roles", listOf(match(name, 100), 50)).
			with("distinct_from", listOf(match(identifier, 64), 20))).
		with("otherwise", &shape{kind: "bool"}).
		with("actions", listOf(actionShape(), 50))
}

func testShape() *shape {
	values := &shape{kind: "dict", elem: &shape{kind: "any"}, max: 500}
	refused := record("refused").with("refused", listOf(match(name, 100), 50))
	step := record().
		with("event", match(name, 100)).
		with("actor", text(200)).
		with("roles", listOf(match(name, 100), 50)).
		with("at", text(40)).
		with("facts", values).
		with("payload", values).
		with("expect", either(oneOf("fired", "recorded", "refused"), refused))
	return record("name", "steps", "expect").
		with("name", text(200)).
		with("facts", values).
		with("steps", listOf(either(match(name, 100), step), 500)).
		with("expect", either(match(name, 100), listOf(match(name, 100), 50)))
}

// templateShape is the format of a template, complete.
func templateShape() *shape {
	schema := &shape{kind: "schema"}
	dict := func(elem *shape, names *regexp.Regexp) *shape {
		d := dictOf(elem, 500)
		d.pattern = names
		return d
	}
	event := record().sealed().with("by", listOf(match(name, 100), 50)).with("payload", schema).with("title", both())
	invariant := record("id", "in", "expr").sealed().
		with("id", match(name, 100)).
		with("in", listOf(match(name, 100), 200)).
		with("expr", text(4000)).
		with("text", both()).
		with("waive", listOf(match(name, 100), 50))
	kind := oneOf("Workflow")
	kind.later = map[string]string{"WorkflowOverlay": "an overlay is checked on its base: pratica workflow resolve OVERLAY --base BASE writes the template to check"}
	root := record("apiVersion", "kind", "metadata", "subject", "states", "events", "transitions").
		with("apiVersion", oneOf("pratica/v1")).
		with("kind", kind).
		with("priority", oneOf("document")).
		with("initial", names()).
		with("metadata", record("key").with("key", match(slug, 64)).with("title", both()).with("description", both())).
		with("subject", oneOf("application", "submission", "consent", "case")).
		with("facts", schema).
		with("params", dict(schema, identifier)).
		with("states", dict(stateShape(), name)).
		with("events", dict(event, name)).
		with("transitions", listOf(transitionShape(), 1000)).
		with("invariants", listOf(invariant, 200)).
		with("tests", listOf(testShape(), 500))
	return root
}
