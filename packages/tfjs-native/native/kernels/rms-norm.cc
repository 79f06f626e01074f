#include "row-norm.h"
#include "../ops.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

/** x, gain, y, rows, width, epsilon. */
void rmsNorm(const Args& args) {
  const float *x = args.floats(0), *gain = args.floats(1);
  float* y = args.floats(2);
  const size_t rows = args.size(3), width = args.size(4);
  const float epsilon = args.real(5);
  parallel_ranges(rows, 4, static_cast<double>(width), [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) {
      const float* from = x + row * width;
      normalize_row(from, gain, inverse_root(from, width, epsilon), width, y + row * width);
    }
  });
}

/** dy, x, gain, dx, dgain, rows, width, epsilon. */
void rmsNormGrad(const Args& args) {
  const float *dy = args.floats(0), *x = args.floats(1), *gain = args.floats(2);
  float *dx = args.floats(3), *dgain = args.floats(4);
  const size_t rows = args.size(5), width = args.size(6);
  const float epsilon = args.real(7);
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
