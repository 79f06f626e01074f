#include "gemm.h"

#include "../ops.h"
#include "../scratch.h"
#include "gemm-tile.h"
#include "panels.h"
#include "row-norm.h"

namespace ICRL_NAMESPACE {

namespace {

template <typename T>
constexpr TileTable<T> table{};
constexpr size_t kRowsAtOnce = kTileRows * 16;
constexpr size_t kColumnsAtOnce = 4096;

/** Whether a's rows lie in memory so that they would evict one another from the cache. */
bool collides(const Matrix& a) {
  return (a.columnStride == 1 ? a.rowStride : a.columnStride) % 512 == 0;
}

/**
 * Whether a should be copied into tiles first: if its elements are read often, or its rows collide.
 */
bool should_tile_a(const Matrix& a, size_t n) { return n >= 8 * kTileColumns || collides(a); }

/** One block of k: rows of a by columns [n0, n1) of b's panels. */
template <typename T>
void multiply_block(size_t m, Matrix a, size_t depth, const T* panels, size_t n0, size_t n1,
                    float* c, size_t ldc, bool accumulate, bool tileA) {
  for (size_t m0 = 0; m0 < m; m0 += kRowsAtOnce) {
    const size_t rows = m - m0 < kRowsAtOnce ? m - m0 : kRowsAtOnce;
    float* tile = nullptr;
    if (tileA)
      tile_rows(a.at(m0, 0), rows, depth,
                tile = scratch(scratch_gemm_a, rows * depth + kTileSlack));
    for (size_t j = n0; j < n1; j += kTileColumns) {
      const size_t columns = n1 - j < kTileColumns ? n1 - j : kTileColumns;
      const T* panel = panels + j * depth;
      for (size_t i = 0; i < rows;) {
        const size_t height = next_rows(rows - i);
        const Matrix from = tileA ? Matrix{tile + i * depth, 1, height} : a.at(m0 + i, 0);
        table<T>.run(height,
                     {depth, from.data, from.rowStride, from.columnStride, panel, kTileColumns,
                      c + (m0 + i) * ldc + (j - n0), ldc, columns, accumulate});
        i += height;
      }
    }
  }
}

void clear(float* c, size_t m, size_t n, size_t ldc) {
  for (size_t i = 0; i < m; i++) __builtin_memset(c + i * ldc, 0, n * sizeof(float));
}

struct Grid {
  size_t rowParts, columnParts;
};

/** Cuts the output into enough tasks for the threads, along rows first. */
Grid grid_for(size_t m, size_t n) {
  const size_t tiles = (m + kTileRows - 1) / kTileRows,
               panels = (n + kTileColumns - 1) / kTileColumns;
  const size_t wanted = thread_count() == 1 ? 1 : thread_count() * 4;
  const size_t large = (m + kRowsAtOnce - 1) / kRowsAtOnce;
  const size_t rowParts = large >= wanted || thread_count() == 1 ? large
                          : tiles < wanted                       ? tiles
                                                                 : wanted;
  const size_t spread = (wanted + rowParts - 1) / rowParts;
  return {rowParts, spread < panels ? spread : panels};
}

template <typename T>
void multiply_shared(size_t m, Matrix a, const PanelsOf<T>& b, float* c, size_t ldc,
                     bool accumulate) {
  const Grid grid = grid_for(m, b.n);
  const size_t tiles = (m + kTileRows - 1) / kTileRows,
               panels = (b.n + kTileColumns - 1) / kTileColumns;
  const double work = static_cast<double>(m) * static_cast<double>(b.n) * static_cast<double>(b.k);
  parallel_for(grid.rowParts * grid.columnParts, work, [&](size_t task) {
    const size_t row = task / grid.columnParts, column = task % grid.columnParts;
    const size_t m0 = tiles * row / grid.rowParts * kTileRows,
                 m1 = tiles * (row + 1) / grid.rowParts * kTileRows;
    const size_t n0 = panels * column / grid.columnParts * kTileColumns,
                 n1 = panels * (column + 1) / grid.columnParts * kTileColumns;
    multiply_here((m1 < m ? m1 : m) - m0, a.at(m0, 0), b, n0, n1 < b.n ? n1 : b.n,
                  c + m0 * ldc + n0, ldc, accumulate);
  });
}

/**
 * Columns [n0, n1); each panel of b is filled and used at once. For few rows, where filling all of
 * b first would cost as much as the product.
 */
template <typename T>
void multiply_columns(size_t m, size_t n0, size_t n1, size_t k, Matrix a, MatrixOf<T> b, float* c,
                      size_t ldc, bool accumulate) {
  float* panel = scratch(scratch_gemm_b, kDepth * kTileColumns);
  const bool tileA = m > 4 && collides(a);
  for (size_t j = n0; j < n1; j += kTileColumns) {
    const size_t columns = n1 - j < kTileColumns ? n1 - j : kTileColumns;
    for (size_t k0 = 0; k0 < k; k0 += kDepth) {
      const size_t depth = k - k0 < kDepth ? k - k0 : kDepth;
      fill_panel(b.at(k0, j), depth, columns, panel);
      multiply_block<float>(m, a.at(0, k0), depth, panel, 0, columns, c + j, ldc,
                            accumulate || k0 > 0, tileA);
    }
  }
}

/**
 * Rows [m0, m1) by columns [n0, n1), one block of k at a time: both operands are copied into tiles
 * and panels, read once and in order. For a deep product, whose operands are much larger than its
 * result.
 */
template <typename T>
void multiply_deep(size_t m0, size_t m1, size_t n0, size_t n1, size_t k, Matrix a, MatrixOf<T> b,
                   float* c, size_t ldc, bool accumulate) {
  const size_t columns = n1 - n0, panels = (columns + kTileColumns - 1) / kTileColumns;
  float* copied = scratch(scratch_gemm_b, panels * kTileColumns * kDepth);
  for (size_t k0 = 0; k0 < k; k0 += kDepth) {
    const size_t depth = k - k0 < kDepth ? k - k0 : kDepth;
    fill_panels(b.at(k0, n0), depth, columns, copied);
    multiply_block<float>(m1 - m0, a.at(m0, k0), depth, copied, 0, columns, c + m0 * ldc + n0, ldc,
                          accumulate || k0 > 0, true);
  }
}

/**
 * Smallest depth at which `multiply_deep` is the faster way, and how many times the longer side of
 * the result it must be.
 */
constexpr size_t kDeep = 1024, kDeepSides = 2;

/** How many threads along rows and along columns together copy the least. */
Grid deep_grid(size_t m, size_t n) {
  const size_t threads = thread_count();
  Grid best{threads, 1};
  for (size_t rows = 1; rows <= threads; rows++) {
    if (threads % rows != 0) continue;
    const size_t columns = threads / rows;
    if (columns * m + rows * n < best.columnParts * m + best.rowParts * n) best = {rows, columns};
  }
  return best;
}

/** Rows up to which `multiply_columns` is the faster way. */
constexpr size_t kFewRows = 160;

template <bool Shared, typename T>
void multiply(size_t m, size_t n, size_t k, Matrix a, MatrixOf<T> b, float* c, size_t ldc,
              bool accumulate) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (!accumulate) clear(c, m, n, ldc);
    return;
  }
  const size_t panels = (n + kTileColumns - 1) / kTileColumns;
  if (m > kTileRows && n >= kTileColumns && k >= kDeep && k >= kDeepSides * (m > n ? m : n)) {
    const Grid grid = Shared ? deep_grid(m, n) : Grid{1, 1};
    const size_t tiles = (m + kTileRows - 1) / kTileRows;
    parallel_for(
        grid.rowParts * grid.columnParts,
        Shared ? static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) : 0,
        [&](size_t part) {
          const size_t row = part / grid.columnParts, column = part % grid.columnParts;
          const size_t m1 = tiles * (row + 1) / grid.rowParts * kTileRows,
                       n1 = panels * (column + 1) / grid.columnParts * kTileColumns;
          multiply_deep(tiles * row / grid.rowParts * kTileRows, m1 < m ? m1 : m,
                        panels * column / grid.columnParts * kTileColumns, n1 < n ? n1 : n, k, a, b,
                        c, ldc, accumulate);
        });
    return;
  }
  if (m <= kFewRows && (!Shared || panels >= 2 * thread_count() || m <= kTileRows)) {
    const size_t parts = !Shared ? 1 : panels < 8 * thread_count() ? panels : 8 * thread_count();
    const double work =
        static_cast<double>(n) * static_cast<double>(k) * static_cast<double>(m + 4);
    parallel_for(parts, Shared ? work : 0, [&](size_t part) {
      const size_t n0 = panels * part / parts * kTileColumns,
                   n1 = panels * (part + 1) / parts * kTileColumns;
      multiply_columns(m, n0, n1 < n ? n1 : n, k, a, b, c, ldc, accumulate);
    });
    return;
  }
  for (size_t n0 = 0; n0 < n; n0 += kColumnsAtOnce) {
    const size_t columns = n - n0 < kColumnsAtOnce ? n - n0 : kColumnsAtOnce;
    float* to = scratch(scratch_gemm_b, panels_size(k, columns));
    if (Shared)
      multiply_shared(m, a, to_panels(b.at(0, n0), k, columns, to), c + n0, ldc, accumulate);
    else
      multiply_here(m, a, to_panels_here(b.at(0, n0), k, columns, to), 0, columns, c + n0, ldc,
                    accumulate);
  }
}

}  // namespace

