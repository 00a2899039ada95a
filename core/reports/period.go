package reports

import "time"

// enough is how many files a period holds: with fewer, most of what it is split into would have to be hidden.
const enough = 50

// period is months that are told together, and only together.
type period struct {
	first, last time.Time
	lines       []Line
}

// periods cuts rows, which come in the order of their months, into periods: a month begins a new one when enough files came before it
// since the last one began. What is left at the end belongs to the last period. A cut does not move when later months fill up.
// At most two periods' rows are in memory.
type periods struct {
	known      []string // the network's agencies
	out        []period
	held, open []raw // of the last period that is full, and of what came after it
	files      int   // in open
}

func (p *periods) add(r raw) {
	if p.files >= enough && !r.month.Equal(p.open[len(p.open)-1].month) {
		p.flush()
		p.held, p.open, p.files = p.open, nil, 0
	}
	p.open = append(p.open, r)
	p.files += r.files
}

// flush publishes the rows that are held.
func (p *periods) flush() {
	if len(p.held) > 0 {
		p.out = append(p.out, period{p.held[0].month, p.held[len(p.held)-1].month, publish(p.held, p.known)})
	}
}

// all are the periods once every row was added.
func (p *periods) all() []period {
	if p.files >= enough {
		p.flush()
		p.held = nil
	}
	p.held = append(p.held, p.open...)
	p.flush()
	p.held, p.open, p.files = nil, nil, 0
	return p.out
}
