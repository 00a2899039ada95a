package workflow

import "regexp"

// Names. A fact is a CEL identifier; a state or event may carry dots and dashes (bureau.report.done).
var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	name       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)
	slug       = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	duration   = regexp.MustCompile(`^P(\d{1,4}W|(\d{1,4}D)?(T(\d{1,5}H)?(\d{1,5}M)?(\d{1,6}S)?)?)$`)
)

const (
	laterRegions  = "parallel regions come with a later version of Pratica: until then a template may use atomic, compound and final states"
	laterHistory  = "history states come with a later version of Pratica: until then a template may use atomic, compound and final states"
	laterOverlays = "overlays and their seals come with a later version of Pratica: until then a template stands on its own"
	laterPause    = "pausing a deadline comes with a later version of Pratica: until then a deadline runs on"
)

var sealKeys = map[string]string{"seal": laterOverlays, "slot": laterOverlays, "mandatory": laterOverlays}

func both() *shape { return record().with("en", text(2000)).with("it", text(2000)) }

func stateShape() *shape {
	s := record("kind").
		with("title", both()).
		with("initial", either(&shape{kind: "bool"}, match(name, 100))).
		with("outcome", oneOf("won", "lost"))
	s.later = map[string]string{"regions": laterRegions, "seal": laterOverlays, "slot": laterOverlays, "mandatory": laterOverlays}
	kind := oneOf("atomic", "compound", "final")
	kind.later = map[string]string{"parallel": laterRegions, "history": laterHistory}
	sla := record("within", "emits").
		with("within", match(duration, 40)).
		with("calendar", oneOf("business", "continuous")).
		with("emits", match(name, 100))
	sla.later = map[string]string{"pause": laterPause, "pause_in": laterPause, "pauses": laterPause, "seal": laterOverlays}
	s.with("kind", kind).with("sla", sla)
	children := dictOf(s, 200)
	children.pattern = name
	return s.with("states", children)
}

func guardShape() *shape {
	g := record("id", "expr").with("id", match(name, 100)).with("expr", text(4000)).with("text", both())
	g.later = sealKeys
	return g
}

func actionShape() *shape {
	with := dictOf(text(1000), 50)
	with.pattern = identifier
	a := record("do").
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
	a.later = sealKeys
	return a
}

func transitionShape() *shape {
	t := record("id", "from").
		with("id", match(name, 100)).
		with("from", either(match(name, 100), listOf(match(name, 100), 200))).
		with("on", match(name, 100)).
		with("to", match(name, 100)).
		with("title", both()).
		with("guards", listOf(guardShape(), 50)).
		with("approvals", record("count").
			with("count", &shape{kind: "int"}).
			with("roles", listOf(match(name, 100), 50)).
			with("distinct_from", listOf(match(identifier, 64), 20))).
		with("otherwise", &shape{kind: "bool"}).
		with("actions", listOf(actionShape(), 50))
	t.later = sealKeys
	return t
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
	event := record().with("by", listOf(match(name, 100), 50)).with("payload", schema).with("title", both())
	event.later = sealKeys
	invariant := record("id", "in", "expr").
		with("id", match(name, 100)).
		with("in", listOf(match(name, 100), 200)).
		with("expr", text(4000)).
		with("text", both()).
		with("waive", listOf(match(name, 100), 50))
	invariant.later = sealKeys
	root := record("apiVersion", "kind", "metadata", "subject", "states", "events", "transitions").
		with("apiVersion", oneOf("pratica/v1")).
		with("metadata", record("key").with("key", match(slug, 64)).with("title", both()).with("description", both())).
		with("subject", oneOf("application", "submission", "consent", "case")).
		with("facts", schema).
		with("params", dict(schema, identifier)).
		with("states", dict(stateShape(), name)).
		with("events", dict(event, name)).
		with("transitions", listOf(transitionShape(), 1000)).
		with("invariants", listOf(invariant, 200)).
		with("tests", listOf(testShape(), 500))
	kind := oneOf("Workflow")
	kind.later = map[string]string{"WorkflowOverlay": laterOverlays}
	root.with("kind", kind)
	root.later = map[string]string{"operations": laterOverlays, "extends": laterOverlays}
	return root
}
