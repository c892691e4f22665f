/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * blocks - asks a node who it is, prints its newest blocks, and decodes packed
 * records.
 */
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>

#include "bitmark.hpp"

namespace {

const bitmark_chain_params &
find_chain(const std::string &name)
{
	const auto *params = bitmark_chain_params_find(name.c_str());

	if (params == nullptr)
		throw bitmark::error(BITMARK_E_INVALID_CHAIN);
	return *params;
}

void
print_record(const bitmark_record &record, bitmark_span packed)
{
	uint8_t id[BITMARK_TX_ID_SIZE];

	bitmark_tx_id(packed.data, packed.size, id);
	std::cout << "  " << bitmark_record_name(record.tag) << ' '
	    << bitmark::hex(id, sizeof id) << ' ' << bitmark::to_json(record)
	    << '\n';
}

void
print_block(const bitmark::block &block, bitmark_network network)
{
	bitmark_header header;

	bitmark::check(bitmark_header_parse(block.data(), block.size(),
	    &header));
	std::cout << "block " << header.number << ": " << header.count
	    << " records, " << block.size() << " bytes, time "
	    << header.timestamp << '\n';
	block.walk(network, [](const bitmark_block_walk &walk) {
		print_record(walk.record, walk.packed);
	});
}

/* newest CHAIN NODE COUNT */
void
print_newest(const std::string &chain, const std::string &node,
    uint64_t count)
{
	const auto &params = find_chain(chain);
	bitmark::client client(chain, node);
	const auto info = client.info();
	/* The first block is part of the program, and no node sends it. */
	const auto first = std::max<uint64_t>(BITMARK_GENESIS_NUMBER + 1,
	    info.height + 1 - std::min(count, info.height));

	std::cout << "version " << info.version << ", chain " << info.chain
	    << ", " << (info.normal ? "normal" : "not normal") << ", height "
	    << info.height << '\n';
	for (auto number = info.height; number >= first; number--)
		print_block(client.block(number), params.network);
}

/* decode CHAIN: hex digits from the standard input. */
void
print_decoded(const std::string &chain)
{
	const std::string hex_digits(
	    std::istream_iterator<char>(std::cin), {});

	bitmark::decode(hex_digits, find_chain(chain).network, print_record);
}

} /* namespace */

int
main(int argc, char **argv)
try {
	const std::string command = argc > 1 ? argv[1] : "";

	if (command == "newest" && argc == 5)
		print_newest(argv[2], argv[3],
		    std::strtoull(argv[4], nullptr, 10));
	else if (command == "decode" && argc == 3)
		print_decoded(argv[2]);
	else {
		std::cerr << "usage: blocks newest CHAIN KEY@HOST:PORT COUNT\n"
		    "       blocks decode CHAIN <HEX\n";
		return 1;
	}
	std::cout.flush();
	return std::cout ? 0 : 1;
} catch (const std::exception &e) {
	std::cerr << "blocks: " << e.what() << '\n';
	return 1;
}
