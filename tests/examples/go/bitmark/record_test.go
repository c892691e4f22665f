// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers

package bitmark

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

type golden struct {
	Packed, TxID, Signer string
}

// load reads golden records; BITMARK_DATA is the directory tests/data.
func load(t *testing.T) []golden {
	var all []golden
	for _, name := range []string{"records-8.2.json", "records-0.16.json"} {
		text, err := os.ReadFile(filepath.Join(os.Getenv("BITMARK_DATA"), name))
		if err != nil {
			t.Fatal(err)
		}
		var some []golden
		if err := json.Unmarshal(text, &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

func TestGoldenRecordsAreDecodedAndVerified(t *testing.T) {
	for _, want := range load(t) {
		packed, _ := hex.DecodeString(want.Packed)
		signer, err := ParseAccount(want.Signer)
		if err != nil || signer.String() != want.Signer {
			t.Fatal(signer, err)
		}
		r, used, err := Parse(packed, Test)
		if err != nil || used != len(packed) {
			t.Fatal(used, err)
		}
		id := r.ID()
		if hex.EncodeToString(id[:]) != want.TxID {
			t.Error("another id")
		}
		if err := r.Verify(signer); err != nil {
			t.Error(r.Name(), err)
		}
		fields, err := r.Fields()
		if err != nil || fields["signature"] == nil {
			t.Error(fields, err)
		}
		r.Close()
	}
}

func TestAnotherSignatureIsRefused(t *testing.T) {
	for _, want := range load(t) {
		packed, _ := hex.DecodeString(want.Packed)
		packed[len(packed)-1] ^= 1
		signer, _ := ParseAccount(want.Signer)
		r, _, err := Parse(packed, Test)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verify(signer) == nil {
			t.Error(r.Name(), "is verified")
		}
	}
}

func TestTruncatedRecordsAreErrors(t *testing.T) {
	packed, _ := hex.DecodeString(load(t)[0].Packed)
	for size := range packed {
		if _, _, err := Parse(packed[:size], Test); err == nil {
			t.Error(size, "bytes are a record")
		}
	}
	for _, size := range []int{0, headerSize - 1, headerSize} {
		if _, err := ParseBlock(make([]byte, size), Test); err == nil {
			t.Error(size, "bytes are a block")
		}
	}
}

func TestClosedObjectsSaySo(t *testing.T) {
	node := Node{Chain: "local", Address: "127.0.0.1:1", Key: load(t)[0].TxID}
	client, err := Open(node, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	client.Close()
	client.Cancel()
	if _, err := client.Info(); err != State {
		t.Error(err)
	}
	events, err := Subscribe(node)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := events.Next(0); err != Timeout {
		t.Error(err)
	}
	events.Cancel()
	if _, err := events.Next(time.Hour); err != Cancelled {
		t.Error(err)
	}
	events.Close()
	if _, err := events.Next(0); err != State {
		t.Error(err)
	}
}
