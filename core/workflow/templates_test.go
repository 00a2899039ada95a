package workflow

import "testing"

// The templates every agency starts from pass their own check, tests included, without a warning.
func TestDefaultTemplatesPass(t *testing.T) {
	for _, name := range []string{"application", "submission"} {
		t.Run(name, func(t *testing.T) {
			c := Check(read(t, "../../tenants/templates/"+name+".yaml"))
			if !c.Publishable || len(c.Findings) > 0 {
				for _, f := range c.Findings {
					t.Errorf("%s %s %d:%d %s", f.Code, f.At, f.Line, f.Column, f.Message)
				}
			}
		})
	}
}
