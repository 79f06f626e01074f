// One decoder block for the newest token of each running sequence. A row has the bits that the
// separate kernels give.
#pragma once
#include "attention.h"
#include "linear.h"
#include "rotate-row.h"
#include "../rotary-table.h"

namespace ICRL_NAMESPACE {

/** What the blocks of a model have in common. */
struct BlockShape {
  Shape attention;
  size_t width, feedForward;
  float epsilon;
  const RotaryTable* angles;

  size_t queries() const { return attention.heads * attention.width; }
  size_t keys() const { return attention.groups * attention.width; }
  /** Weights of a block's matrices. */
  size_t weights() const { return width * (2 * queries() + 2 * keys() + 3 * feedForward); }
  /** Floats of working memory that one row needs. */
  size_t between() const { return 2 * width + 2 * queries() + 2 * keys() + 2 * feedForward; }
};

struct Block {
  Caches caches;
  const float *attentionNorm, *queryNorm, *keyNorm,
      *feedForwardNorm;  // of queries and keys: or null
  Linear query, key, value, output, gate, up, down;
};

/** One token of each of `count` sequences; it becomes row `lengths[i]` of the pages of table i. */
struct Tokens {
  size_t count;
  const int32_t *pages, *starts, *lengths;  // table i begins at pages[starts[i]]

  const int32_t* table(size_t i) const { return pages + starts[i]; }
  size_t length(size_t i) const { return static_cast<size_t>(lengths[i]); }
};

/** Rows one by one, on all threads or on this one. */
template <bool Shared, typename F>
ICRL_INLINE void each_row(size_t rows, double work, F&& body) {
  const auto range = [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i++) body(i, end);
  };
  if (Shared) parallel_ranges(rows, 1, work, range);
  else range(0, rows);
}

/**
 * Takes `x[count][width]` through a block, in place; `working` holds `count · between()` floats.
 */
template <bool Shared>
static void run_block(const BlockShape& shape, const Block& b, const Tokens& tokens, float* x,
                      float* working) {
  const size_t m = tokens.count, width = shape.width, queries = shape.queries(),
               keys = shape.keys(), hidden = shape.feedForward;
  float *normed = working, *middle = normed + m * width, *q = middle + m * width,
        *attended = q + m * queries;
  float *k = attended + m * queries, *v = k + m * keys, *gate = v + m * keys,
        *up = gate + m * hidden;
  each_row<Shared>(m, static_cast<double>(width), [&](size_t i, size_t) {
    norm_row(x + i * width, b.attentionNorm, shape.epsilon, width, normed + i * width);
  });
  linear_product<Shared>(m, queries, width, normed, b.query, q);
  linear_product<Shared>(m, keys, width, normed, b.key, k);
  linear_product<Shared>(m, keys, width, normed, b.value, v);
  const double work =
      token_work(tokens.lengths, m, shape.attention) + static_cast<double>(queries + keys) * 4;
  each_row<Shared>(m, work, [&](size_t i, size_t end) {
    if (i + 1 < end) expect_token(b.caches, tokens.table(i + 1), tokens.length(i + 1));
    const float* angles = rotary_row(*shape.angles, tokens.lengths[i]);
    float *query = q + i * queries, *key = k + i * keys;
    float* normal = scratch(scratch_rows, queries);
    rotate_row(query, b.queryNorm, shape.epsilon, shape.attention.heads, shape.attention.width,
               angles, normal, query);
    rotate_row(key, b.keyNorm, shape.epsilon, shape.attention.groups, shape.attention.width, angles,
               normal, key);
    attend_token(query, key, v + i * keys, b.caches, tokens.table(i), tokens.length(i),
                 shape.attention, attended + i * queries);
  });
  linear_product<Shared>(m, width, queries, attended, b.output, middle);
  each_row<Shared>(m, static_cast<double>(width) * 2, [&](size_t i, size_t) {
    add_row(x + i * width, width, middle + i * width);
    norm_row(middle + i * width, b.feedForwardNorm, shape.epsilon, width, normed + i * width);
  });
  linear_product<Shared>(m, hidden, width, normed, b.gate, gate);
  linear_product<Shared>(m, hidden, width, normed, b.up, up);
  each_row<Shared>(m, static_cast<double>(hidden) * 8, [&](size_t i, size_t) {
    activate(gate + i * hidden, up + i * hidden, hidden, gate + i * hidden);
  });
  linear_product<Shared>(m, width, hidden, gate, b.down, x);
  each_row<Shared>(m, static_cast<double>(width),
                   [&](size_t i, size_t) { add_row(middle + i * width, width, x + i * width); });
}

}  // namespace ICRL_NAMESPACE
