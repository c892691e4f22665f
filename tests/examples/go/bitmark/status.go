// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers

// Package bitmark is the part of libbitmarkpeer that a follower needs: ask a
// node, subscribe to what it publishes, decode and verify records.
//
// Objects are closed by Close, or by a finalizer when they are forgotten.  What
// comes from C is copied.  A Client and a Subscriber may be shared by goroutines:
// one call is under way at a time.  Cancel and Close may be called by any.
package bitmark

// #cgo pkg-config: libbitmarkpeer
// #include <bitmarkpeer.h>
import "C"

import "fmt"

// Status is an error of the library: its number.
type Status int

// Errors that a caller may want to tell from others.
const (
	Cancelled Status = C.BITMARK_E_CANCELLED
	Timeout   Status = C.BITMARK_E_TIMEOUT
	NotFound  Status = C.BITMARK_E_NOT_FOUND
	State     Status = C.BITMARK_E_STATE
	Argument  Status = C.BITMARK_E_ARGUMENT
	Merkle    Status = C.BITMARK_E_MERKLE
)

// Error is the text of the library's table.
func (s Status) Error() string {
	return fmt.Sprintf("%s (%d)", C.GoString(C.bitmark_strerror(C.int(s))), int(s))
}

func errorOf(status C.bitmark_status) error {
	if status == C.BITMARK_OK {
		return nil
	}
	return Status(status)
}

// Version is that of the library that is loaded.
func Version() string { return C.GoString(C.bitmark_version()) }
