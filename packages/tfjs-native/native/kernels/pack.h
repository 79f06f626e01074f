// Copies operands into the order in which the inner kernel reads them.
#pragma once
#include "../isa/transpose.h"
#include "gemm-tile.h"

namespace ICRL_NAMESPACE {

/** Steps of k in a block: a panel of that depth stays in the first-level cache. */
constexpr size_t kDepth = 384;

/** b[0 … depth)[0 … columns), columns ≤ kTileColumns, as `[depth][kTileColumns]`, zeros behind the last column. */
template <typename T> ICRL_INLINE void pack_panel(MatrixOf<T> b, size_t depth, size_t columns, float* packed) {
  if (b.columnStride == 1) {
    for (size_t p = 0; p < depth; p++) {
      const T* row = b.data + p * b.rowStride;
      float* to = packed + p * kTileColumns;
      for (size_t v = 0; v < kTileColumns; v += 16) {
        if (v + 16 <= columns) store(to + v, load(row + v));
        else store(to + v, v < columns ? load_n(row + v, columns - v) : zero());
      }
    }
    return;
  }
  for (size_t v = 0; v < kTileColumns; v += 16) {
    const size_t lanes = v >= columns ? 0 : columns - v < 16 ? columns - v : 16;
    transpose_block<true>(b.data + v * b.columnStride, b.columnStride, lanes, depth, packed + v, kTileColumns);
  }
}

/** Room that `pack_rows` needs behind the last tile: it writes whole vectors. */
constexpr size_t kPackSlack = 16;

/** Rows of a as tiles, each `[depth][rows of the tile]`. */
ICRL_INLINE void pack_rows(Matrix a, size_t rows, size_t depth, float* packed) {
  for (size_t i0 = 0; i0 < rows;) {
    const size_t height = next_rows(rows - i0);
    const Matrix from = a.at(i0, 0);
    // Vectors overlap: what one writes behind its `height` lanes, the next overwrites.
    if (from.rowStride == 1) {
      for (size_t p = 0; p < depth; p++) store(packed + p * height, load_n(from.data + p * from.columnStride, height));
    } else {
      transpose_block<true>(from.data, from.rowStride, height, depth, packed, height);
    }
    packed += depth * height;
    i0 += height;
  }
}

}  // namespace ICRL_NAMESPACE
