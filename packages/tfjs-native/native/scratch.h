// Working memory of a thread that outlives a call, so that a kernel allocates nothing once it has
// run.
#pragma once
#include <cstddef>

/**
 * Who uses a piece of scratch; a kernel may hold several at once, and never calls another that uses
 * the same.
 */
enum ScratchUse {
  scratch_gemm_b,
  scratch_gemm_a,
  scratch_main,
  scratch_rows,
  scratch_keys,
  scratch_values,
  scratch_logits,
  scratch_mass,
  scratch_sort,
  scratch_uses
};

/**
 * At least `count` floats, aligned to a cache line, of the calling thread; what they held before is
 * lost.
 */
float* scratch(ScratchUse use, size_t count);

/** Bytes of scratch held by all threads. */
size_t scratch_bytes();