size_t panels_size(size_t k, size_t n) {
  return (n + kTileColumns - 1) / kTileColumns * kTileColumns * k;
}

size_t panel_parts(size_t k, size_t n) {
  return ((k + kDepth - 1) / kDepth) * ((n + kTileColumns - 1) / kTileColumns);
}

template <typename T>
void panels_part(MatrixOf<T> b, size_t k, size_t n, float* to, size_t part) {
  const size_t panels = (n + kTileColumns - 1) / kTileColumns;
  const size_t k0 = part / panels * kDepth, n0 = part % panels * kTileColumns;
  const size_t depth = k - k0 < kDepth ? k - k0 : kDepth,
               columns = n - n0 < kTileColumns ? n - n0 : kTileColumns;
  fill_panel(b.at(k0, n0), depth, columns, to + k0 * panels * kTileColumns + n0 * depth);
}

template <typename T>
Panels to_panels(MatrixOf<T> b, size_t k, size_t n, float* to) {
  parallel_for(panel_parts(k, n), static_cast<double>(k * n),
               [&](size_t part) { panels_part(b, k, n, to, part); });
  return {k, n, to};
}

template <typename T>
Panels to_panels_here(MatrixOf<T> b, size_t k, size_t n, float* to) {
  for (size_t part = 0; part < panel_parts(k, n); part++) panels_part(b, k, n, to, part);
  return {k, n, to};
}

