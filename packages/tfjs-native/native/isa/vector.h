// Chooses the sixteen-lane vector of the instruction set a translation unit is compiled for
// (`ICRL_ISA`, given by the build). Everything here lives in that set's own namespace: an inline
// function shared by two sets could be linked from the wrong one.
#pragma once
#include <cstddef>
#include <cstdint>

#define ICRL_ISA_SCALAR 0
#define ICRL_ISA_AVX2 1
#define ICRL_ISA_AVX512 2
#define ICRL_ISA_NEON 3
#define ICRL_ISA_CUDA 4

// `ICRL_DEVICE` marks member functions, `ICRL_FUNCTION` what need not be inlined.
#if ICRL_ISA == ICRL_ISA_CUDA
#define ICRL_DEVICE __device__
#define ICRL_FUNCTION static __device__ inline
#define ICRL_INLINE static __device__ __forceinline__
#define ICRL_SQRT(x) __fsqrt_rn(x)
#define ICRL_FLOOR(x) floorf(x)
#define ICRL_ABS(x) fabsf(x)
#else
#define ICRL_DEVICE
#define ICRL_FUNCTION static inline
#define ICRL_INLINE static inline __attribute__((always_inline))
#define ICRL_SQRT(x) __builtin_sqrtf(x)
#define ICRL_FLOOR(x) __builtin_floorf(x)
#define ICRL_ABS(x) __builtin_fabsf(x)
#endif

#if ICRL_ISA == ICRL_ISA_AVX512 || ICRL_ISA == ICRL_ISA_AVX2
#include <immintrin.h>
#elif ICRL_ISA == ICRL_ISA_NEON
#include <arm_neon.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif
#include <cstring>

#if ICRL_ISA == ICRL_ISA_CUDA
#define ICRL_NAMESPACE icrl_cuda
#elif ICRL_ISA == ICRL_ISA_AVX512
#define ICRL_NAMESPACE icrl_avx512
#elif ICRL_ISA == ICRL_ISA_AVX2
#define ICRL_NAMESPACE icrl_avx2
#elif ICRL_ISA == ICRL_ISA_NEON
#define ICRL_NAMESPACE icrl_neon
#else
#define ICRL_NAMESPACE icrl_scalar
#endif

namespace ICRL_NAMESPACE {
#if ICRL_ISA == ICRL_ISA_CUDA
#include "vector-cuda.h"
#elif ICRL_ISA == ICRL_ISA_AVX512
#include "vector-avx512.h"
#elif ICRL_ISA == ICRL_ISA_AVX2
#include "vector-avx2.h"
#elif ICRL_ISA == ICRL_ISA_NEON
#include "vector-neon.h"
#else
#include "vector-scalar.h"
#endif

#if ICRL_ISA != ICRL_ISA_CUDA
ICRL_INLINE float lane_of(const F16& x, int i) {
  float t[16];
  store(t, x);
  return t[i];
}
/** Where the lanes are threads: waits until all have written what others of them read. */
ICRL_INLINE void sync_lanes() {}
/** Whether this thread is the one that writes a result that is no vector. */
ICRL_INLINE bool leads() { return true; }
#endif
}  // namespace ICRL_NAMESPACE
