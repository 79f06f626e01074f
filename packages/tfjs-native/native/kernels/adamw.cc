#include "row-norm.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/**
 * parameter, first moment, second moment, gradient, elements, gradientScale, β₁, 1 − β₁, β₂, 1 −
 * β₂, 1 − β₁ᵗ, 1 − β₂ᵗ, ε, η, 1 − ηλ. The differences are taken in double precision by the caller.
 */
void adamW(const Args& args) {
  float *parameter = args.floats(0), *first = args.floats(1), *second = args.floats(2);
  const float* gradient = args.floats(3);
  const F16 scale = set1(args.real(5)), beta1 = set1(args.real(6)), rest1 = set1(args.real(7)),
            beta2 = set1(args.real(8)), rest2 = set1(args.real(9));
  const F16 bias1 = set1(args.real(10)), bias2 = set1(args.real(11)), epsilon = set1(args.real(12)),
            rate = set1(args.real(13)), keep = set1(args.real(14));
  parallel_ranges(args.size(4), 1024, 8, [&](size_t start, size_t end) {
    for_vectors(end - start, [&](size_t offset, size_t lanes) {
      const size_t i = start + offset;
      const F16 g = load_lanes(gradient + i, lanes) * scale;
      const F16 m = fma(beta1, load_lanes(first + i, lanes), rest1 * g);
      const F16 v = fma(beta2, load_lanes(second + i, lanes), rest2 * (g * g));
      const F16 update = rate * ((m / bias1) / (sqrt(v / bias2) + epsilon));
      store_lanes(first + i, m, lanes);
      store_lanes(second + i, v, lanes);
      store_lanes(parameter + i, load_lanes(parameter + i, lanes) * keep - update, lanes);
    });
  });
}

}  // namespace ICRL_NAMESPACE
