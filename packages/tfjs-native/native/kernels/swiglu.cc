#include "row-norm.h"
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** gate, up, y, elements. */
void swiGlu(const Args& args) {
  using A = swiGlu_args;
  const float *gate = args.floats(A::gate), *up = args.floats(A::up);
  float* y = args.floats(A::y);
  parallel_ranges(args.size(A::elements), 1024, 8, [&](size_t start, size_t end) {
    activate(gate + start, up + start, end - start, y + start);
  });
}

/** dy, gate, up, dgate, dup, elements. */
void swiGluGrad(const Args& args) {
  using A = swiGluGrad_args;
  const float *dy = args.floats(A::dy), *gate = args.floats(A::gate), *up = args.floats(A::up);
  float *dgate = args.floats(A::dgate), *dup = args.floats(A::dup);
  parallel_ranges(args.size(A::elements), 1024, 10, [&](size_t start, size_t end) {
    activate_gradient(dy + start, gate + start, up + start, end - start, dgate + start, dup + start,
                      nullptr);
  });
}

}  // namespace ICRL_NAMESPACE