template <typename T>
void multiply_here(size_t m, Matrix a, const PanelsOf<T>& b, size_t n0, size_t n1, float* c,
                   size_t ldc, bool accumulate) {
  const size_t padded = (b.n + kTileColumns - 1) / kTileColumns * kTileColumns;
  const bool tileA = m > 4 && should_tile_a(a, n1 - n0);
  for (size_t k0 = 0; k0 < b.k; k0 += kDepth) {
    const size_t depth = b.k - k0 < kDepth ? b.k - k0 : kDepth;
    multiply_block(m, a.at(0, k0), depth, b.data + k0 * padded, n0, n1, c, ldc,
                   accumulate || k0 > 0, tileA);
  }
}

const void* kept_panels(const float* kept) {
  return kept && kept[0] == static_cast<float>(kTileColumns) ? kept + kPanelsHead : nullptr;
}

template <typename T>
void multiply_panels(size_t m, Matrix a, const PanelsOf<T>& b, float* c) {
  const size_t panels = (b.n + kTileColumns - 1) / kTileColumns,
               parts = panels < 8 * thread_count() ? panels : 8 * thread_count();
  if (m > kFewRows || panels < 2 * thread_count()) return multiply_shared(m, a, b, c, b.n, false);
  // Few rows: b comes from memory, so every panel is read once, by the thread that multiplies it
  // with all rows.
  parallel_for(parts, static_cast<double>(m) * static_cast<double>(b.n) * static_cast<double>(b.k),
               [&](size_t part) {
                 const size_t n0 = panels * part / parts * kTileColumns,
                              n1 = panels * (part + 1) / parts * kTileColumns;
                 multiply_here(m, a, b, n0, n1 < b.n ? n1 : b.n, c + n0, b.n, false);
               });
}

