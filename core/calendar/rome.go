package calendar

import (
	"sync"
	"time"
	_ "time/tzdata" // Rome is Rome wherever the server stands
)

// Rome is the clock that people's days and letters go by.
var Rome = sync.OnceValue(func() *time.Location {
	at, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err) // cannot be: the zones are compiled in
	}
	return at
})
