// Attention over the keys of one sequence, block by block from its position 0. The full pass and
// shared prefixes come through `attend`, and decode steps give its bits, so a row's bits depend
// only on its own query and the keys it sees.
#pragma once
#include "gemm.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** Keys taken at once by the running softmax; part of the definition of the result. */
constexpr size_t kKeyBlock = 64;
/**
 * Query rows taken at once. It does not affect the forward result, but it is part of the order of
 * sums in the gradient.
 */
constexpr size_t kRowBlock = 32;

struct Shape {
  size_t heads, groups, width;
  float scale;
};  // `groups`: key/value heads

ICRL_INLINE size_t padded(size_t width) { return (width + 15) / 16 * 16; }
ICRL_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/** The segments of the packed rows, and the segment that each continues. */
struct Layout {
  const int32_t *starts, *prefix;
  size_t segments;

  size_t start(size_t s) const { return static_cast<size_t>(starts[s]); }
  size_t rows(size_t s) const { return static_cast<size_t>(starts[s + 1] - starts[s]); }
  /** Rows of the chain before a segment's own. */
  size_t before(size_t s) const {
    size_t total = 0;
    for (int32_t p = prefix[s]; p >= 0; p = prefix[p]) total += rows(static_cast<size_t>(p));
    return total;
  }
};

/**
 * Calls `body(position of the first row, first packed row, rows)` for each segment of the chain
 * before s, last first.
 */
template <typename F>
ICRL_INLINE void for_prefixes(const Layout& layout, size_t s, F&& body) {
  size_t end = layout.before(s);
  for (int32_t p = layout.prefix[s]; p >= 0; p = layout.prefix[p]) {
    const size_t rows = layout.rows(static_cast<size_t>(p));
    end -= rows;
    body(end, layout.start(static_cast<size_t>(p)), rows);
  }
}

/**
 * Floats of `count` rows transposed into columns: blocks of `kKeyBlock` positions, each
 * `[width][kKeyBlock]`.
 */
ICRL_INLINE size_t columns_size(size_t count, size_t width) {
  return (count + kKeyBlock - 1) / kKeyBlock * kKeyBlock * width;
}

/** Writes rows as columns of positions `position` …. */
void put_columns(const float* rows, size_t stride, size_t count, size_t width, size_t position,
                 float* columns);

/** Copies one head's rows to `to[count][padded width]`, filled up with zeros. */
void put_rows(const float* rows, size_t stride, size_t count, size_t width, float* to);

/**
 * One key/value head of a sequence. A value lies every `valueStride` floats and can be read up to
 * the padded width: all from `values` on, or those of each `kKeyBlock` positions from a pointer of
 * `pages` on.
 */
struct Keys {
  size_t width;
  const float* columns;
  const float* values;
  size_t valueStride;
  const float* const* pages;  // or null

  const float* values_from(size_t position) const {
    return pages ? pages[position / kKeyBlock] : values + position * valueStride;
  }
};

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

/** Rows of a page: those that the running softmax takes at once. */
constexpr size_t kPageRows = kKeyBlock;

/** `[kPageRows][groups · width]` each. */
struct Page {
  float *keys, *values;
};

/** Keys and values of one block of the model in pages, whose numbers count through the slabs. */
struct Caches {
  const double* slabs;  // records
  size_t count, stride;

  Page page(int32_t number) const {
    using A = slab_args;
    const auto [slab, page] = page_of_slab(slabs, count, number);
    const size_t at = page * kPageRows * stride;
    return {slab.floats(A::keys) + at, slab.floats(A::values) + at};
  }
};

/**
 * One token of one sequence: its key and value become row `length` of the pages of `table`, then
 * its query attends to rows 0 … length.
 */
void attend_token(const float* q, const float* k, const float* v, const Caches& caches,
                  const int32_t* table, size_t length, const Shape& shape, float* out);

/** Prefetches what `attend_token` will read. */
void expect_token(const Caches& caches, const int32_t* table, size_t length);

/** Average cost of `attend_token`, in passes over an element. */
ICRL_INLINE double token_work(const int32_t* lengths, size_t tokens, const Shape& shape) {
  double work = 0;
  for (size_t i = 0; i < tokens; i++)
    work +=
        static_cast<double>(static_cast<size_t>(lengths[i] + 16) * shape.heads * shape.width * 4);
  return work / static_cast<double>(tokens ? tokens : 1);
}

}  // namespace ICRL_NAMESPACE