size_t tile_height(size_t left) { return next_rows(left); }

void multiply_rows_here(size_t m, size_t n, size_t k, Matrix a, const float* b, size_t ldb,
                        float* c, size_t ldc, bool accumulate) {
  for (size_t j = 0; j < n; j += kTileColumns) {
    const size_t columns = n - j < kTileColumns ? n - j : kTileColumns;
    for (size_t i = 0; i < m;) {
      const size_t height = next_rows(m - i);
      table<float>.run(height, {k, a.at(i, 0).data, a.rowStride, a.columnStride, b + j, ldb,
                                c + i * ldc + j, ldc, columns, accumulate});
      i += height;
    }
  }
}

template <typename T>
void gemm(size_t m, size_t n, size_t k, Matrix a, MatrixOf<T> b, float* c, size_t ldc,
          bool accumulate) {
  multiply<true>(m, n, k, a, b, c, ldc, accumulate);
}

template <typename T>
void gemm_here(size_t m, size_t n, size_t k, Matrix a, MatrixOf<T> b, float* c, size_t ldc,
               bool accumulate) {
  multiply<false>(m, n, k, a, b, c, ldc, accumulate);
}

namespace {

/** Floats of a product that `gemm_add` holds at once, and the fewest rows they are cut into. */
constexpr size_t kSlice = 1 << 19, kSliceRows = 64;

}  // namespace

void gemm_add(size_t m, size_t n, size_t k, Matrix a, Matrix b, float* c) {
  if (m == 0 || n == 0) return;
  const size_t fitting = kSlice / n > kSliceRows ? kSlice / n : kSliceRows,
               slice = fitting < m ? fitting : m;
  float* product = scratch(scratch_product, slice * n);
  for (size_t m0 = 0; m0 < m; m0 += slice) {
    const size_t rows = m - m0 < slice ? m - m0 : slice;
    gemm(rows, n, k, a.at(m0, 0), b, product, n, false);
    float* to = c + m0 * n;
    parallel_ranges(rows * n, 4096, 3, [&](size_t start, size_t end) {
      for_vectors(end - start, [&](size_t i, size_t lanes) {
        store_lanes(to + start + i,
                    load_lanes(to + start + i, lanes) + load_lanes(product + start + i, lanes),
                    lanes);
      });
    });
  }
}

template Panels to_panels(MatrixOf<float>, size_t, size_t, float*);
template Panels to_panels(MatrixOf<Bf16>, size_t, size_t, float*);
template Panels to_panels_here(MatrixOf<float>, size_t, size_t, float*);
template void panels_part(MatrixOf<float>, size_t, size_t, float*, size_t);
template void gemm(size_t, size_t, size_t, Matrix, MatrixOf<float>, float*, size_t, bool);
template void gemm(size_t, size_t, size_t, Matrix, MatrixOf<Bf16>, float*, size_t, bool);
template void gemm_here(size_t, size_t, size_t, Matrix, MatrixOf<float>, float*, size_t, bool);
template void gemm_here(size_t, size_t, size_t, Matrix, MatrixOf<Bf16>, float*, size_t, bool);
template void multiply_here(size_t, Matrix, const Panels&, size_t, size_t, float*, size_t, bool);
template void multiply_here(size_t, Matrix, const PanelsOf<Bf16>&, size_t, size_t, float*, size_t,
                            bool);
