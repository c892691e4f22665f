/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark.hpp - the parts of libbitmarkpeer that this example uses, in C++: errors
 * are exceptions, and what must be given back is given back by its destructor.
 */
#ifndef BITMARK_HPP
#define BITMARK_HPP

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <bitmarkpeer.h>

namespace bitmark {

/* What a call that failed has returned. */
class error : public std::runtime_error {
public:
	explicit error(bitmark_status status)
	    : std::runtime_error(bitmark_strerror(status)), status_(status)
	{
	}

	bitmark_status status() const noexcept { return status_; }

private:
	bitmark_status status_;
};

inline void
check(bitmark_status status)
{
	if (status != BITMARK_OK)
		throw error(status);
}

/* Memory that the library has allocated. */
struct free_memory {
	void operator()(void *memory) const noexcept { bitmark_free(memory); }
};
template <typename T> using memory = std::unique_ptr<T, free_memory>;

inline std::string
hex(const uint8_t *data, std::size_t size)
{
	std::string text(2 * size + 1, '\0');

	bitmark_hex_encode(data, size, text.data());
	text.pop_back();                /* the NUL */
	return text;
}

/* A packed block. */
class block {
public:
	block(memory<uint8_t> data, std::size_t size)
	    : data_(std::move(data)), size_(size)
	{
	}

	const uint8_t *data() const noexcept { return data_.get(); }
	std::size_t size() const noexcept { return size_; }

	/* Calls ${each} with a bitmark_block_walk for each record. */
	template <typename Each>
	bitmark_header walk(bitmark_network network, Each each) const
	{
		bitmark_block_walk w;

		/* The records of all releases. */
		check(bitmark_block_walk_start(&w, bitmark_rules_decode(),
		    data(), size(), network));
		while (w.index < w.header.count) {
			check(bitmark_block_walk_next(&w));
			each(static_cast<const bitmark_block_walk &>(w));
		}
		return w.header;
	}

private:
	memory<uint8_t> data_;
	std::size_t size_;
};

/* A node that is asked.  It can be moved, not copied, as a unique_ptr can. */
class client {
public:
	/* ${node} is KEY@HOST:PORT. */
	client(const std::string &chain, const std::string &node)
	{
		bitmark_client_config config{};
		const auto at = node.find('@');
		bitmark_client *made = nullptr;

		if (at == std::string::npos)
			throw error(BITMARK_E_PUBLIC_KEY);
		const std::string address = node.substr(at + 1);
		config.struct_size = sizeof config;
		config.chain = chain.c_str();
		config.address = address.c_str();
		check(bitmark_peer_key_parse_public(node.data(), at,
		    config.server_key));
		check(bitmark_client_open(&made, &config));
		client_.reset(made);
	}

	bitmark_info info()
	{
		bitmark_info info{};

		info.struct_size = sizeof info;
		check(bitmark_client_info(client_.get(), &info));
		return info;
	}

	bitmark::block block(uint64_t number)
	{
		uint8_t *data = nullptr;
		std::size_t size = 0;

		check(bitmark_client_block(client_.get(), number, &data,
		    &size));
		return { memory<uint8_t>(data), size };
	}

private:
	struct close {
		void operator()(bitmark_client *c) const noexcept
		{
			bitmark_client_close(c);
		}
	};
	std::unique_ptr<bitmark_client, close> client_;
};

/* The fields of a record as JSON. */
inline std::string
to_json(const bitmark_record &record)
{
	char *text = nullptr;

	check(bitmark_record_to_json(&record, BITMARK_JSON_SAFE, &text,
	    nullptr));
	return memory<char>(text).get();
}

/* Packed records in hex digits, one after the other, as they are submitted:
 * calls ${each} with a bitmark_record, which is valid during the call, and its
 * packed bytes. */
template <typename Each>
void
decode(std::string_view hex_digits, bitmark_network network, Each each)
{
	std::vector<uint8_t> packed(hex_digits.size() / 2 + 1);
	std::size_t size = 0;

	check(bitmark_hex_decode(hex_digits.data(), hex_digits.size(),
	    packed.data(), packed.size(), &size));
	for (std::size_t at = 0, used = 0; at < size; at += used) {
		bitmark_record record;

		check(bitmark_record_parse(bitmark_rules_decode(),
		    packed.data() + at, size - at, network, &record, &used));
		each(record, bitmark_span{ packed.data() + at, used });
	}
}

} /* namespace bitmark */

#endif
