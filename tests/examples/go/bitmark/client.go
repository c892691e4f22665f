// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers

package bitmark

// #include <stdlib.h>
// #include <bitmarkpeer.h>
import "C"

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// Node says where a node is, and who it is.
type Node struct {
	Chain   string // "bitmark", "testing" or "local"
	Address string // "host:port"
	Key     string // the public key in 64 hex digits
}

// ParseNode reads KEY@HOST:PORT, as the tools take it.
func ParseNode(chain, text string) (Node, error) {
	key, address, found := strings.Cut(text, "@")
	if !found {
		return Node{}, errors.New("a node is KEY@HOST:PORT")
	}
	return Node{Chain: chain, Address: address, Key: key}, nil
}

// config is what C borrows while something is opened: memory of C.
type config struct {
	chain, address *C.char
	key            [C.BITMARK_PEER_KEY_SIZE]C.uint8_t
}

func (node Node) config() (*config, error) {
	c := new(config)
	text := C.CString(node.Key)
	defer C.free(unsafe.Pointer(text))
	err := errorOf(C.bitmark_peer_key_parse_public(text, C.size_t(len(node.Key)), &c.key[0]))
	if err != nil {
		return nil, err
	}
	c.chain, c.address = C.CString(node.Chain), C.CString(node.Address)
	return c, nil
}

func (c *config) free() {
	C.free(unsafe.Pointer(c.chain))
	C.free(unsafe.Pointer(c.address))
}

// Client asks one node.
type Client struct {
	calls  sync.Mutex   // one call at a time
	life   sync.RWMutex // nobody cancels what is being closed
	client *C.struct_bitmark_client
}

// Info is what a node says of itself.
type Info struct {
	Version, Chain string
	Normal         bool
	Height         uint64
}

// Open prepares a connection; nothing is waited for.
func Open(node Node, timeout time.Duration) (*Client, error) {
	kept, err := node.config()
	if err != nil {
		return nil, err
	}
	defer kept.free()
	var config C.struct_bitmark_client_config
	config.struct_size = C.sizeof_struct_bitmark_client_config
	config.chain, config.address, config.server_key = kept.chain, kept.address, kept.key
	config.timeout_ms = C.uint(timeout.Milliseconds())
	c := new(Client)
	if err := errorOf(C.bitmark_client_open(&c.client, &config)); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(c, (*Client).Close)
	return c, nil
}

// call runs while nobody else uses the client.
func (c *Client) call(do func() C.bitmark_status) error {
	c.calls.Lock()
	defer c.calls.Unlock()
	if c.client == nil {
		return State
	}
	status := do()
	if status == C.BITMARK_E_REMOTE {
		return errors.New(C.GoString(C.bitmark_client_remote_error(c.client)))
	}
	return errorOf(status)
}

// Info asks the node about itself.
func (c *Client) Info() (Info, error) {
	var info C.struct_bitmark_info
	info.struct_size = C.sizeof_struct_bitmark_info
	err := c.call(func() C.bitmark_status { return C.bitmark_client_info(c.client, &info) })
	if err != nil {
		return Info{}, err
	}
	return Info{
		Version: C.GoString(&info.version[0]),
		Chain:   C.GoString(&info.chain[0]),
		Normal:  bool(info.normal),
		Height:  uint64(info.height),
	}, nil
}

// Block gives a packed block as the node has it.
func (c *Client) Block(number uint64) ([]byte, error) {
	var block *C.uint8_t
	var size C.size_t
	err := c.call(func() C.bitmark_status {
		return C.bitmark_client_block(c.client, C.uint64_t(number), &block, &size)
	})
	if err != nil {
		return nil, err
	}
	defer C.bitmark_free(unsafe.Pointer(block))
	return C.GoBytes(unsafe.Pointer(block), C.int(size)), nil
}

// Cancel ends the call that is under way, or else the next one, with Cancelled.
func (c *Client) Cancel() {
	c.life.RLock()
	defer c.life.RUnlock()
	if c.client != nil {
		C.bitmark_client_cancel(c.client)
	}
}

// Close ends the connection, and a call that another goroutine waits for.
func (c *Client) Close() {
	c.Cancel()
	c.calls.Lock()
	defer c.calls.Unlock()
	c.life.Lock()
	defer c.life.Unlock()
	C.bitmark_client_close(c.client)
	c.client = nil
	runtime.SetFinalizer(c, nil)
}
