package workflow

import "sort"

// nearest returns the known name with the smallest edit distance, or "" when none is close enough to be meant.
func nearest(name string, known []string) string {
	sorted := append([]string{}, known...)
	sort.Strings(sorted)
	best, distance := "", len(name)/2+2
	for _, k := range sorted {
		if d := editDistance(name, k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

func hint(name string, known []string) string {
	if n := nearest(name, known); n != "" {
		return "; nearest known name: " + n
	}
	return ""
}

func editDistance(a, b string) int {
	if abs(len(a)-len(b)) > 40 {
		return 1000
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
