#include "row-norm.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** gate, up, y, elements. */
void swiGlu(const Args& args) {
  const float *gate = args.floats(0), *up = args.floats(1);
  float* y = args.floats(2);
  parallel_ranges(args.size(3), 1024, 8, [&](size_t start, size_t end) {
    activate(gate + start, up + start, end - start, y + start);
  });
}

/** dy, gate, up, dgate, dup, elements; the slope of g·σ(g) is σ + g·σ·(1 − σ). */
void swiGluGrad(const Args& args) {
  const float *dy = args.floats(0), *gate = args.floats(1), *up = args.floats(2);
  float *dgate = args.floats(3), *dup = args.floats(4);
  parallel_ranges(args.size(5), 1024, 10, [&](size_t start, size_t end) {
    for_vectors(end - start, [&](size_t offset, size_t lanes) {
      const size_t i = start + offset;
      const F16 g = load_lanes(gate + i, lanes), d = load_lanes(dy + i, lanes);
      const F16 open = sigmoid(g), silu = g * open;
      store_lanes(dgate + i, d * load_lanes(up + i, lanes) * fma(silu, set1(1.0f) - open, open), lanes);
      store_lanes(dup + i, d * silu, lanes);
    });
  });
}

}  // namespace ICRL_NAMESPACE
