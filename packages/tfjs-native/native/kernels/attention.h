// Attention of query rows over one sequence's keys, block by block from its position 0. Full pass, decode step and shared prefix all come
// through `attend`, so that a row's bits depend on nothing but its own query and the keys it sees.
#pragma once
#include "gemm.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** Keys taken at once by the running softmax; part of the definition of the result. */
constexpr size_t kKeyBlock = 64;
/** Query rows taken at once; no part of the forward's result. */
constexpr size_t kRowBlock = 32;

struct Shape { size_t heads, groups, width; float scale; };  // `groups`: key/value heads

ICRL_INLINE size_t padded(size_t width) { return (width + 15) / 16 * 16; }
ICRL_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/** Segments of the packed rows; `first`: of the tree of prefixes, `length`: rows before a segment's own, along its chain. */
struct Layout {
  const int32_t *starts, *prefix;
  size_t segments;

  size_t rows(size_t s) const { return static_cast<size_t>(starts[s + 1] - starts[s]); }
  size_t before(size_t s) const {
    size_t total = 0;
    for (int32_t p = prefix[s]; p >= 0; p = prefix[p]) total += rows(static_cast<size_t>(p));
    return total;
  }
};

/** Calls `body(position of the first row, first packed row, rows)` for each segment of the chain that ends in s, last first. */
template <typename F> ICRL_INLINE void for_chain(const Layout& layout, size_t s, F&& body) {
  size_t end = layout.before(s) + layout.rows(s);
  for (int32_t p = static_cast<int32_t>(s); p >= 0; p = layout.prefix[p]) {
    const size_t rows = layout.rows(static_cast<size_t>(p));
    end -= rows;
    body(end, static_cast<size_t>(layout.starts[p]), rows);
  }
}

/** One key/value head of a sequence, ready for `attend`. */
struct Keys {
  size_t count;
  size_t width;
  const float* transposed;  // blocks of `kKeyBlock` keys, each packed for the inner kernel
  const float* values;      // [count][padded width]
};

/** Floats that `count` keys take packed, and where block b starts. */
ICRL_INLINE size_t packed_keys_size(size_t count, size_t width) { return (count + kKeyBlock - 1) / kKeyBlock * packed_size(width, kKeyBlock); }

/** Packs `rows[count][width]`, one below another, as blocks of `kKeyBlock` columns. */
void pack_keys(const float* rows, size_t count, size_t width, float* to);

/** Rows of one query head: row r sees `visible + r · step` keys. */
struct Queries {
  const float* q;
  size_t stride;
  size_t rows;
  size_t visible, step;
  float* out;
  size_t outStride;
  float* logsumexp;  // or null
  size_t logsumexpStride;
};

void attend(const Queries& queries, const Keys& keys, float scale);

}  // namespace ICRL_NAMESPACE
