// The kernels of head-bf16.cuh, with the same bits, by an H100's warpgroups: 64 rows each, and the
// next tiles come while a unit's logits are taken in.
#pragma once
#include "gemm-wgmma.cuh"
#include "head-bf16.cuh"

namespace icrl_cuda {

#ifdef ICRL_HAS_WARPGROUPS
template <typename Units>
ICRL_INLINE void head_wgmma(const TensorMap& hidden, const TensorMap& weight,
                            const head_operands& x, Units units, unsigned char* memory) {
  const HeadTask task(x, kWarpgroupTile);
  if (task.row0 >= x.rows) return;
  TilePipe<kHeadColumns / kWarpgroupTile> pipe(memory);
  const int steps = static_cast<int>((x.width + kBf16ProductSteps - 1) / kBf16ProductSteps);
  const int group = threadIdx.x / 128;
  if (group == 2) {
    give_registers<40>();
    if (threadIdx.x % 128 > 0) return;
    for (size_t j0 = task.first; j0 < task.last; j0 += kLogitUnit)
      pipe.bring(hidden, weight, static_cast<int>(task.row0), static_cast<int>(j0), steps);
    return;
  }
  take_registers<232>();
  const size_t row0 = task.row0 + 64 * group + threadIdx.x % 128 / 32 * 16,
               first = row0 + lane_place().group;
  for (size_t j0 = task.first; j0 < task.last; j0 += kLogitUnit) {
    UnitLogits z = {};
    pipe.multiply(group, steps, z);
    if (row0 < x.rows) units.take(z, first, j0);
  }
  if (row0 < x.rows) units.finish(first, task.first);
}
#endif

ICRL_KERNEL(head_softmax_wgmma, head_softmax_wgmma_parameters, 384) {
#ifdef ICRL_HAS_WARPGROUPS
  ICRL_SHARED;
  head_wgmma(a.hidden, a.weight, a.a.of, SoftmaxOfUnits{a.a, {}}, shared_memory);
#endif
}
ICRL_KERNEL(head_slopes_wgmma, head_slopes_wgmma_parameters, 384) {
#ifdef ICRL_HAS_WARPGROUPS
  ICRL_SHARED;
  head_wgmma(a.hidden, a.weight, a.a.of, SlopesOfUnits{a.a}, shared_memory);
#endif
}

}  // namespace icrl_cuda
