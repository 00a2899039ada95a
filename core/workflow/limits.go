package workflow

// What a template may hold in all. The format bounds each list; these bound what lists within lists, and aliases, multiply to,
// so that opening and checking any template ends soon. They are several times what the largest real process needs.
var limits = []struct {
	noun  string
	most  int
	count func(root *value) int
}{
	{"states", 500, func(root *value) int { return countStates(root.get("states")) }},
	{"states that transitions start from", 5000, func(root *value) int { return total(root.get("transitions"), "from") }},
	{"states that transitions lead to", 5000, func(root *value) int { return total(root.get("transitions"), "to") }},
	{"guards", 3000, func(root *value) int { return total(root.get("transitions"), "guards") }},
	{"actions", 3000, func(root *value) int { return total(root.get("transitions"), "actions") }},
	{"steps of tests", 5000, func(root *value) int { return total(root.get("tests"), "steps") }},
}

// withinLimits refuses a template as a whole: looking at more of it is what the limits are there to prevent.
func withinLimits(root *value, found *findings) bool {
	ok := true
	for _, l := range limits {
		if n := l.count(root); n > l.most {
			found.add("schema", "/", root.at, "the template has %d %s; at most %d may be: split it", n, l.noun, l.most)
			ok = false
		}
	}
	return ok
}

// total is how many entries a list holds in one member of its items, a single name counting as one.
func total(list *value, member string) int {
	n := 0
	for _, item := range items(list) {
		if v := item.get(member); v != nil {
			n += max(1, len(v.list))
		}
	}
	return n
}

func countStates(v *value) int {
	n := 0
	for _, f := range entries(v) {
		n += 1 + countStates(f.val.get("states"))
		for _, r := range entries(f.val.get("regions")) {
			n += 1 + countStates(r.val.get("states"))
		}
	}
	return n
}

const (
	// maxItems and maxLength are the largest list and text a schema may allow. They bound what a fact weighs in memory and,
	// with the price of a step over them, what a guard may be found to cost: ten times the parties or documents of any file.
	maxItems  = 10_000
	maxLength = 100_000
	// maxWorkingDays is four years; working days are counted one by one.
	maxWorkingDays = 1000
)
