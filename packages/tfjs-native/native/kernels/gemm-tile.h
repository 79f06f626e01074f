// The inner kernel: a tile of a few rows by one or two vectors of columns, held in registers over a
// block of k.
#pragma once
#include "gemm.h"

namespace ICRL_NAMESPACE {

#if ICRL_ISA == ICRL_ISA_AVX512
constexpr int kTileRows = 14;
constexpr int kTileVectors = 2;
#elif ICRL_ISA == ICRL_ISA_AVX2 || ICRL_ISA == ICRL_ISA_NEON
constexpr int kTileRows = 6;
constexpr int kTileVectors = 1;
#else
constexpr int kTileRows = 4;
constexpr int kTileVectors = 1;
#endif
constexpr size_t kTileColumns = 16 * kTileVectors;

/** T: of what b consists, float or `Bf16`. */
template <typename T>
struct TileArgs {
  size_t k;
  const float* a;
  size_t aRow, aStep;  // strides of a along rows and along k
  const T* b;          // readable for all 16 columns of a vector
  size_t bStep;        // stride of b along k
  float* c;
  size_t cRow;
  size_t columns;  // columns of c that exist
  bool accumulate;
};

/**
 * How many steps of k ahead b is prefetched: a panel often comes from a far cache, and the next one
 * follows it in memory.
 */
constexpr size_t kAhead = 80;

/** `SideBySide`: the tile's rows of a lie next to one another (tiled, or a transposed). */
template <typename T, int R, int V, bool SideBySide>
static void tile(const TileArgs<T>& t) {
  const size_t last = t.columns - 16 * (V - 1);
  F16 acc[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++) {
#pragma GCC unroll 2
    for (int j = 0; j < V; j++) {
      const float* from = t.c + i * t.cRow + 16 * j;
      acc[i][j] = !t.accumulate             ? zero()
                  : j == V - 1 && last < 16 ? load_n(from, last)
                                            : load(from);
    }
  }
  const T* b = t.b;
  const float* a[R];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++) a[i] = t.a + (SideBySide ? i : i * t.aRow);
  const size_t aStep = t.aStep, bStep = t.bStep;
  for (size_t p = t.k, at = 0; p > 0; p--, at += aStep, b += bStep) {
    F16 row[V];
#pragma GCC unroll 2
    for (int j = 0; j < V; j++) {
      row[j] = load(b + 16 * j);
      __builtin_prefetch(b + 16 * j + kAhead * bStep, 0, 3);
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const F16 factor = set1(a[i][at]);
#pragma GCC unroll 2
      for (int j = 0; j < V; j++) acc[i][j] = fma(factor, row[j], acc[i][j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++) {
#pragma GCC unroll 2
    for (int j = 0; j < V; j++) {
      float* to = t.c + i * t.cRow + 16 * j;
      if (j == V - 1 && last < 16) store_n(to, acc[i][j], last);
      else store(to, acc[i][j]);
    }
  }
}

template <typename T>
using Tile = void (*)(const TileArgs<T>&);

// Filled at compile time: code that ran at load time could meet a processor without this
// instruction set.
template <typename T, int R>
struct TilesUpTo {
  static constexpr void fill(Tile<T> (&tiles)[kTileRows + 1][2][2]) {
    tiles[R][0][0] = tile<T, R, 1, false>;
    tiles[R][0][1] = tile<T, R, 1, true>;
    tiles[R][1][0] = tile<T, R, kTileVectors, false>;
    tiles[R][1][1] = tile<T, R, kTileVectors, true>;
    TilesUpTo<T, R - 1>::fill(tiles);
  }
};
template <typename T>
struct TilesUpTo<T, 0> {
  static constexpr void fill(Tile<T> (&)[kTileRows + 1][2][2]) {}
};

template <typename T>
struct TileTable {
  Tile<T> tiles[kTileRows + 1][2][2];
  constexpr TileTable() : tiles{} { TilesUpTo<T, kTileRows>::fill(tiles); }

  void run(size_t rows, const TileArgs<T>& t) const { tiles[rows][t.columns > 16][t.aRow == 1](t); }
};

/** Rows of the next tile if `left` are left: never a small tile after full ones. */
ICRL_INLINE size_t next_rows(size_t left) {
  if (left <= kTileRows) return left;
  if (left < 2 * kTileRows) return (left + 1) / 2;
  return kTileRows;
}

}  // namespace ICRL_NAMESPACE
