// The products of gemm-bf16.cuh, with the same bits, at the speed of an H100's warpgroups: one
// thread asks for tiles, four of them are on their way, and two warpgroups multiply.
#pragma once
#include "hopper.cuh"

namespace icrl_cuda {

ICRL_KERNEL(product_wgmma, product_wgmma_parameters, 384) {
#ifdef ICRL_HAS_WARPGROUPS
  ICRL_SHARED;
  constexpr int kSteps = kBf16ProductSteps, kRows = kWarpgroupTile, kStages = kWarpgroupStages;
  constexpr int kSide = kRows * kSteps * 2, kTile = 2 * kSide;  // bytes
  Arrivals* full = reinterpret_cast<Arrivals*>(shared_memory + kStages * kTile);
  Arrivals* empty = full + kStages;
  const int i0 = blockIdx.y * kRows, j0 = blockIdx.x * kRows;
  const int steps = static_cast<int>((a.k + kSteps - 1) / kSteps);
  if (threadIdx.x == 0) {
    for (int s = 0; s < kStages; s++) {
      full[s].init(1);
      empty[s].init(8);  // one lane of each warp that multiplies
    }
    barriers_ready();
  }
  __syncthreads();
  const int group = threadIdx.x / 128;
  if (group == 2) {
    give_registers<40>();
    for (int step = 0; threadIdx.x % 128 == 0 && step < steps; step++) {
      const int s = step % kStages;
      unsigned char* tile = shared_memory + s * kTile;
      empty[s].wait(step / kStages % 2 ^ 1);
      full[s].expect(kTile);
      copy_tile(tile, a.a, step * kSteps, i0, full[s]);
      copy_tile(tile + kSide, a.b, step * kSteps, j0, full[s]);
    }
    return;
  }
  take_registers<232>();
  const int warp = threadIdx.x % 128 / 32, lane = threadIdx.x % 32;
  const int row0 = i0 + 64 * group + 16 * warp + lane / 4, column0 = j0 + 2 * (lane % 4);
  const auto each_output = [&](auto&& body) {
#pragma unroll
    for (int o = 0; o < 64; o++) {
      const size_t i = row0 + (o & 2 ? 8 : 0), j = column0 + o / 4 * 8 + (o & 1);
      if (i < a.m && j < a.n) body(o, a.c + i * a.cRow + j * a.cColumn);
    }
  };
  float sums[64] = {};
  if (a.accumulate) each_output([&](int o, const float* at) { sums[o] = *at; });
  for (int step = 0; step < steps; step++) {
    const int s = step % kStages;
    const unsigned char* tile = shared_memory + s * kTile;
    full[s].wait(step / kStages % 2);
    const uint64_t left = matrix_at(tile + group * kSide / 2), right = matrix_at(tile + kSide);
    products_begin();
#pragma unroll
    for (int part = 0; part < kSteps / 16; part++)
      warpgroup_product(sums, left + 2 * part, right + 2 * part);
    products_commit();
    products_wait();
    if (lane == 0) empty[s].arrive();
  }
  each_output([&](int o, float* at) { *at = sums[o]; });
#endif
}

}  // namespace icrl_cuda
