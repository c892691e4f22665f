// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers

package bitmark

// #include <stdlib.h>
// #include <bitmarkpeer.h>
import "C"

import (
	"bytes"
	"encoding/json"
	"runtime"
	"unsafe"
)

// Network is the network of accounts.
type Network int

// The chains "testing" and "local" have accounts of the test network.
const (
	Live Network = C.BITMARK_NETWORK_LIVE
	Test Network = C.BITMARK_NETWORK_TEST
)

// NetworkOf gives the network of a chain.
func NetworkOf(chain string) (Network, error) {
	name := C.CString(chain)
	defer C.free(unsafe.Pointer(name))
	params := C.bitmark_chain_params_find(name)
	if params == nil {
		return 0, Status(C.BITMARK_E_INVALID_CHAIN)
	}
	return Network(params.network), nil
}

// ID is a transaction id, in the order of the wire.
type ID [C.BITMARK_TX_ID_SIZE]byte

// Account is who owns and who signs: a value, which can be compared.
type Account struct {
	account C.struct_bitmark_account
}

// String is the base58 text.
func (a Account) String() string {
	var text [C.BITMARK_ACCOUNT_TEXT_MAX]C.char
	C.bitmark_account_to_text(&a.account, &text[0])
	return C.GoString(&text[0])
}

// ParseAccount reads the base58 text.
func ParseAccount(text string) (Account, error) {
	var a Account
	c := C.CString(text)
	defer C.free(unsafe.Pointer(c))
	return a, errorOf(C.bitmark_account_from_text(c, C.size_t(len(text)), &a.account))
}

// Record is one transaction record.  C keeps pointers to its bytes in it, so both
// are memory of C, which goes with the record.
type Record struct {
	record *C.struct_bitmark_record
	bytes  unsafe.Pointer
	packed []byte
}

// Parse reads the record at the start of data, and tells how many bytes it has.
// Its signature is not checked.
func Parse(data []byte, network Network) (*Record, int, error) {
	r := &Record{
		record: (*C.struct_bitmark_record)(C.calloc(1, C.sizeof_struct_bitmark_record)),
		bytes:  C.CBytes(data),
	}
	runtime.SetFinalizer(r, (*Record).Close)
	var used C.size_t
	err := errorOf(C.bitmark_record_parse(C.bitmark_rules_decode(), (*C.uint8_t)(r.bytes),
		C.size_t(len(data)), C.enum_bitmark_network(network), r.record, &used))
	if err != nil {
		r.Close()
		return nil, 0, err
	}
	r.packed = append([]byte(nil), data[:used]...)
	return r, int(used), nil
}

// ParseAll reads all records of data.
func ParseAll(data []byte, network Network) ([]*Record, error) {
	var all []*Record
	for len(data) > 0 {
		r, used, err := Parse(data, network)
		if err != nil {
			return all, err
		}
		all = append(all, r)
		data = data[used:]
	}
	return all, nil
}

// Close frees the record; it must not be used any more.
func (r *Record) Close() {
	C.free(unsafe.Pointer(r.record))
	C.free(r.bytes)
	r.record, r.bytes = nil, nil
	runtime.SetFinalizer(r, nil)
}

// Name is the kind of record, as "BitmarkIssue".
func (r *Record) Name() string {
	defer runtime.KeepAlive(r)
	return C.GoString(C.bitmark_record_name(r.record.tag))
}

// ID is the transaction id.
func (r *Record) ID() ID {
	var id ID
	C.bitmark_tx_id((*C.uint8_t)(&r.packed[0]), C.size_t(len(r.packed)), (*C.uint8_t)(&id[0]))
	return id
}

// Link is the transaction that this one follows, if any.
func (r *Record) Link() (ID, bool) {
	defer runtime.KeepAlive(r)
	link := C.bitmark_record_link(r.record)
	if link == nil {
		return ID{}, false
	}
	var id ID
	copy(id[:], C.GoBytes(unsafe.Pointer(link), C.BITMARK_TX_ID_SIZE))
	return id, true
}

// Owner is who owns what the record made; records of shares name none.
func (r *Record) Owner() (Account, bool) {
	defer runtime.KeepAlive(r)
	owner := C.bitmark_record_owner(r.record)
	if owner == nil {
		return Account{}, false
	}
	return Account{*owner}, true
}

// Fields are those of its JSON.
func (r *Record) Fields() (map[string]any, error) {
	defer runtime.KeepAlive(r)
	var text *C.char
	var size C.size_t
	err := errorOf(C.bitmark_record_to_json(r.record, C.BITMARK_JSON_SAFE, &text, &size))
	if err != nil {
		return nil, err
	}
	defer C.bitmark_free(unsafe.Pointer(text))
	var fields map[string]any
	return fields, json.Unmarshal(C.GoBytes(unsafe.Pointer(text), C.int(size)), &fields)
}

// Verify checks limits and signatures.  The signer of a transfer is the owner of
// the record that it links to.
func (r *Record) Verify(signer Account) error {
	defer runtime.KeepAlive(r)
	return errorOf(C.bitmark_record_check(C.bitmark_rules_decode(), r.record,
		&signer.account, C.BITMARK_STRICT))
}

// Block is the header of a block, as far as a follower needs it, and its records.
type Block struct {
	Number  uint64
	Records []*Record
}

const headerSize = C.BITMARK_HEADER_SIZE

// ParseBlock reads a packed block, and checks that its records are those of its
// merkle root.  Its proof of work is not checked.
func ParseBlock(data []byte, network Network) (Block, error) {
	var header C.struct_bitmark_header
	if len(data) < headerSize {
		return Block{}, Status(C.BITMARK_E_HEADER_SIZE)
	}
	err := errorOf(C.bitmark_header_parse((*C.uint8_t)(&data[0]), C.size_t(len(data)), &header))
	if err != nil {
		return Block{}, err
	}
	block := Block{Number: uint64(header.number)}
	if block.Records, err = ParseAll(data[headerSize:], network); err != nil {
		return block, err
	}
	var ids []byte
	for _, r := range block.Records {
		id := r.ID()
		ids = append(ids, id[:]...)
	}
	if len(block.Records) != int(header.count) || len(ids) == 0 {
		return block, Status(C.BITMARK_E_TX_COUNT)
	}
	var root [C.BITMARK_DIGEST_SIZE]C.uint8_t
	C.bitmark_merkle_root((*C.uint8_t)(&ids[0]), C.size_t(len(block.Records)), &root[0])
	if !bytes.Equal(C.GoBytes(unsafe.Pointer(&root[0]), C.BITMARK_DIGEST_SIZE),
		C.GoBytes(unsafe.Pointer(&header.merkle[0]), C.BITMARK_DIGEST_SIZE)) {
		return block, Merkle
	}
	return block, nil
}
