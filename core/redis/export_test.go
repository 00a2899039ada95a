package redis

import "time"

// Patient waits for Redis as long as a busy machine needs: what is tested is the bucket they share.
func (l *Limiter) Patient() *Limiter {
	l.patience = time.Minute
	return l
}
