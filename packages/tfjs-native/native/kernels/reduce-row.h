// Sums and extremes of a row, and the softmax made of them.
#pragma once
#include "elementwise-functions.h"

namespace ICRL_NAMESPACE {

/** Elements summed before their total joins the others: keeps the error of long sums small. */
constexpr size_t kSumBlock = 4096;

enum Reduction { reduce_sum, reduce_mean, reduce_max, reduce_min };

ICRL_FUNCTION float sum_blocks(const float* x, size_t n) {
  float total = 0.0f;
  for (size_t i = 0; i < n; i += kSumBlock)
    total += sum_row(x + i, n - i < kSumBlock ? n - i : kSumBlock);
  return total;
}

/** The extreme of a row that is not empty; NaN if any element is NaN. */
template <typename F>
ICRL_INLINE float extreme(const float* x, size_t n, float neutral, F&& better) {
  F16 best = set1(neutral), odd = zero();
  for_vectors(n, [&](size_t i, size_t lanes) {
    const F16 v = select(first(lanes), load_lanes(x + i, lanes), set1(neutral));
    best = better(v, best);
    odd = select(not_equal(v, v), v, odd);
  });
  float result = lane_of(best, 0);
  for (int i = 1; i < 16; i++) {
    const float lane = lane_of(best, i);
    result = neutral < 0 ? (lane > result ? lane : result) : (lane < result ? lane : result);
  }
  for (int i = 0; i < 16; i++) {
    const float mark = lane_of(odd, i);
    if (mark != mark) return mark;
  }
  return result;
}

ICRL_FUNCTION float reduce_row(const float* x, size_t n, Reduction kind) {
  switch (kind) {
    case reduce_sum:
      return sum_blocks(x, n);
    case reduce_mean:
      return sum_blocks(x, n) / static_cast<float>(n);
    case reduce_max:
      return extreme(x, n, -__builtin_inff(), [](F16 a, F16 b) { return max(a, b); });
    default:
      return extreme(x, n, __builtin_inff(), [](F16 a, F16 b) { return min(a, b); });
  }
}

/**
 * One more row of sums or extremes, column by column; the first extreme is compared with itself.
 */
ICRL_INLINE F16 reduce_column(F16 total, F16 v, Reduction kind) {
  if (kind <= reduce_mean) return total + v;
  return keep_nan(v, keep_nan(total, kind == reduce_max ? max(v, total) : min(v, total)));
}

/** Softmax of a row; y may be x. */
ICRL_FUNCTION void softmax_row(const float* x, size_t width, float* y) {
  const F16 top = set1(reduce_row(x, width, reduce_max));
  for_vectors(width, [&](size_t i, size_t lanes) {
    store_lanes(y + i, exp(load_lanes(x + i, lanes) - top), lanes);
  });
  const F16 total = set1(sum_blocks(y, width));
  for_vectors(width, [&](size_t i, size_t lanes) {
    store_lanes(y + i, load_lanes(y + i, lanes) / total, lanes);
  });
}

}  // namespace ICRL_NAMESPACE
