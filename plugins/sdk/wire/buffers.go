package wire

import (
	"fmt"
	"math/bits"
	"sync"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// BufferPool is the process's one pool: it has a tier for each power of two from 256 bytes to MaxMessage. gRPC's own knows nothing
// between 32 KiB and 1 MiB, so that an answer just over 32 KiB takes a buffer of 1 MiB; and it clears each buffer, whole, before it lends
// it out. These are not cleared: gRPC and Codec write all that they then read.
func BufferPool() mem.BufferPool { return pool }

const (
	smallest = 8  // the first tier, as a power of two
	largest  = 23 // the last: MaxMessage
)

var pool = &buffers{}

type buffers struct {
	tiers [largest - smallest + 1]sync.Pool
}

// tierOf is the tier of the smallest buffers that hold size bytes.
func tierOf(size int) int { return max(0, bits.Len(uint(size-1))-smallest) }

func (b *buffers) Get(size int) *[]byte {
	if size <= 0 || size > MaxMessage {
		out := make([]byte, size)
		return &out
	}
	tier := tierOf(size)
	if out, ok := b.tiers[tier].Get().(*[]byte); ok {
		*out = (*out)[:size]
		return out
	}
	out := make([]byte, size, 1<<(tier+smallest))
	return &out
}

// Put takes back what Get gave; anything else is left to the collector.
func (b *buffers) Put(buffer *[]byte) {
	size := cap(*buffer)
	if size == 0 || size > MaxMessage || size != 1<<(tierOf(size)+smallest) {
		return
	}
	b.tiers[tierOf(size)].Put(buffer)
}

// Codec is gRPC's for messages, with the buffers of BufferPool: gRPC's own takes them from gRPC's pool, whatever pool a connection was given.
type Codec struct{}

var _ encoding.CodecV2 = Codec{}

// Name is the codec's of messages, which it stands in for.
func (Codec) Name() string { return "proto" }

// Marshal writes a proto.Message.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	message, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is no message", v)
	}
	size := proto.Size(message)
	options := proto.MarshalOptions{UseCachedSize: true} // of the line before
	if mem.IsBelowBufferPoolingThreshold(size) {
		out, err := options.Marshal(message)
		return mem.BufferSlice{mem.SliceBuffer(out)}, err
	}
	buffer := pool.Get(size)
	if _, err := options.MarshalAppend((*buffer)[:0], message); err != nil {
		pool.Put(buffer)
		return nil, err
	}
	return mem.BufferSlice{mem.NewBuffer(buffer, pool)}, nil
}

// Unmarshal reads one.
func (Codec) Unmarshal(data mem.BufferSlice, into any) error {
	message, ok := into.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no message", into)
	}
	whole := data.MaterializeToBuffer(pool)
	defer whole.Free()
	return proto.Unmarshal(whole.ReadOnlyData(), message)
}
