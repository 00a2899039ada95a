// Package paths walks everything a template can do: where its instances can stand, and the macrosteps between.
//
// A node is a configuration with what history states remember and the values of frozen facts; all other facts are free to change
// between two macrosteps. A step is one macrostep: the transitions that fire together, then those that follow by themselves, under
// one condition over the facts. A step whose condition can never hold does not exist. One that can is tried: the condition's model
// is turned into facts, an actor and a payload, and the machine itself must do what the step says. Then the step is proven;
// a step that could not be tried (an expression nobody understands) stays as possible.
//
// So what no node or step reaches is out of reach, and what is shown by proven steps can be replayed. On the way the walk notes
// where transitions exclude each other badly: see Sight.
package paths
