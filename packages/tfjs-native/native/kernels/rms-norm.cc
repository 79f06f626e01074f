#include "gain-gradient.h"
#include "../ops.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

/** x, gain, y, rows, width, epsilon. */
void rmsNorm(const Args& args) {
  using A = rmsNorm_args;
  const float *x = args.floats(A::x), *gain = args.floats(A::gain);
  float* y = args.floats(A::y);
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const float epsilon = args.real(A::epsilon);
  parallel_ranges(rows, 4, static_cast<double>(width), [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) {
      const float* from = x + row * width;
      normalize_row(from, gain, inverse_root(from, width, epsilon), width, y + row * width);
    }
  });
}

/** dy, x, gain, dx, dgain, rows, width, epsilon. */
void rmsNormGrad(const Args& args) {
  using A = rmsNormGrad_args;
  const float *dy = args.floats(A::dy), *x = args.floats(A::x), *gain = args.floats(A::gain);
  float *dx = args.floats(A::dx), *dgain = args.floats(A::dgain);
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const float epsilon = args.real(A::epsilon);
  float* scales = scratch(scratch_main, rows);
  parallel_ranges(rows, 4, static_cast<double>(width) * 2, [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) {
      const size_t at = row * width;
      scales[row] = inverse_root(x + at, width, epsilon);
      normalize_row_gradient(dy + at, x + at, gain, scales[row], width, dx + at);
    }
  });
  gain_gradient(dy, x, scales, rows, width, dgain);
}

}  // namespace ICRL_NAMESPACE
