// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers

package bitmark

// #include <bitmarkpeer.h>
import "C"

import (
	"math"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// Kind is what happened.
type Kind int

// Messages are lost between Lost or Silent and the next Connected.
const (
	Connected Kind = C.BITMARK_NOTICE_CONNECTED
	Lost      Kind = C.BITMARK_NOTICE_LOST
	Silent    Kind = C.BITMARK_NOTICE_SILENT
	Event     Kind = C.BITMARK_NOTICE_EVENT
)

// Notice is one thing that happened; only an event has a name and parameters.
type Notice struct {
	Kind       Kind
	Name       string
	Parameters [][]byte
}

// Subscriber follows what a node publishes.
type Subscriber struct {
	calls      sync.Mutex
	life       sync.RWMutex
	subscriber *C.struct_bitmark_subscriber
}

// Subscribe begins to connect to the publisher of a node; nothing is waited for.
func Subscribe(publisher Node) (*Subscriber, error) {
	kept, err := publisher.config()
	if err != nil {
		return nil, err
	}
	defer kept.free()
	var config C.struct_bitmark_subscriber_config
	config.struct_size = C.sizeof_struct_bitmark_subscriber_config
	config.chain, config.address, config.server_key = kept.chain, kept.address, kept.key
	s := new(Subscriber)
	if err := errorOf(C.bitmark_subscriber_open(&s.subscriber, &config)); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(s, (*Subscriber).Close)
	return s, nil
}

// Next waits for what happens next; the error is Timeout when nothing did.
func (s *Subscriber) Next(timeout time.Duration) (Notice, error) {
	s.calls.Lock()
	defer s.calls.Unlock()
	if s.subscriber == nil {
		return Notice{}, State
	}
	wait := timeout.Milliseconds()
	if wait > math.MaxInt32 {
		wait = math.MaxInt32
	}
	var notice C.struct_bitmark_notice
	notice.struct_size = C.sizeof_struct_bitmark_notice
	err := errorOf(C.bitmark_subscriber_next(s.subscriber, C.uint(wait), &notice))
	if err != nil {
		return Notice{}, err
	}
	// The library's own bytes stay until the next call: they are copied now.
	found := Notice{Kind: Kind(notice._type)}
	if found.Kind == Event {
		found.Name = C.GoString(notice.event)
		for _, each := range notice.parameter[:notice.count] {
			found.Parameters = append(found.Parameters,
				C.GoBytes(unsafe.Pointer(each.data), C.int(each.size)))
		}
	}
	return found, nil
}

// Cancel ends the wait that is under way, or else the next one, with Cancelled.
func (s *Subscriber) Cancel() {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.subscriber != nil {
		C.bitmark_subscriber_cancel(s.subscriber)
	}
}

// Close ends the connection, and the wait of another goroutine.
func (s *Subscriber) Close() {
	s.Cancel()
	s.calls.Lock()
	defer s.calls.Unlock()
	s.life.Lock()
	defer s.life.Unlock()
	C.bitmark_subscriber_close(s.subscriber)
	s.subscriber = nil
	runtime.SetFinalizer(s, nil)
}
