// Pages of a cache and decode steps: what their kernels take. A step is the same launches with the
// same arguments each time, so that a device can record it: what changes from step to step lies in
// a `DecodeCall` in the device's memory.
#pragma once
#include <cstddef>
#include <cstdint>

/** For what host code and kernels both call. */
#if defined(__CUDACC__)
#define ICRL_BOTH __host__ __device__
#else
#define ICRL_BOTH
#endif

/**
 * A page of a cache: keys and values of `kPageRows` positions, in float32, or in bf16 with
 * `page_stride` from row to row.
 */
struct CachePage {
  void *keys, *values;
};
constexpr int kPageRows = 64;
ICRL_BOTH constexpr size_t page_stride(size_t width) { return (width + 1) / 2 * 2; }
/** Pages one after another, from page number `first` on. */
struct CacheSlab {
  char *keys, *values;
  int32_t first;
};

/**
 * Row rows[i] of page pages[places[i]] = row i of key and value, or row from[i] if `from` is not
 * null, rounded to bf16 or as it is. Nothing where places[i] is negative.
 */
struct write_pages_parameters {
  const float *key, *value;
  const CachePage* pages;
  const int32_t *places, *from, *rows;
  size_t count, width;
  bool bf16;
};

/**
 * Query rows of one segment, from packed row `row`; the first has `before` keys before its
 * own. Position p of the keys is packed row `chains[chain + p]`, or `base + p` if `chain` is
 * negative; in a cache, it is a row of page `chain + p / kPageRows`. `longest`: how many keys the
 * last row of its block of 32 sees (for the gradient).
 */
struct AttentionTask {
  int32_t row, rows, before, chain, base, longest;
};

/** Page p of layer l, `pages[l · capacity + p]`: the one with number `numbers[p]`. */
struct decode_pages_parameters {
  const int32_t* numbers;
  const CacheSlab* slabs;  // [layers][slabCount], the first of a layer's pages first
  CachePage* pages;
  size_t layers, slabCount, count, capacity, pageBytes;
};

/** A call of decodeTokens: N sequences that take up to `steps` steps. */
struct DecodeCall {
  size_t sequences, steps;
  const int32_t *tableStarts, *lengths, *limits;  // [N + 1], [N], [N]
  const int32_t *stops, *stopStarts;              // ids that end sequence n: from stopStarts[n] on
  const float *temperatures, *topP;               // [N]
  const int32_t* topK;                            // [N]
  const double* uniforms;                         // [N][steps]
  const float* angles;                            // [N][steps], a row of cosines and sines each
  int32_t *ids, *counts;                          // [N][steps] and [N]: what is drawn
  float* logprobs;                                // [N][steps]
  // What a step changes.
  int32_t *newest, *running;  // [N]: the token that goes through the model next; whether one does
  int32_t step;
};
/** The rows of a step, one per sequence, and behind them rows of none. */
struct DecodeRows {
  int32_t* ids;
  AttentionTask* tasks;    // no query row where no sequence runs
  int32_t *places, *rows;  // where the new key and value go, as in write_pages
  float *temperatures, *topP, *angles;
  int32_t* topK;
  double* uniforms;
};
struct decode_prepare_parameters {
  const DecodeCall* call;
  DecodeRows to;
  size_t rows, angles;  // of each row
};
/** Takes what each row has drawn, and goes on to the next step. One block. */
struct decode_advance_parameters {
  DecodeCall* call;
  const int32_t* ids;
  const float* logprobs;
};
