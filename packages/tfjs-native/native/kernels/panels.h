// Copies operands into the order in which the inner kernel reads them.
#pragma once
#include "../isa/transpose.h"
#include "gemm-tile.h"

namespace ICRL_NAMESPACE {

/** Steps of k in a block: a panel of that depth stays in the first-level cache. */
constexpr size_t kDepth = 384;

/**
 * b[0 … depth)[0 … columns), columns ≤ kTileColumns, as `[depth][kTileColumns]`, filled up with
 * zeros.
 */
template <typename T>
ICRL_INLINE void fill_panel(MatrixOf<T> b, size_t depth, size_t columns, float* panels) {
  if (b.columnStride == 1) {
    for (size_t p = 0; p < depth; p++) {
      const T* row = b.data + p * b.rowStride;
      float* to = panels + p * kTileColumns;
      for (size_t v = 0; v < kTileColumns; v += 16) {
        if (v + 16 <= columns) store(to + v, load(row + v));
        else store(to + v, v < columns ? load_n(row + v, columns - v) : zero());
      }
    }
    return;
  }
  for (size_t v = 0; v < kTileColumns; v += 16) {
    const size_t lanes = v >= columns ? 0 : columns - v < 16 ? columns - v : 16;
    transpose_block<true>(b.data + v * b.columnStride, b.columnStride, lanes, depth, panels + v,
                          kTileColumns);
  }
}

/** How many steps of k ahead an operand is prefetched before it is copied. */
constexpr size_t kReadAhead = 24;

template <typename T>
ICRL_INLINE void ask_for(const T* from, size_t count) {
  for (size_t i = 0; i < count; i += 64 / sizeof(T)) __builtin_prefetch(from + i, 0, 3);
}

/**
 * Any number of columns as panels, one after another; b's rows are read in order if they are
 * contiguous.
 */
template <typename T>
ICRL_INLINE void fill_panels(MatrixOf<T> b, size_t depth, size_t columns, float* panels) {
  if (b.columnStride != 1) {
    for (size_t j = 0; j < columns; j += kTileColumns)
      fill_panel(b.at(0, j), depth, columns - j < kTileColumns ? columns - j : kTileColumns,
                 panels + j * depth);
    return;
  }
  for (size_t p = 0; p < depth; p++) {
    ask_for(b.at(p + kReadAhead, 0).data, columns);
    for (size_t j = 0; j < columns; j += kTileColumns)
      fill_panel(b.at(p, j), 1, columns - j < kTileColumns ? columns - j : kTileColumns,
                 panels + j * depth + p * kTileColumns);
  }
}

/** Room that `tile_rows` needs after the last tile, because it writes whole vectors. */
constexpr size_t kTileSlack = 16;

/** Rows of a as tiles, each `[depth][rows of the tile]`. */
ICRL_INLINE void tile_rows(Matrix a, size_t rows, size_t depth, float* tiles) {
  // Vectors overlap: what one writes past its `height` lanes is overwritten by the next steps of
  // the same tile.
  if (a.rowStride == 1) {
    for (size_t p = 0; p < depth; p++) {
      ask_for(a.at(0, p + kReadAhead).data, rows);
      for (size_t i0 = 0; i0 < rows;) {
        const size_t height = next_rows(rows - i0);
        const F16 step = load_n(a.data + p * a.columnStride + i0, height);
        float* to = tiles + i0 * depth + p * height;
        if ((depth - p) * height >= 16) store(to, step);
        else store_n(to, step, height);
        i0 += height;
      }
    }
    return;
  }
  for (size_t i0 = 0; i0 < rows;) {
    const size_t height = next_rows(rows - i0);
    transpose_block<true>(a.at(i0, 0).data, a.rowStride, height, depth, tiles + i0 * depth, height);
    i0 += height;
  }
}

}  // namespace ICRL_NAMESPACE
