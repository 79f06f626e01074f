// Cosines and sines of the rotary embedding, kept between calls. They are computed in one
// translation unit for all instruction sets, in double precision without contraction, so that they
// are the same everywhere.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

struct RotaryTable;

/**
 * A table for these inverse frequencies (`[half]`) that covers every position in
 * `positions[count]`.
 */
std::shared_ptr<const RotaryTable> rotary_table(const float* frequencies, size_t half,
                                                const int32_t* positions, size_t count);

/** `[cosines[half], sines[half]]` of a position. */
const float* rotary_row(const RotaryTable& table, int32_t position);
