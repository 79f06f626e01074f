#include "sample-row.h"
#include "inverse-transform.h"
#include "linear.h"
#include "../ops.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

struct Filter {
  int32_t topK;
  float topP;
};

size_t index_of_largest(const float* z, size_t n) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++)
    if (z[i] > z[best]) best = i;
  return best;
}

/**
 * Heap sort: a library template compiled here could be linked into another instruction set's code.
 */
void sort_descending(const float* z, int32_t* ids, size_t n) {
  const auto sift = [&](size_t root, size_t end) {
    for (size_t child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && before(z, ids[child], ids[child + 1])) child++;
      if (!before(z, ids[root], ids[child])) return;
      const int32_t t = ids[root];
      ids[root] = ids[child];
      ids[child] = t;
    }
  };
  for (size_t i = n / 2; i-- > 0;) sift(i, n);
  for (size_t end = n; end-- > 1;) {
    const int32_t t = ids[0];
    ids[0] = ids[end];
    ids[end] = t;
    sift(0, end);
  }
}

/** Sets to 0 the mass of every id that the filter drops. */
void drop_filtered(const float* z, float* mass, size_t n, Filter filter, int32_t* ids) {
  for (size_t i = 0; i < n; i++) ids[i] = static_cast<int32_t>(i);
  sort_descending(z, ids, n);
  const size_t candidates = filter.topK == 0 || static_cast<size_t>(filter.topK) > n
                                ? n
                                : static_cast<size_t>(filter.topK);
  double total = 0;
  for (size_t i = 0; i < candidates; i++) total += static_cast<double>(mass[ids[i]]);
  const double needed = static_cast<double>(filter.topP) * total;
  size_t kept = 0;
  double sum = 0;
  for (; kept < candidates && (kept == 0 || sum < needed || filter.topP >= 1.0f); kept++)
    sum += static_cast<double>(mass[ids[kept]]);
  for (size_t i = kept; i < n; i++) mass[ids[i]] = 0.0f;
}

/** One id from `z[n]`; `mass[n]` and `ids[n]` are working memory. */
size_t draw(const float* z, size_t n, float top, double uniform, Filter filter, float* mass,
            int32_t* ids) {
  if (filter.topK == 1) return index_of_largest(z, n);
  for_vectors(n, [&](size_t i, size_t lanes) {
    store_lanes(mass + i, exp(load_lanes(z + i, lanes) - set1(top)), lanes);
  });
  if (filter.topK != 0 || filter.topP < 1.0f) drop_filtered(z, mass, n, filter, ids);
  return invert(mass, n, uniform,
                [&](size_t u, size_t count) { return unit_sum(mass + u, count); });
}

}  // namespace

void sample_row(float* z, size_t vocabulary, const Draw& x, int32_t* id, float* logprob) {
  const bool greedy = x.temperature == 0.0f;
  RunningSoftmax running;
  if (!greedy) divide_row(z, vocabulary, x.temperature);
  absorb_logits(z, vocabulary, false, running);
  const float logsumexp = running.logsumexp();
  *id = -1;
  *logprob = 0.0f;
  if (logsumexp - logsumexp != 0.0f) return;
  float* mass = scratch(scratch_mass, vocabulary);
  int32_t* order = reinterpret_cast<int32_t*>(scratch(scratch_sort, vocabulary));
  const size_t drawn = draw(z, vocabulary, running.largest, x.uniform,
                            greedy ? Filter{1, 1.0f} : Filter{x.topK, x.topP}, mass, order);
  *id = static_cast<int32_t>(drawn);
  *logprob = z[drawn] - logsumexp;
}

/**
 * hidden, weight, ids, logprobs, N, D, V, temperatures, uniforms (double), topK, topP, bfloats per
 * row of weight (0: it is float32), weight's panels (0: none).
 */
void sampleToken(const Args& args) {
  using A = sampleToken_args;
  const float* hidden = args.floats(A::hidden);
  int32_t* ids = args.pointer<int32_t>(A::ids);
  float* logprobs = args.floats(A::logprobs);
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary);
  const float *temperatures = args.floats(A::temperatures), *topP = args.floats(A::topP);
  const double* uniforms = args.pointer<const double>(A::uniforms);
  const int32_t* topK = args.ints(A::topK);
  const Weight weight =
      weight_of(args.floats(A::weight), args.size(A::stride), args.floats(A::panels));
  const size_t most = logit_rows(rows, vocabulary);
  float* logits = scratch(scratch_logits, most * vocabulary);
  for (size_t n0 = 0; n0 < rows; n0 += most) {
    const size_t some = rows - n0 < most ? rows - n0 : most;
    weight_product<true>(some, vocabulary, width, hidden + n0 * width, weight, logits);
    parallel_ranges(some, 1, static_cast<double>(vocabulary) * 16, [&](size_t start, size_t end) {
      for (size_t i = start; i < end; i++)
        sample_row(logits + i * vocabulary, vocabulary,
                   {temperatures[n0 + i], uniforms[n0 + i], topK[n0 + i], topP[n0 + i]},
                   ids + n0 + i, logprobs + n0 + i);
    });
  }
}

}  // namespace ICRL_NAMESPACE
