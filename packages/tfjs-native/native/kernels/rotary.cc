#include "gain-gradient.h"
#include "rotate-row.h"
#include "../ops.h"
#include "../rotary-table.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

/** x, positions, gain (0: none), y, rows, heads, headDim, epsilon, inverse frequencies. */
void rotary(const Args& args) {
  using A = rotary_args;
  const float *x = args.floats(A::x), *gain = args.floats(A::gain),
              *frequencies = args.floats(A::inverseFrequencies);
  const int32_t* positions = args.ints(A::positions);
  float* y = args.floats(A::y);
  const size_t rows = args.size(A::rows), heads = args.size(A::heads),
               width = args.size(A::headDim), half = width / 2;
  const float epsilon = args.real(A::epsilon);
  const auto table = rotary_table(frequencies, half, positions, rows);
  parallel_ranges(rows, 4, static_cast<double>(heads * width * 2), [&](size_t start, size_t end) {
    float* normal = scratch(scratch_rows, heads * width);
    for (size_t row = start; row < end; row++)
      rotate_row(x + row * heads * width, gain, epsilon, heads, width,
                 rotary_row(*table, positions[row]), normal, y + row * heads * width);
  });
}

/**
 * dy, x, positions, gain (0: none), dx, dgain, rows, heads, headDim, epsilon, inverse frequencies.
 */
void rotaryGrad(const Args& args) {
  using A = rotaryGrad_args;
  const float *dy = args.floats(A::dy), *x = args.floats(A::x), *gain = args.floats(A::gain),
              *frequencies = args.floats(A::inverseFrequencies);
  const int32_t* positions = args.ints(A::positions);
  float *dx = args.floats(A::dx), *dgain = args.floats(A::dgain);
  const size_t rows = args.size(A::rows), heads = args.size(A::heads),
               width = args.size(A::headDim), half = width / 2;
  const float epsilon = args.real(A::epsilon);
  const auto table = rotary_table(frequencies, half, positions, rows);
  float* rotated = gain ? scratch(scratch_main, rows * heads * (width + 1)) : nullptr;
  float* scales = rotated + rows * heads * width;
  parallel_ranges(rows, 4, static_cast<double>(heads * width) * 4, [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) {
      const size_t first = row * heads;
      for (size_t each = first; each < first + heads; each++)
        turn(dy + each * width, rotary_row(*table, positions[row]), -1.0f, half,
             (gain ? rotated : dx) + each * width);
    }
    if (!gain) return;
    for (size_t each = start * heads; each < end * heads; each++) {
      scales[each] = inverse_root(x + each * width, width, epsilon);
      normalize_row_gradient(rotated + each * width, x + each * width, gain, scales[each], width,
                             dx + each * width);
    }
  });
  if (gain) gain_gradient(rotated, x, scales, rows * heads, width, dgain);
}

}  // namespace ICRL_NAMESPACE
