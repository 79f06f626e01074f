// Products on the tensor cores: operands in bf16, float32 sums in steps of sixteen, k ascending,
// one accumulator an output. Neither the tile nor which operand gives the rows changes a bit.
#pragma once
#include "tensor-core.cuh"

namespace icrl_cuda {

/** Steps of k that lie in shared memory at once. */
constexpr int kProductSteps = kBf16ProductSteps;

/** Rows of a tile `[Rows][kProductSteps]` in shared memory, with nothing beyond the edges. */
template <int Rows, int Threads>
ICRL_INLINE void load_tile(const uint16_t* from, size_t stride, size_t row0, size_t rows, size_t k0,
                           size_t k, uint16_t* tile) {
  constexpr int kChunks = kProductSteps / 8;
#pragma unroll 4
  for (int i = threadIdx.x; i < Rows * kChunks; i += Threads) {
    const size_t row = row0 + i / kChunks, at = k0 + i % kChunks * 8;
    uint4 eight = {0, 0, 0, 0};
    if (row < rows && at + 8 <= k) {
      eight = *reinterpret_cast<const uint4*>(from + row * stride + at);
    } else if (row < rows && at < k) {
      uint32_t words[4] = {0, 0, 0, 0};
#pragma unroll
      for (int j = 0; j < 8; j++)
        if (at + j < k) words[j / 2] |= uint32_t{from[row * stride + at + j]} << 16 * (j & 1);
      eight = {words[0], words[1], words[2], words[3]};
    }
    *reinterpret_cast<uint4*>(tile + i / kChunks * kBf16TileStride + i % kChunks * 8) = eight;
  }
}

/** Rows `[rows][k]` of bf16, of which a tile begins at `first`. */
struct TileRows {
  const uint16_t* data;
  size_t stride, first, rows;
};

/**
 * `Down` by `Across` warps, each with `Rows` tiles of 16 rows and `Columns` of 8 columns: adds a
 * tile of a · bᵀ to a warp's sums. A warp that is idle has no sums, and helps to load.
 */
template <int Down, int Across, int Rows, int Columns>
ICRL_INLINE void multiply_tile(const TileRows& a, const TileRows& b, size_t k, bool idle,
                               unsigned char* memory, float (&sums)[Rows][Columns][4]) {
  constexpr int kThreads = 32 * Down * Across, kTileRows = 16 * Rows * Down,
                kTileColumns = 8 * Columns * Across, kWords = kBf16TileStride / 2;
  uint16_t* left = reinterpret_cast<uint16_t*>(memory);
  uint16_t* right = left + kTileRows * kBf16TileStride;
  const int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, pair = threadIdx.x % 4;
  const int row0 = warp / Across * 16 * Rows, column0 = warp % Across * 8 * Columns;
  for (size_t k0 = 0; k0 < k; k0 += kProductSteps) {
    __syncthreads();
    load_tile<kTileRows, kThreads>(a.data, a.stride, a.first, a.rows, k0, k, left);
    load_tile<kTileColumns, kThreads>(b.data, b.stride, b.first, b.rows, k0, k, right);
    __syncthreads();
    if (idle) continue;
    const uint32_t* lefts = reinterpret_cast<const uint32_t*>(left) + (row0 + group) * kWords;
    const uint32_t* rights = reinterpret_cast<const uint32_t*>(right) + (column0 + group) * kWords;
#pragma unroll
    for (int step = 0; step < kProductSteps / 16; step++) {
      if (k0 + 16 * step >= k) break;
      const int at = 8 * step + pair;
      uint32_t fours[Rows][4];
#pragma unroll
      for (int r = 0; r < Rows; r++) {
        const uint32_t* tall = lefts + 16 * r * kWords + at;
        const uint32_t four[4] = {tall[0], tall[8 * kWords], tall[4], tall[8 * kWords + 4]};
#pragma unroll
        for (int i = 0; i < 4; i++) fours[r][i] = four[i];
      }
#pragma unroll
      for (int s = 0; s < Columns; s++) {
        const uint32_t flat[2] = {rights[8 * s * kWords + at], rights[8 * s * kWords + at + 4]};
#pragma unroll
        for (int r = 0; r < Rows; r++) tensor_core_step(sums[r][s], fours[r], flat);
      }
    }
  }
}

template <int Down, int Across, int Rows, int Columns>
ICRL_INLINE void product_tile_bf16(const product_bf16_parameters& a, unsigned char* memory) {
  constexpr int kTileRows = 16 * Rows * Down, kTileColumns = 8 * Columns * Across;
  float* const c = a.c + blockIdx.z * a.cNext;
  const size_t i0 = size_t{blockIdx.y} * kTileRows, j0 = size_t{blockIdx.x} * kTileColumns;
  const int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, pair = threadIdx.x % 4;
  const int row0 = warp / Across * 16 * Rows, column0 = warp % Across * 8 * Columns;
  // The same for all of a warp: none of its outputs exists.
  const bool idle = i0 + row0 >= a.m || j0 + column0 >= a.n;
  const auto each_output = [&](auto&& body) {
#pragma unroll
    for (int r = 0; r < Rows; r++)
#pragma unroll
      for (int s = 0; s < Columns; s++)
#pragma unroll
        for (int o = 0; o < 4; o++) {
          const size_t i = i0 + row0 + 16 * r + group + (o >= 2 ? 8 : 0);
          const size_t j = j0 + column0 + 8 * s + 2 * pair + (o & 1);
          if (i < a.m && j < a.n) body(r, s, o, c + i * a.cRow + j * a.cColumn);
        }
  };
  float sums[Rows][Columns][4] = {};
  if (a.accumulate) each_output([&](int r, int s, int o, const float* at) { sums[r][s][o] = *at; });
  multiply_tile<Down, Across, Rows, Columns>({a.a + blockIdx.z * a.aNext, a.aRow, i0, a.m},
                                             {a.b + blockIdx.z * a.bNext, a.bRow, j0, a.n}, a.k,
                                             idle, memory, sums);
  each_output([&](int r, int s, int o, float* at) { *at = sums[r][s][o]; });
}

ICRL_KERNEL(product_bf16_8, product_bf16_parameters, 128) {
  ICRL_SHARED;
  product_tile_bf16<4, 1, 1, 1>(a, shared_memory);
}
ICRL_KERNEL(product_bf16_32, product_bf16_parameters, 128) {
  ICRL_SHARED;
  product_tile_bf16<4, 1, 1, 4>(a, shared_memory);
}
ICRL_KERNEL(product_bf16_64, product_bf16_parameters, 128) {
  ICRL_SHARED;
  product_tile_bf16<2, 2, 2, 4>(a, shared_memory);
}
ICRL_KERNEL(product_bf16_128, product_bf16_parameters, 256) {
  ICRL_SHARED;
  product_tile_bf16<4, 2, 2, 8>(a, shared_memory);
}

/**
 * An operand as rows of bf16, k along each row: 32 rows and 64 of k a block. Numbers are read along
 * whichever side lies in a row of memory.
 */
ICRL_KERNEL(round_operand, round_operand_parameters, 256) {
  ICRL_SHARED;
  constexpr int kRows = kRoundedRows, kDepth = kRoundedDepth, kStride = kDepth + 2;
  uint16_t* tile = reinterpret_cast<uint16_t*>(shared_memory);  // [kRows][kStride]
  const size_t row0 = size_t{blockIdx.y} * kRows, k0 = size_t{blockIdx.x} * kDepth;
  const size_t first = blockIdx.z * a.next;
  for (int i = threadIdx.x; i < kRows * kDepth; i += 256) {
    const int r = a.step == 1 ? i / kDepth : i % kRows, p = a.step == 1 ? i % kDepth : i / kRows;
    const size_t at = first + (row0 + r) * a.row + (k0 + p) * a.step;
    uint32_t rounded = 0;
    if (row0 + r < a.rows && k0 + p < a.k)
      rounded = a.halves ? a.halves[at] : to_bf16s(a.floats[at], 0.0f) & 0xffff;
    tile[r * kStride + p] = static_cast<uint16_t>(rounded);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < kRows * kDepth / 2; i += 256) {
    const size_t row = row0 + i / (kDepth / 2), at = k0 + i % (kDepth / 2) * 2;
    if (row >= a.rows || at >= a.stride) continue;
    const uint32_t* words = reinterpret_cast<const uint32_t*>(tile);
    reinterpret_cast<uint32_t*>(a.y + blockIdx.z * a.yNext + row * a.stride + at)[0] =
        words[i / (kDepth / 2) * (kStride / 2) + i % (kDepth / 2)];
  }
}

}  // namespace icrl_cuda
