// What the two parts of a decoder block, before and after attention, share: weights are laid out
// once per call; then a thread takes blocks of rows through all products while they are in its
// cache.
#pragma once
#include "linear.h"

namespace ICRL_NAMESPACE {

/**
 * Rows whose gradients of a norm's gain are summed together; the sums are then added in order. Part
 * of the definition of the gradient.
 */
constexpr size_t kGainRows = 56;
/** This many weights stay in a core's own cache beside a block of rows. */
constexpr size_t kNearWeights = size_t{1} << 18;

/**
 * Rows to take at once: a multiple of `kGainRows`, larger if the weights come from a farther cache.
 */
ICRL_INLINE size_t rows_at_once(size_t weights) {
  return weights <= kNearWeights ? kGainRows : 2 * kGainRows;
}

/**
 * Calls `body(first row, rows)` for blocks of rows, on all threads; `weights` multiply-adds per
 * row.
 */
template <typename F>
static void each_block(size_t rows, size_t weights, F&& body) {
  const size_t at_once = rows_at_once(weights), blocks = (rows + at_once - 1) / at_once;
  parallel_for(blocks, static_cast<double>(rows) * static_cast<double>(weights), [&](size_t block) {
    const size_t start = block * at_once;
    body(start, rows - start < at_once ? rows - start : at_once);
  });
}

/** A layer's matrices as right operands of the products of one direction. */
struct LaidOut {
  Panels weight;
  const float* bias;
  /** The first and the second of the adapter's products; of no use if the rank is 0. */
  Panels first, second;
  size_t rank;
  float scale;
};

/** Lays out layers `[out][in]`, one after another. */
class Layouts {
 public:
  /**
   * For matrices of `weights` numbers altogether, at most 8 of them, none with more than `longest`
   * columns or rows, and adapters of at most `rank`.
   */
  Layouts(size_t weights, size_t longest, size_t rank)
      : next_(scratch(scratch_gemm_b, weights + 8 * 32 * longest +
                                          (rank ? 8 * 2 * (rank + 32) * (longest + 32) : 0))) {}

  /** Right operands of `x · weightᵀ`. */
  LaidOut transposed(const Linear& linear, size_t out, size_t in) {
    const Weight& w = linear.weight;
    const Adapter& adapter = linear.adapter;
    const size_t rank = adapter.rank;
    LaidOut laid{w.halves ? put(columns_of(w.halves, w.stride), in, out)
                          : put(columns_of(w.floats, in), in, out),
                 linear.bias,
                 {},
                 {},
                 rank,
                 adapter.scale};
    if (rank == 0) return laid;
    laid.first = put(columns_of(adapter.a, in), in, rank);
    laid.second = put(columns_of(adapter.b, rank), rank, out);
    return laid;
  }
  /** Right operands of `dy · weight`. */
  LaidOut straight(const Linear& linear, size_t out, size_t in) {
    const Weight& w = linear.weight;
    const Adapter& adapter = linear.adapter;
    const size_t rank = adapter.rank;
    LaidOut laid{
        w.halves ? put(rows_of(w.halves, w.stride), out, in) : put(rows_of(w.floats, in), out, in),
        nullptr,
        {},
        {},
        rank,
        adapter.scale};
    if (rank == 0) return laid;
    laid.first = put(rows_of(adapter.b, rank), out, rank);
    laid.second = put(rows_of(adapter.a, in), rank, in);
    return laid;
  }

 private:
  template <typename T>
  Panels put(MatrixOf<T> b, size_t k, size_t n) {
    float* to = next_;
    next_ += panels_size(k, n);
    return to_panels(b, k, n, to);
  }

