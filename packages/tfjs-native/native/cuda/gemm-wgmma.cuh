// The products of gemm-bf16.cuh, with the same bits, at the speed of an H100's warpgroups: one
// thread asks for tiles, four of them are on their way, and two warpgroups multiply.
#pragma once
#include "hopper.cuh"

namespace icrl_cuda {

#ifdef ICRL_HAS_WARPGROUPS
/**
 * Tiles of 128 rows of the one operand and `Columns` times 128 of the other, on their way through
 * shared memory; 384 threads, of which the last 128 bring and the others multiply. Both go through
 * the same tiles in the same order.
 */
template <int Columns>
struct TilePipe {
  static constexpr int kSteps = kBf16ProductSteps, kRows = kWarpgroupTile,
                       kStages = kWarpgroupStages, kBox = kRows * kSteps * 2,
                       kTile = (1 + Columns) * kBox;  // bytes
  unsigned char* const memory;
  Arrivals *const full, *const empty;
  int count = 0;  // tiles that this thread has brought or multiplied

  ICRL_DEVICE explicit TilePipe(unsigned char* shared)
      : memory(shared),
        full(reinterpret_cast<Arrivals*>(shared + kStages * kTile)),
        empty(full + kStages) {
    if (threadIdx.x == 0) {
      for (int s = 0; s < kStages; s++) {
        full[s].init(1);
        empty[s].init(8);  // one lane of each warp that multiplies
      }
      barriers_ready();
    }
    __syncthreads();
  }

  /** By one thread: all k of the rows from i0 and the columns from j0. */
  ICRL_DEVICE void bring(const TensorMap& a, const TensorMap& b, int i0, int j0, int steps) {
    for (int step = 0; step < steps; step++, count++) {
      const int s = count % kStages;
      unsigned char* tile = memory + s * kTile;
      empty[s].wait(count / kStages % 2 ^ 1);
      full[s].expect(kTile);
      copy_tile(tile, a, step * kSteps, i0, full[s]);
#pragma unroll
      for (int box = 0; box < Columns; box++)
        copy_tile(tile + (1 + box) * kBox, b, step * kSteps, j0 + box * kRows, full[s]);
    }
  }

  /** By warpgroup `group`: adds the product of its 64 rows with all columns. */
  ICRL_DEVICE void multiply(int group, int steps, float (&sums)[16 * Columns][4]) {
    for (int step = 0; step < steps; step++, count++) {
      const int s = count % kStages;
      const unsigned char* tile = memory + s * kTile;
      full[s].wait(count / kStages % 2);
      const uint64_t left = matrix_at(tile + group * kBox / 2), right = matrix_at(tile + kBox);
      products_begin();
#pragma unroll
      for (int part = 0; part < kSteps / 16; part++)
#pragma unroll
        for (int box = 0; box < Columns; box++)
          warpgroup_product(sums + 16 * box, left + 2 * part, right + box * kBox / 16 + 2 * part);
      products_commit();
      products_wait();
      if (threadIdx.x % 32 == 0) empty[s].arrive();
    }
  }
};
#endif

ICRL_KERNEL(product_wgmma, product_wgmma_parameters, 384) {
#ifdef ICRL_HAS_WARPGROUPS
  ICRL_SHARED;
  TilePipe<1> pipe(shared_memory);
  const int i0 = blockIdx.y * kWarpgroupTile, j0 = blockIdx.x * kWarpgroupTile;
  const int steps = static_cast<int>((a.k + kBf16ProductSteps - 1) / kBf16ProductSteps);
  const int group = threadIdx.x / 128;
  if (group == 2) {
    give_registers<40>();
    if (threadIdx.x % 128 == 0) pipe.bring(a.a, a.b, i0, j0, steps);
    return;
  }
  take_registers<232>();
  const int warp = threadIdx.x % 128 / 32, lane = threadIdx.x % 32;
  const int row0 = i0 + 64 * group + 16 * warp + lane / 4, column0 = j0 + 2 * (lane % 4);
  const auto each_output = [&](auto&& body) {
#pragma unroll
    for (int tile = 0; tile < 16; tile++)
#pragma unroll
      for (int o = 0; o < 4; o++) {
        const size_t i = row0 + (o >= 2 ? 8 : 0), j = column0 + 8 * tile + (o & 1);
        if (i < a.m && j < a.n) body(tile, o, a.c + i * a.cRow + j * a.cColumn);
      }
  };
  float sums[16][4] = {};
  if (a.accumulate) each_output([&](int tile, int o, const float* at) { sums[tile][o] = *at; });
  pipe.multiply(group, steps, sums);
  each_output([&](int tile, int o, float* at) { *at = sums[tile][o]; });
#endif
}

}  // namespace icrl_cuda
