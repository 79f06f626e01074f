// A linear layer of a block: a matrix in float32 or bf16, a bias, a low-rank adapter.
#pragma once
#include "gemm.h"
#include "row-norm.h"
#include "../ops.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

/** A matrix `[out][in]` in memory, and its panels or null. */
struct Weight {
  const float* floats;
  /** In place of the floats, in rows of `stride` bfloats; or null. */
  const Bf16* halves;
  size_t stride;
  /** Of what the matrix consists of. */
  const void* panels;
};

/**
 * `scale · b · a` beside a matrix `[out][in]`: `a[rank][in]`, `b[out][rank]`, and their panels or
 * null. None if the rank is 0.
 */
struct Adapter {
  const float *a, *b, *aPanels, *bPanels;
  size_t rank;
  float scale;
};

struct Linear {
  Weight weight;
  const float* bias;  // or null
  Adapter adapter;
};

ICRL_INLINE Weight weight_of(const void* data, size_t stride, const float* panels) {
  return {stride ? nullptr : static_cast<const float*>(data),
          stride ? static_cast<const Bf16*>(data) : nullptr, stride, kept_panels(panels)};
}

/** Layer `n` of those that argument i points to. A stride of 0: its matrix is float32. */
ICRL_INLINE Linear linear_at(const Args& args, int i, int n) {
  using A = layer_args;
  const Args layer = args.record(i, n, A::argument_count);
  return {weight_of(layer.floats(A::weight), layer.size(A::stride), layer.floats(A::panels)),
          layer.floats(A::bias),
          {layer.floats(A::adapterA), layer.floats(A::adapterB),
           static_cast<const float*>(kept_panels(layer.floats(A::panelsA))),
           static_cast<const float*>(kept_panels(layer.floats(A::panelsB))), layer.size(A::rank),
           layer.real(A::scale)}};
}

ICRL_INLINE void scale_row(size_t n, float factor, float* y) {
  for_vectors(n, [&](size_t i, size_t lanes) {
    store_lanes(y + i, load_lanes(y + i, lanes) * set1(factor), lanes);
  });
}

/** `y[m][n] = x[m][k] · weightᵀ`, on all threads or on this one. */
template <bool Shared>
static void weight_product(size_t m, size_t n, size_t k, const float* x, const Weight& w,
                           float* y) {
  const Matrix rows = rows_of(x, k);
  const auto kept = [&](const auto& panels) {
    if (Shared) multiply_panels(m, rows, panels, y);
    else multiply_here(m, rows, panels, 0, n, y, n, false);
  };
  const auto plain = [&](const auto& matrix) {
    if (Shared) gemm(m, n, k, rows, matrix, y, n, false);
    else gemm_here(m, n, k, rows, matrix, y, n, false);
  };
  if (w.panels && w.halves) kept(PanelsOf<Bf16>{k, n, static_cast<const Bf16*>(w.panels)});
  else if (w.panels) kept(Panels{k, n, static_cast<const float*>(w.panels)});
  else if (w.halves) plain(columns_of(w.halves, w.stride));
  else plain(columns_of(w.floats, k));
}

/**
 * `y[m][n] = (x[m][k] · weightᵀ + bias) + (scale · (x · aᵀ)) · bᵀ`, each product complete before it
 * is added.
 */
template <bool Shared>
static void linear_product(size_t m, size_t n, size_t k, const float* x, const Linear& linear,
                           float* y) {
  weight_product<Shared>(m, n, k, x, linear.weight, y);
  add_bias(linear.bias, m, n, y);
  const Adapter& adapter = linear.adapter;
  if (adapter.rank == 0) return;
  float* inner = scratch(scratch_adapter, m * (adapter.rank + n));
  float* product = inner + m * adapter.rank;
  weight_product<Shared>(m, adapter.rank, k, x, {adapter.a, nullptr, 0, adapter.aPanels}, inner);
  scale_row(m * adapter.rank, adapter.scale, inner);
  weight_product<Shared>(m, n, adapter.rank, inner, {adapter.b, nullptr, 0, adapter.bPanels},
                         product);
  add_row(product, m * n, y);
}

}  // namespace ICRL_NAMESPACE
