// The gradient of a norm's gain, over all rows.
#pragma once
#include "row-norm.h"
#include "../isa/parallel.h"

namespace ICRL_NAMESPACE {

/**
 * dgain[width] = Σ over rows, in order, of dy · x · scale[row]; the columns are shared among the
 * threads.
 */
static inline void gain_gradient(const float* dy, const float* x, const float* scales, size_t rows,
                                 size_t width, float* dgain) {
  const size_t vectors = (width + 15) / 16;
  parallel_for(vectors, static_cast<double>(rows * width), [&](size_t vector) {
    const size_t i = vector * 16, lanes = width - i < 16 ? width - i : 16;
    F16 total = zero();
    for (size_t row = 0; row < rows; row++) {
      const size_t at = row * width + i;
      total = fma(load_lanes(dy + at, lanes), load_lanes(x + at, lanes) * set1(scales[row]), total);
    }
    store_lanes(dgain + i, total, lanes);
  });
}

}  // namespace ICRL_NAMESPACE
