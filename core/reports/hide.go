package reports

import (
	"cmp"
	"slices"
)

// least is the smallest number of files a figure is shown for.
const least = 5

// Count is a number of files and the cents that go with them.
type Count struct {
	Files int
	Cents int64
}

func (c Count) plus(o Count) Count { return Count{c.Files + o.Files, c.Cents + o.Cents} }

// hide chooses, of the parts of a sum that is known, those that may not be shown: every one below least, and then the next
// smallest until there are two at least with least files between them, so that the sum minus the shown parts tells neither.
func hide(parts map[string]Count) (hidden map[string]bool) {
	keys := make([]string, 0, len(parts))
	for k := range parts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(parts[a].Files, parts[b].Files), cmp.Compare(a, b))
	})
	hidden = map[string]bool{}
	files := 0
	for _, k := range keys {
		few := parts[k].Files < least
		exposed := len(hidden) > 0 && (len(hidden) < 2 || files < least)
		if !few && !exposed {
			break
		}
		hidden[k] = true
		files += parts[k].Files
	}
	return hidden
}