  float* next_;
};

ICRL_INLINE void multiply_rows(size_t m, const float* x, const Panels& b, float* y,
                               bool accumulate) {
  multiply_here(m, rows_of(x, b.k), b, 0, b.n, y, b.n, accumulate);
}

/** `linear_product` of laid out matrices, on this thread. */
ICRL_INLINE void linear_rows(size_t m, const float* x, const LaidOut& b, float* y) {
  const size_t out = b.weight.n;
  multiply_rows(m, x, b.weight, y, false);
  add_bias(b.bias, m, out, y);
  if (b.rank == 0) return;
  float* inner = scratch(scratch_adapter, m * (b.rank + out));
  float* product = inner + m * b.rank;
  multiply_rows(m, x, b.first, inner, false);
  scale_row(m * b.rank, b.scale, inner);
  multiply_rows(m, inner, b.second, product, false);
  add_row(product, m * out, y);
}

/** `dx[m][in] (+)= dy · weight + (scale · (dy · b)) · a` on this thread. */
ICRL_INLINE void linear_rows_gradient(size_t m, const float* dy, const LaidOut& b, float* dx,
                                      bool accumulate = false) {
  multiply_rows(m, dy, b.weight, dx, accumulate);
  if (b.rank == 0) return;
  float* inner = scratch(scratch_adapter, m * b.rank);
  multiply_rows(m, dy, b.first, inner, false);
  scale_row(m * b.rank, b.scale, inner);
  multiply_rows(m, inner, b.second, dx, true);
}

/** The largest rank of some layers' adapters. */
template <typename... Layers>
ICRL_INLINE size_t largest_rank(const Layers&... layers) {
  size_t most = 0;
  ((most = layers.adapter.rank > most ? layers.adapter.rank : most), ...);
  return most;
}

/** Sums of a gain's gradient, one per `kGainRows` rows, and then their sum. */
class GainSums {
 public:
  /** `each` normalized vectors of `width` per row. */
  GainSums(ScratchUse use, size_t rows, size_t each, size_t width)
      : blocks_((rows + kGainRows - 1) / kGainRows),
        each_(each),
        width_(width),
        sums_(scratch(use, blocks_ * width)) {}

  /**
   * Rows [start, start + m), `start` a multiple of `kGainRows`: Σ dy · x · scale of each vector.
   */
  void put(size_t start, size_t m, const float* dy, const float* x, const float* scales) {
    for (size_t r = 0; r < m; r += kGainRows) {
      const size_t vectors = (m - r < kGainRows ? m - r : kGainRows) * each_;
      const float *d = dy + r * each_ * width_, *from = x + r * each_ * width_,
                  *scale = scales + r * each_;
      float* to = sums_ + (start + r) / kGainRows * width_;
      for_vectors(width_, [&](size_t i, size_t lanes) {
        F16 total = zero();
        for (size_t v = 0; v < vectors; v++)
          total = fma(load_lanes(d + v * width_ + i, lanes),
                      load_lanes(from + v * width_ + i, lanes) * set1(scale[v]), total);
        store_lanes(to + i, total, lanes);
      });
    }
  }

  void add_up(float* dgain) const {
    for_vectors(width_, [&](size_t i, size_t lanes) {
      F16 total = zero();
      for (size_t block = 0; block < blocks_; block++)
        total = total + load_lanes(sums_ + block * width_ + i, lanes);
      store_lanes(dgain + i, total, lanes);
    });
  }

 private:
  size_t blocks_, each_, width_;
  float* sums_;
};

/**
 * Backward through the norm at a part's start: computes `normed` again, `dx = dresidual` plus the
 * gradient through the norm, and the gradient of its gain.
 */
ICRL_INLINE void norm_rows_gradient(size_t start, size_t m, size_t width, float epsilon,
                                    const float* dnormed, const float* x, const float* gain,
                                    const float* dresidual, float* normed, float* dx,
                                    GainSums& gains, float* scales) {
  for (size_t i = 0; i < m; i++) {
    const size_t at = i * width;
    scales[i] = inverse_root(x + at, width, epsilon);
    normalize_row(x + at, gain, scales[i], width, normed + at);
    normalize_row_gradient(dnormed + at, x + at, gain, scales[i], width, dx + at);
    add_row(dresidual + at, width, dx + at);
  }
  gains.put(start, m, dnormed, x, scales);
}

}  // namespace ICRL_NAMESPACE
