#include "row-norm.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

namespace {

/** Elements summed before their total joins the others: keeps the error of long sums small. */
constexpr size_t kSumBlock = 4096;

enum Reduction { reduce_sum, reduce_mean, reduce_max, reduce_min };

float sum_blocks(const float* x, size_t n) {
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
  float lanes[16], marks[16];
  store(lanes, best);
  store(marks, odd);
  float result = lanes[0];
  for (int i = 1; i < 16; i++)
    result = neutral < 0 ? (lanes[i] > result ? lanes[i] : result)
                         : (lanes[i] < result ? lanes[i] : result);
  for (int i = 0; i < 16; i++)
    if (marks[i] != marks[i]) return marks[i];
  return result;
}

float reduce_row(const float* x, size_t n, Reduction kind) {
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

ICRL_INLINE F16 keep_nan(F16 x, F16 y) { return select(not_equal(x, x), x, y); }

}  // namespace

/** Which, x, y, rows, width: over each row. */
void reduceRows(const Args& args) {
  const Reduction kind = static_cast<Reduction>(args.size(0));
  const float* x = args.floats(1);
  float* y = args.floats(2);
  const size_t width = args.size(4);
  parallel_ranges(args.size(3), 1, static_cast<double>(width), [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) y[row] = reduce_row(x + row * width, width, kind);
  });
}

/** Which, x, y, outer, count, inner: over the middle dimension, in ascending order. */
void reduceColumns(const Args& args) {
  const Reduction kind = static_cast<Reduction>(args.size(0));
  const float* x = args.floats(1);
  float* y = args.floats(2);
  const size_t outer = args.size(3), count = args.size(4), inner = args.size(5),
               vectors = (inner + 15) / 16;
  parallel_for(outer * vectors, static_cast<double>(outer * count * inner), [&](size_t task) {
    const size_t i = task % vectors * 16, lanes = inner - i < 16 ? inner - i : 16;
    const float* from = x + task / vectors * count * inner + i;
    F16 total = kind <= reduce_mean ? zero() : load_lanes(from, lanes);
    for (size_t n = 0; n < count; n++) {
      const F16 v = load_lanes(from + n * inner, lanes);
      if (kind <= reduce_mean) total = total + v;
      else total = keep_nan(v, keep_nan(total, kind == reduce_max ? max(v, total) : min(v, total)));
    }
    if (kind == reduce_mean) total = total / set1(static_cast<float>(count));
    store_lanes(y + task / vectors * inner + i, total, lanes);
  });
}

/** x, y, rows, width. */
void softmaxRows(const Args& args) {
  const float* x = args.floats(0);
  float* y = args.floats(1);
  const size_t width = args.size(3);
  parallel_ranges(args.size(2), 1, static_cast<double>(width) * 10, [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) {
      const float* from = x + row * width;
      float* to = y + row * width;
      const F16 top = set1(reduce_row(from, width, reduce_max));
      for_vectors(width, [&](size_t i, size_t lanes) {
        store_lanes(to + i, exp(load_lanes(from + i, lanes) - top), lanes);
      });
      const F16 total = set1(sum_blocks(to, width));
      for_vectors(width, [&](size_t i, size_t lanes) {
        store_lanes(to + i, load_lanes(to + i, lanes) / total, lanes);
      });
    }
  });
}

}  // namespace ICRL_NAMESPACE
