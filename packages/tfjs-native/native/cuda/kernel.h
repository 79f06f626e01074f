// What a kernel's source needs on either machine: nvcc makes device code of it, and any C++
// compiler a function whose threads are fibers (shim/cuda-on-cpu.h).
#pragma once
#if defined(__CUDACC__)
#include <cstdint>
#define ICRL_SHARED extern __shared__ __align__(1024) unsigned char shared_memory[]
#define ICRL_KERNEL(name, args, threads) \
  extern "C" __global__ void __launch_bounds__(threads) name(const __grid_constant__ args a)
#else
#include "../shim/cuda-on-cpu.h"
#define ICRL_SHARED unsigned char* const shared_memory = shim::running->shared
#define ICRL_KERNEL(name, args, threads) static void name(const args& a)
#endif
#define ICRL_ISA ICRL_ISA_CUDA
#include "kernels.h"
#include "../isa/vector.h"

namespace icrl_cuda {

/** Which half-warp of the grid this thread belongs to. */
ICRL_INLINE size_t half_warp_index() {
  return (size_t{blockIdx.x} * blockDim.x + threadIdx.x) / 16;
}
ICRL_INLINE size_t thread_index() { return size_t{blockIdx.x} * blockDim.x + threadIdx.x; }

}  // namespace icrl_cuda
