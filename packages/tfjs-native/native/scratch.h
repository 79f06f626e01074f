// Working memory of a thread that outlives a call, so that a kernel allocates nothing after its
// first run.
#pragma once
#include <cstddef>

/**
 * What a piece of scratch is used for. A kernel may hold several at once, but never calls another
 * that uses the same one.
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
  scratch_product,
  scratch_adapter,
  scratch_uses
};

/**
 * At least `count` floats of the calling thread, aligned to a cache line; their old contents are
 * lost.
 */
float* scratch(ScratchUse use, size_t count);

/** Bytes of scratch held by all threads. */
size_t scratch_bytes();
