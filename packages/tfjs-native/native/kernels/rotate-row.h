// The rotary embedding of one row, after the norm of each head if the model has one.
#pragma once
#include "row-norm.h"

namespace ICRL_NAMESPACE {

/**
 * Rotates the pairs (i, i + half) of a head by the angles in `row`: forward, or backward if `sign`
 * is −1.
 */
ICRL_INLINE void turn(const float* x, const float* row, float sign, size_t half, float* y) {
  for_vectors(half, [&](size_t i, size_t lanes) {
    const F16 a = load_lanes(x + i, lanes), b = load_lanes(x + half + i, lanes);
    const F16 cosine = load_lanes(row + i, lanes),
              sine = load_lanes(row + half + i, lanes) * set1(sign);
    store_lanes(y + i, a * cosine - b * sine, lanes);
    store_lanes(y + half + i, b * cosine + a * sine, lanes);
  });
}

/**
 * All heads of a row; `normal[heads · width]` is working memory, `gain` may be null, y may be x.
 */
ICRL_FUNCTION void rotate_row(const float* x, const float* gain, float epsilon, size_t heads,
                              size_t width, const float* angles, float* normal, float* y) {
  // All heads are normalized before any is rotated: reading right away what was written in pieces
  // of another size would stall.
  if (gain)
    for (size_t head = 0; head < heads; head++)
      normalize_row(x + head * width, gain, inverse_root(x + head * width, width, epsilon), width,
                    normal + head * width);
  // Across a head's halves a lane reads what another wrote.
  sync_lanes();
  for (size_t head = 0; head < heads; head++)
    turn((gain ? normal : x) + head * width, angles, 1.0f, width / 2, y + head * width);
}

}  // namespace ICRL_NAMESPACE
