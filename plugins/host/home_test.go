package host

import (
	"os"
	"sync"
	"testing"
)

// TestHomesAtOnce: hosts that begin at the same moment do not take each other's new home for a dead one's.
func TestHomesAtOnce(t *testing.T) {
	parent := t.TempDir()
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 20 {
				h, err := newHome(parent)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := os.Stat(h.scratch); err != nil {
					t.Error(err)
				}
				if err := h.close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
