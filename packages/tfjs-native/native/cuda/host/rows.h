// Norms and rotary embedding of all rows, for ops alone and as parts of a block.
#pragma once
#include "device-memory.h"

namespace icrl_gpu {

void norm_rows(const float* x, const float* gain, float epsilon, size_t rows, size_t width,
               float* y);

/** `each` rows of the gain's gradient are summed together, then the sums in order; 0: all rows. */
struct NormGradient {
  const float *dy, *x, *gain;
  const float* dresidual;  // added to dx; or null
  float* normed;           // x̂ · gain; or null
  float *dx, *dgain;
  size_t rows, width, each;
  float epsilon;
};
void norm_rows_gradient(Working& working, const NormGradient& g);

/** `[rows][2 · half]` on the device, cosines and sines; valid until the next call. */
const float* angles_of(const float* frequencies, size_t half, const int32_t* positions,
                       size_t rows);
/** `gain`: of a norm of each head, or null. y may be x. */
void rotate_rows(const float* x, const float* gain, float epsilon, const float* angles, size_t rows,
                 size_t heads, size_t width, float* y);

/** `each` as in `NormGradient`, in rows of all heads. */
struct RotaryGradient {
  const float *dy, *x, *gain, *angles;
  float *dx, *dgain;
  size_t rows, heads, width, each;
  float epsilon;
};
void rotate_rows_gradient(Working& working, const RotaryGradient& g);

}  // namespace icrl_gpu
