package redis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Limit is how often something may be tried: Most times within Window, and from then on only after a wait that starts with First,
// doubles with every try, and never exceeds Longest. Key names no person: it is a hash.
type Limit struct {
	Key                    string
	Most                   int
	Window, First, Longest time.Duration
}

// Tries counts tries for all servers together. Whoever uses it needs another way while Redis is away. It belongs to no agency:
// people sign in before one is known.
type Tries struct{ rdb redis.UniversalClient }

// Tries returns the counter.
func (c *Client) Tries() *Tries { return &Tries{c.rdb} }

func tries(key string) string {
	return "pratica:{tries}:" + key // one slot: a script looks at several
}

// count looks at every key first and counts only if none of them has to wait: a try that is refused makes no wait longer.
const count = `
local now, wait, state = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local h = redis.call('hmget', key, 'n', 'free', 'ends')
  local n, free, ends = tonumber(h[1] or 0), tonumber(h[2] or 0), tonumber(h[3] or 0)
  if ends <= now and free <= now then n, free, ends = 0, 0, now + tonumber(ARGV[i * 4 - 1]) end
  wait = math.max(wait, free - now)
  state[i] = {n, free, ends}
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local n, free, ends = state[i][1] + 1, state[i][2], state[i][3]
  local over = n - tonumber(ARGV[i * 4 - 2])
  if over >= 0 then free = now + math.min(tonumber(ARGV[i * 4 + 1]), tonumber(ARGV[i * 4]) * 2 ^ math.min(over, 40)) end
  redis.call('hset', key, 'n', string.format('%.0f', n), 'free', string.format('%.0f', free), 'ends', string.format('%.0f', ends))
  redis.call('pexpire', key, string.format('%.0f', math.max(free, ends) - now))
end
return 0`

// Count takes a try under every limit, or under none and tells how long to wait.
func (t *Tries) Count(ctx context.Context, now time.Time, limits ...Limit) (wait time.Duration, err error) {
	keys, args := []string{}, []any{now.UnixMilli()}
	for _, l := range limits {
		keys = append(keys, tries(l.Key))
		args = append(args, l.Most, l.Window.Milliseconds(), l.First.Milliseconds(), l.Longest.Milliseconds())
	}
	ms, err := t.rdb.Eval(ctx, count, keys, args...).Int64()
	return time.Duration(ms) * time.Millisecond, unavailable(err)
}

// Undo takes one try back: it was right.
func (t *Tries) Undo(ctx context.Context, key string) error {
	const script = `if tonumber(redis.call('hget', KEYS[1], 'n') or 0) > 0 then redis.call('hincrby', KEYS[1], 'n', -1) redis.call('hset', KEYS[1], 'free', 0) end return 0`
	return unavailable(t.rdb.Eval(ctx, script, []string{tries(key)}).Err())
}

// Forget forgets all tries under a key.
func (t *Tries) Forget(ctx context.Context, key string) error {
	return unavailable(t.rdb.Del(ctx, tries(key)).Err())
}
