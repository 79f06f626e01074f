// Transposed copies of small blocks.
#pragma once
#include "bfloat.h"

namespace ICRL_NAMESPACE {

/**
 * `to[c · toStride + r] = from[r · fromStride + c]` for r < rows ≤ 16 and c < columns. If `padded`,
 * lanes rows … 15 of each row of `to` are set to 0; otherwise they stay as they are.
 */
template <bool padded, typename T>
ICRL_INLINE void transpose_block(const T* from, size_t fromStride, size_t rows, size_t columns,
                                 float* to, size_t toStride) {
  for (size_t c0 = 0; c0 < columns; c0 += 16) {
    const size_t width = columns - c0 < 16 ? columns - c0 : 16;
    F16 x[16];
    if (rows == 16 && width == 16) {
#pragma GCC unroll 16
      for (int r = 0; r < 16; r++) x[r] = load(from + r * fromStride + c0);
    } else {
      for (size_t r = 0; r < 16; r++)
        x[r] = r >= rows     ? zero()
               : width == 16 ? load(from + r * fromStride + c0)
                             : load_n(from + r * fromStride + c0, width);
    }
    transpose_lanes(x);
    if ((padded || rows == 16) && width == 16) {
#pragma GCC unroll 16
      for (int c = 0; c < 16; c++) store(to + (c0 + c) * toStride, x[c]);
    } else {
      for (size_t c = 0; c < width; c++) {
        if (padded) store(to + (c0 + c) * toStride, x[c]);
        else store_n(to + (c0 + c) * toStride, x[c], rows);
      }
    }
  }
}

}  // namespace ICRL_NAMESPACE