template void multiply_panels(size_t, Matrix, const Panels&, float*);
template void multiply_panels(size_t, Matrix, const PanelsOf<Bf16>&, float*);

namespace {

/** `panels_part` of a weight in bf16, which stays that. */
void narrow_panels_part(MatrixOf<Bf16> b, size_t k, size_t n, Bf16* to, size_t part) {
  const size_t panels = (n + kTileColumns - 1) / kTileColumns;
  const size_t k0 = part / panels * kDepth, n0 = part % panels * kTileColumns;
  const size_t depth = k - k0 < kDepth ? k - k0 : kDepth,
               columns = n - n0 < kTileColumns ? n - n0 : kTileColumns;
  Bf16* panel = to + k0 * panels * kTileColumns + n0 * depth;
  for (size_t p = 0; p < depth; p++)
    for (size_t c = 0; c < kTileColumns; c++)
      panel[p * kTileColumns + c] = c < columns ? *b.at(k0 + p, n0 + c).data : 0;
}

}  // namespace

/**
 * weight, its panels, n, k, bfloats per row (0: it is float32): `weight[n][k]ᵀ` as a right operand,
 * to be kept.
 */
void weightPanels(const Args& args) {
  using A = weightPanels_args;
  const size_t n = args.size(A::n), k = args.size(A::k), stride = args.size(A::stride);
  float* kept = args.floats(A::panels);
  kept[0] = static_cast<float>(kTileColumns);
  if (!stride) {
    to_panels(columns_of(args.pointer<const float>(A::weight), k), k, n, kept + kPanelsHead);
    return;
  }
  const MatrixOf<Bf16> weight = columns_of(args.pointer<const Bf16>(A::weight), stride);
  Bf16* to = reinterpret_cast<Bf16*>(kept + kPanelsHead);
  parallel_for(panel_parts(k, n), static_cast<double>(k * n),
               [&](size_t part) { narrow_panels_part(weight, k, n, to, part); });
}

/** sum, dy, x, N, out, in: `sum[out][in] += dyᵀ · x`. */
void addWeightGrad(const Args& args) {
  using A = addWeightGrad_args;
  const size_t rows = args.size(A::rows), out = args.size(A::out), in = args.size(A::in);
  gemm_add(out, in, rows, columns_of<float>(args.floats(A::dy), out),
           rows_of<float>(args.floats(A::x), in), args.floats(A::sum));
}

/**
 * a, b, c, batch, m, n, k, transposeA, transposeB, floats from one a to the next (0: the same),
 * from one b to the next.
 */
void matMul(const Args& args) {
  using A = matMul_args;
  const float *a = args.floats(A::a), *b = args.floats(A::b);
  float* c = args.floats(A::c);
  const size_t batch = args.size(A::batch), m = args.size(A::m), n = args.size(A::n),
               k = args.size(A::k);
  const bool transposeA = args.flag(A::transposeA), transposeB = args.flag(A::transposeB);
  const size_t aNext = args.size(A::aNext), bNext = args.size(A::bNext);
  const auto one =
      [&](size_t i, void (*product)(size_t, size_t, size_t, Matrix, Matrix, float*, size_t, bool)) {
        const Matrix left = transposeA ? columns_of(a + i * aNext, m) : rows_of(a + i * aNext, k);
        const Matrix right = transposeB ? columns_of(b + i * bNext, k) : rows_of(b + i * bNext, n);
        product(m, n, k, left, right, c + i * m * n, n, false);
      };
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  if (batch >= thread_count() && work < 4e6)
    parallel_for(batch, work * static_cast<double>(batch),
                 [&](size_t i) { one(i, gemm_here<float>); });
  else
    for (size_t i = 0; i < batch; i++) one(i, gemm<float>);
}

}  // namespace ICRL_NAMESPACE
