#include "reduce-row.h"
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** Which, x, y, rows, width: over each row. */
void reduceRows(const Args& args) {
  using A = reduceRows_args;
  const Reduction kind = static_cast<Reduction>(args.size(A::op));
  const float* x = args.floats(A::x);
  float* y = args.floats(A::y);
  const size_t width = args.size(A::width);
  parallel_ranges(args.size(A::rows), 1, static_cast<double>(width), [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) y[row] = reduce_row(x + row * width, width, kind);
  });
}

/** Which, x, y, outer, count, inner: over the middle dimension, in ascending order. */
void reduceColumns(const Args& args) {
  using A = reduceColumns_args;
  const Reduction kind = static_cast<Reduction>(args.size(A::op));
  const float* x = args.floats(A::x);
  float* y = args.floats(A::y);
  const size_t outer = args.size(A::outer), count = args.size(A::count),
               inner = args.size(A::inner), vectors = (inner + 15) / 16;
  parallel_for(outer * vectors, static_cast<double>(outer * count * inner), [&](size_t task) {
    const size_t i = task % vectors * 16, lanes = inner - i < 16 ? inner - i : 16;
    const float* from = x + task / vectors * count * inner + i;
    F16 total = kind <= reduce_mean ? zero() : load_lanes(from, lanes);
    for (size_t n = 0; n < count; n++) {
      const F16 v = load_lanes(from + n * inner, lanes);
      total = reduce_column(total, v, kind);
    }
    if (kind == reduce_mean) total = total / set1(static_cast<float>(count));
    store_lanes(y + task / vectors * inner + i, total, lanes);
  });
}

/** x, y, rows, width. */
void softmaxRows(const Args& args) {
  using A = softmaxRows_args;
  const float* x = args.floats(A::x);
  float* y = args.floats(A::y);
  const size_t width = args.size(A::width);
  parallel_ranges(args.size(A::rows), 1, static_cast<double>(width) * 10,
                  [&](size_t start, size_t end) {
                    for (size_t row = start; row < end; row++)
                      softmax_row(x + row * width, width, y + row * width);
                  });
}

}  // namespace ICRL_NAMESPACE
