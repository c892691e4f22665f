// SPDX-License-Identifier: ISC
// Copyright (c) 2026 the libbitmarkpeer developers

// Follow a Bitmark node: say what it is, then each thing that it publishes, with
// its records decoded and verified.
//
//	follow CHAIN KEY@HOST:PORT PUBLISHER-KEY@HOST:PORT
//
// Ends by an interrupt, or when the node cannot be asked at the beginning.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.org/follow/bitmark"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: follow CHAIN KEY@HOST:PORT PUBLISHER-KEY@HOST:PORT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "follow:", err)
		os.Exit(1)
	}
}

func run(chain, node, publisher string) error {
	network, err := bitmark.NetworkOf(chain)
	if err != nil {
		return err
	}
	if err := tellInfo(chain, node); err != nil {
		return err
	}
	where, err := bitmark.ParseNode(chain, publisher)
	if err != nil {
		return err
	}
	events, err := bitmark.Subscribe(where)
	if err != nil {
		return err
	}
	defer events.Close()
	// An interrupt ends the wait for the next event, from another goroutine.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupts
		events.Cancel()
	}()
	follower := follower{network: network, owners: map[bitmark.ID]bitmark.Account{}}
	for {
		notice, err := events.Next(time.Hour)
		switch {
		case err == nil:
			follower.tell(notice)
		case errors.Is(err, bitmark.Cancelled):
			return nil
		case errors.Is(err, bitmark.Timeout):
		default:
			return err
		}
	}
}

func tellInfo(chain, text string) error {
	node, err := bitmark.ParseNode(chain, text)
	if err != nil {
		return err
	}
	client, err := bitmark.Open(node, 20*time.Second)
	if err != nil {
		return err
	}
	defer client.Close()
	info, err := client.Info()
	if err != nil {
		return err
	}
	fmt.Printf("node version %s chain %s height %d normal %t\n",
		info.Version, info.Chain, info.Height, info.Normal)
	return nil
}

// ownersMax bounds what a follower remembers.
const ownersMax = 100000

// follower knows the owners of the records that it has seen: they sign what
// comes next.
type follower struct {
	network bitmark.Network
	owners  map[bitmark.ID]bitmark.Account
}

func (f *follower) tell(notice bitmark.Notice) {
	switch notice.Kind {
	case bitmark.Connected:
		fmt.Println("connected")
	case bitmark.Lost, bitmark.Silent:
		fmt.Println("lost: messages may be missing until the next connection")
	case bitmark.Event:
		f.tellEvent(notice)
	}
}

func (f *follower) tellEvent(notice bitmark.Notice) {
	if len(notice.Parameters) == 0 {
		return
	}
	data := notice.Parameters[0]
	switch notice.Name {
	case "block":
		block, err := bitmark.ParseBlock(data, f.network)
		fmt.Printf("block %d records %d %s\n", block.Number, len(block.Records), verdict(err))
		f.tellRecords(block.Records)
	case "assets", "issues", "transfer":
		// Issues can have a byte 0 after them, which begins no record: what
		// stands before it was read.
		records, err := bitmark.ParseAll(data, f.network)
		if err != nil && !(notice.Name == "issues" && data[len(data)-1] == 0) {
			fmt.Printf("%s %s\n", notice.Name, verdict(err))
		}
		f.tellRecords(records)
	default:
		fmt.Println(notice.Name)
	}
}

func (f *follower) tellRecords(records []*bitmark.Record) {
	for _, r := range records {
		id := r.ID()
		fmt.Printf("  %s %x %s\n", r.Name(), id, f.verify(r))
		if owner, has := r.Owner(); has {
			if len(f.owners) >= ownersMax {
				f.owners = map[bitmark.ID]bitmark.Account{}
			}
			f.owners[id] = owner
		}
		r.Close()
	}
}

// verify says whether the right one has signed.
func (f *follower) verify(r *bitmark.Record) string {
	signer, named := r.Owner()
	if link, linked := r.Link(); linked {
		signer, named = f.owners[link]
	}
	if !named {
		return "unverified: its signer is not known here"
	}
	return verdict(r.Verify(signer))
}

func verdict(err error) string {
	if err != nil {
		return "WRONG: " + err.Error()
	}
	return "verified"
}
