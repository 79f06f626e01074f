// Chooses the sixteen-lane vector of the instruction set a translation unit is compiled for
// (`ICRL_ISA`, given by the build). Everything here lives in that set's own namespace: an inline
// function shared by two sets could be linked from the wrong one.
#pragma once
#include <cstddef>
#include <cstdint>

#define ICRL_INLINE static inline __attribute__((always_inline))

#define ICRL_ISA_SCALAR 0
#define ICRL_ISA_AVX2 1
#define ICRL_ISA_AVX512 2
#define ICRL_ISA_NEON 3

#if ICRL_ISA == ICRL_ISA_AVX512 || ICRL_ISA == ICRL_ISA_AVX2
#include <immintrin.h>
#elif ICRL_ISA == ICRL_ISA_NEON
#include <arm_neon.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif
#include <cstring>

#if ICRL_ISA == ICRL_ISA_AVX512
#define ICRL_NAMESPACE icrl_avx512
#elif ICRL_ISA == ICRL_ISA_AVX2
#define ICRL_NAMESPACE icrl_avx2
#elif ICRL_ISA == ICRL_ISA_NEON
#define ICRL_NAMESPACE icrl_neon
#else
#define ICRL_NAMESPACE icrl_scalar
#endif

namespace ICRL_NAMESPACE {
#if ICRL_ISA == ICRL_ISA_AVX512
#include "vector-avx512.h"
#elif ICRL_ISA == ICRL_ISA_AVX2
#include "vector-avx2.h"
#elif ICRL_ISA == ICRL_ISA_NEON
#include "vector-neon.h"
#else
#include "vector-scalar.h"
#endif
}  // namespace ICRL_NAMESPACE
