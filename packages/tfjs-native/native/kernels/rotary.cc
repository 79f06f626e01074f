#include "rotate-row.h"
#include "../ops.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

/** x, positions, gain (0: none), y, rows, heads, headDim, epsilon, inverse frequencies. */
void rotary(const Args& args) {
  const float *x = args.floats(0), *gain = args.floats(2), *frequencies = args.floats(8);
  const int32_t* positions = args.ints(1);
  float* y = args.floats(3);
  const size_t rows = args.size(4), heads = args.size(5), width = args.size(6), half = width / 2;
  const float epsilon = args.real(7);
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
  const float *dy = args.floats(0), *x = args.floats(1), *gain = args.floats(3),
              *frequencies = args.floats(10);
  const int32_t* positions = args.ints(2);
  float *dx = args.floats(4), *dgain = args.floats(5);
  const size_t rows = args.size(6), heads = args.size(7), width = args.size(8), half = width / 2;
  const float epsilon = args.real(9);
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
