// What several kernels do to one row: root-mean-square normalization and the gate of the
// feed-forward part.
#pragma once
#include "../isa/bfloat.h"
#include "../isa/math.h"

namespace ICRL_NAMESPACE {

/** Calls `body(offset, lanes)` for the vectors of a row: 16 lanes, then the rest. */
template <typename F>
ICRL_INLINE void for_vectors(size_t width, F&& body) {
  size_t i = 0;
  for (; i + 16 <= width; i += 16) body(i, size_t{16});
  if (i < width) body(i, width - i);
}

ICRL_INLINE F16 load_lanes(const float* p, size_t lanes) {
  return lanes == 16 ? load(p) : load_n(p, lanes);
}
ICRL_INLINE void store_lanes(float* p, F16 x, size_t lanes) {
  if (lanes == 16) store(p, x);
  else store_n(p, x, lanes);
}

/** 1 / √(mean(x²) + ε) */
ICRL_INLINE float inverse_root(const float* x, size_t width, float epsilon) {
  F16 total = zero();
  for_vectors(width, [&](size_t i, size_t lanes) {
    const F16 v = load_lanes(x + i, lanes);
    total = fma(v, v, total);
  });
  return 1.0f / ICRL_SQRT(sum(total) / static_cast<float>(width) + epsilon);
}

ICRL_INLINE void normalize_row(const float* x, const float* gain, float scale, size_t width,
                               float* y) {
  for_vectors(width, [&](size_t i, size_t lanes) {
    store_lanes(y + i, load_lanes(x + i, lanes) * set1(scale) * load_lanes(gain + i, lanes), lanes);
  });
}

/** y += x */
ICRL_INLINE void add_row(const float* x, size_t n, float* y) {
  for_vectors(n, [&](size_t i, size_t lanes) {
    store_lanes(y + i, load_lanes(x + i, lanes) + load_lanes(y + i, lanes), lanes);
  });
}

/** A row of bfloats as floats. */
ICRL_INLINE void widen_row(const Bf16* x, size_t n, float* y) {
  for_vectors(n, [&](size_t i, size_t lanes) {
    store_lanes(y + i, lanes == 16 ? load(x + i) : load_n(x + i, lanes), lanes);
  });
}

/** y[m][n] += bias[n], if there is a bias. */
ICRL_INLINE void add_bias(const float* bias, size_t m, size_t n, float* y) {
  for (size_t i = 0; bias && i < m; i++)
    for_vectors(n, [&](size_t j, size_t lanes) {
      store_lanes(y + i * n + j, load_lanes(y + i * n + j, lanes) + load_lanes(bias + j, lanes),
                  lanes);
    });
}

/** RMSNorm of a row. */
ICRL_INLINE void norm_row(const float* x, const float* gain, float epsilon, size_t width,
                          float* y) {
  normalize_row(x, gain, inverse_root(x, width, epsilon), width, y);
}

/** y = silu(gate) · up; y may be either. */
ICRL_INLINE void activate(const float* gate, const float* up, size_t count, float* y) {
  for_vectors(count, [&](size_t i, size_t lanes) {
    const F16 g = load_lanes(gate + i, lanes);
    store_lanes(y + i, g * sigmoid(g) * load_lanes(up + i, lanes), lanes);
  });
}

/**
 * Gradients of `activate`, and its result if `y` is not null; the slope of g·σ(g) is σ + g·σ·(1 −
 * σ).
 */
ICRL_INLINE void activate_gradient(const float* dy, const float* gate, const float* up,
                                   size_t count, float* dgate, float* dup, float* y) {
  for_vectors(count, [&](size_t i, size_t lanes) {
    const F16 g = load_lanes(gate + i, lanes), u = load_lanes(up + i, lanes),
              d = load_lanes(dy + i, lanes);
    const F16 open = sigmoid(g), silu = g * open;
    store_lanes(dgate + i, d * u * fma(silu, set1(1.0f) - open, open), lanes);
    store_lanes(dup + i, d * silu, lanes);
    if (y) store_lanes(y + i, silu * u, lanes);
  });
}

/** dx of a row, given dy; with x̂ = x · scale: (dy·gain − x̂ · mean(dy·gain·x̂)) · scale. */
ICRL_INLINE void normalize_row_gradient(const float* dy, const float* x, const float* gain,
                                        float scale, size_t width, float* dx) {
  F16 along = zero();
  for_vectors(width, [&](size_t i, size_t lanes) {
    const F16 d = load_lanes(dy + i, lanes) * load_lanes(gain + i, lanes);
    along = fma(d, load_lanes(x + i, lanes) * set1(scale), along);
  });
  const F16 mean = set1(sum(along) / static_cast<float>(width));
  for_vectors(width, [&](size_t i, size_t lanes) {
    const F16 d = load_lanes(dy + i, lanes) * load_lanes(gain + i, lanes);
    const F16 normal = load_lanes(x + i, lanes) * set1(scale);
    store_lanes(dx + i, (d - normal * mean) * set1(scale), lanes);
  });
}

}  // namespace ICRL_NAMESPACE
