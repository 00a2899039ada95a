package workflow

import (
	"fmt"
	"testing"
)

func TestSmoke(t *testing.T) {
	for _, f := range []string{"testdata/mortgage-example.yaml", "testdata/mortgage-flawed.yaml"} {
		c := Check(read(t, f))
		fmt.Println(f, c.Publishable, c.Digest)
		for _, x := range c.Findings {
			fmt.Printf("%s %s %d:%d %s %v\n", x.Code, x.At, x.Line, x.Column, x.Message, x.Witness)
		}
	}
}
