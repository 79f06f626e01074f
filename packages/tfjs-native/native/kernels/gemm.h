// Matrix products. Every output element has one accumulator and takes its k products in ascending
// order through fused multiply-adds, so blocking, copying, threads and neighbors change no bit.
#pragma once
#include "../isa/bfloat.h"
#include "../isa/parallel.h"

namespace ICRL_NAMESPACE {

/**
 * Element (i, j) of a matrix in memory is at `data[i · rowStride + j · columnStride]`; one of the
 * strides is 1. T: float or `Bf16`.
 */
template <typename T>
struct MatrixOf {
  const T* data;
  size_t rowStride;
  size_t columnStride;

  MatrixOf at(size_t i, size_t j) const {
    return {data + i * rowStride + j * columnStride, rowStride, columnStride};
  }
};
using Matrix = MatrixOf<float>;

/** A matrix of `width` elements per row, or its transpose. */
template <typename T>
ICRL_INLINE MatrixOf<T> rows_of(const T* data, size_t width) {
  return {data, width, 1};
}
template <typename T>
ICRL_INLINE MatrixOf<T> columns_of(const T* data, size_t width) {
  return {data, 1, width};
}

/**
 * `c[m][n] = a[m][k] · b[k][n]`, or `c += …` if `accumulate`; on all threads. `c` has `ldc` floats
 * per row. A `Bf16` b gives the bits that its values in float32 would.
 */
template <typename T>
void gemm(size_t m, size_t n, size_t k, Matrix a, MatrixOf<T> b, float* c, size_t ldc,
          bool accumulate);

/** The same on the calling thread alone, for use inside a task. */
template <typename T>
void gemm_here(size_t m, size_t n, size_t k, Matrix a, MatrixOf<T> b, float* c, size_t ldc,
               bool accumulate);

/**
 * `c[m][n] += a · b` on all threads, with the bits of a whole product that is then added to c
 * (`accumulate` starts its sums from c). Only a slice of the product exists at a time.
 */
void gemm_add(size_t m, size_t n, size_t k, Matrix a, Matrix b, float* c);

/**
 * A right operand laid out for the inner kernel: blocks of k, each divided into panels of columns;
 * zeros fill up the last panel.
 */
template <typename T>
struct PanelsOf {
  size_t k, n;
  const T* data;
};
using Panels = PanelsOf<float>;

/** Floats that the panels of a `k` by `n` matrix take. */
size_t panels_size(size_t k, size_t n);

/** Parts into which filling panels splits; part i writes its own share of `to`. */
size_t panel_parts(size_t k, size_t n);
template <typename T>
void panels_part(MatrixOf<T> b, size_t k, size_t n, float* to, size_t part);

/** Fills all panels, on all threads or on this one. */
template <typename T>
Panels to_panels(MatrixOf<T> b, size_t k, size_t n, float* to);
template <typename T>
Panels to_panels_here(MatrixOf<T> b, size_t k, size_t n, float* to);

/** `c[m][n1 − n0] (+)= a · b[:, n0 … n1)` on the calling thread; n0 is a multiple of 32. */
template <typename T>
void multiply_here(size_t m, Matrix a, const PanelsOf<T>& b, size_t n0, size_t n1, float* c,
                   size_t ldc, bool accumulate);

/**
 * Floats before the panels of a weight that are kept between calls, in its own type; the first is
 * the width of the panels.
 */
constexpr size_t kPanelsHead = 16;

/**
 * The panels of a weight that were kept; null if there are none, or if they have another width than
 * this instruction set's.
 */
const void* kept_panels(const float* kept);

/** `c[m][b.n] = a · b` on all threads. */
template <typename T>
void multiply_panels(size_t m, Matrix a, const PanelsOf<T>& b, float* c);

/** Rows that the inner kernel takes at once if `left` are left. */
size_t tile_height(size_t left);

/**
 * `c (+)= a · b` on the calling thread, reading b in place: `b` is row-major, and its rows must be
 * readable up to the next multiple of 16 columns. For short k, where copying would cost as much as
 * the product.
 */
void multiply_rows_here(size_t m, size_t n, size_t k, Matrix a, const float* b, size_t ldb,
                        float* c, size_t ldc, bool accumulate);

}  // namespace ICRL_NAMESPACE
