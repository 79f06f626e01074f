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

/** dy, gate, up, dgate, dup, elements. */
void swiGluGrad(const Args& args) {
  const float *dy = args.floats(0), *gate = args.floats(1), *up = args.floats(2);
  float *dgate = args.floats(3), *dup = args.floats(4);
  parallel_ranges(args.size(5), 1024, 10, [&](size_t start, size_t end) {
    activate_gradient(dy + start, gate + start, up + start, end - start, dgate + start, dup + start,
                      nullptr);
  });
}

}  // namespace ICRL_NAMESPACE
