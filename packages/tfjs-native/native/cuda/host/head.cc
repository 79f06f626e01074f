#include <algorithm>

#include "head-bf16.h"
#include "ops.h"
#include "products.h"

namespace icrl_gpu {

namespace {

/** Vocabulary entries whose logits exist at once: whole units; no part of the result. */
constexpr size_t kVocabularyBlock = 4096;
/** Logits that exist at once where a row needs all of its own. */
constexpr size_t kLogitsAtOnce = size_t{1} << 27;

/** Calls `body(v0, count)` for blocks of the vocabulary. */
template <typename F>
void for_vocabulary(size_t vocabulary, F&& body) {
  for (size_t v0 = 0; v0 < vocabulary; v0 += kVocabularyBlock)
    body(v0, std::min(kVocabularyBlock, vocabulary - v0));
}

}  // namespace

void tokenLogProbability(const Args& args) {
  if (current_arithmetic() == Arithmetic::bf16) return token_log_probability_bf16(args);
  using A = tokenLogProbability_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary);
  const bool entropy = args.flag(A::entropyWanted);
  const Matrix weight =
      weight_rows(args.pointer<const void>(A::weight), args.size(A::stride), width);
  Working working;
  float *logits = working.take<float>(rows * std::min(kVocabularyBlock, vocabulary)),
        *running = working.take<float>(rows * 3);
  const float* temperatures = working.put(args.floats(A::temperatures), rows);
  const Matrix hidden = rows_for_products(working, rows, width, args.floats(A::hidden));
  for_vocabulary(vocabulary, [&](size_t v0, size_t count) {
    product(rows, count, width, hidden, transposed(below(weight, v0)), logits);
    launch_half_warps(kernels::absorb_logits, rows,
                      {logits, args.ints(A::targets), temperatures, running,
                       args.floats(A::logprobs), rows, count, v0, entropy});
  });
  launch_threads(kernels::finish_logits, rows,
                 {running, args.floats(A::logprobs), args.floats(A::logsumexp), nullptr,
                  args.floats(A::entropy), rows, 1, entropy});
}

void tokenLogProbabilityGrad(const Args& args) {
  if (current_arithmetic() == Arithmetic::bf16) return token_log_probability_gradient_bf16(args);
  using A = tokenLogProbabilityGrad_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary);
  const Matrix weight =
      weight_rows(args.pointer<const void>(A::weight), args.size(A::stride), width);
  float* dweight = args.floats(A::dweight);
  Working working;
  const Matrix hidden = rows_for_products(working, rows, width, args.floats(A::hidden));
  float* logits = working.take<float>(rows * std::min(kVocabularyBlock, vocabulary));
  float* part = dweight && args.flag(A::adds)
                    ? working.take<float>(std::min(kVocabularyBlock, vocabulary) * width)
                    : nullptr;
  const float* temperatures = working.put(args.floats(A::temperatures), rows);
  for_vocabulary(vocabulary, [&](size_t v0, size_t count) {
    const Matrix block = below(weight, v0);
    product(rows, count, width, hidden, transposed(block), logits);
    launch_half_warps(
        kernels::logit_grad, rows,
        {logits, args.ints(A::targets), args.floats(A::dlogprobs), args.floats(A::dentropy),
         args.floats(A::logsumexp), args.floats(A::entropy), temperatures, rows, count, v0});
    product(rows, width, count, rows_of(logits, count), block, args.floats(A::dhidden), v0 > 0);
    if (!dweight) return;
    float* to = dweight + v0 * width;
    product(count, width, rows, columns_of(logits, count), hidden, part ? part : to);
    if (part) add_to(part, count * width, to);
  });
}

void sampleToken(const Args& args) {
  using A = sampleToken_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary);
  const int32_t* topK = args.ints(A::topK);
  const float* topP = args.floats(A::topP);
  bool filters = false;
  for (size_t i = 0; i < rows; i++) filters = filters || topK[i] > 1 || topP[i] < 1.0f;
  size_t places = 1;
  while (places < vocabulary) places *= 2;
  const size_t most = std::min(rows, kLogitsAtOnce / (vocabulary + 1) + 1);
  const Matrix weight =
      weight_rows(args.pointer<const void>(A::weight), args.size(A::stride), width);
  Working working;
  const bool bf16 = current_arithmetic() == Arithmetic::bf16;
  const KeptSoftmax softmax = bf16 ? kept_softmax(working, most, vocabulary) : KeptSoftmax{};
  float *logits = working.take<float>(most * vocabulary),
        *mass = working.take<float>(most * vocabulary);
  int32_t* order = filters ? working.take<int32_t>(most * places) : nullptr;
  const float *temperatures = working.put(args.floats(A::temperatures), rows),
              *shares = working.put(topP, rows);
  const double* uniforms = working.put(args.pointer<const double>(A::uniforms), rows);
  const int32_t* kept = working.put(topK, rows);
  for (size_t n0 = 0; n0 < rows; n0 += most) {
    const size_t some = std::min(most, rows - n0);
    const float* hidden = args.floats(A::hidden) + n0 * width;
    if (bf16) {
      kept_logits_bf16(some, vocabulary, width, hidden, weight, logits);
      softmax_of_logits(logits, temperatures + n0, some, vocabulary, softmax);
    } else {
      product(some, vocabulary, width, rows_of(hidden, width), transposed(weight), logits);
    }
    launch(kernels::sample_row, {some},
           {logits, mass, order, vocabulary, places, temperatures + n0, softmax.logsumexp,
            softmax.largest, uniforms + n0, kept + n0, shares + n0,
            args.pointer<int32_t>(A::ids) + n0, args.floats(A::logprobs) + n0},
           sizeof(SampleShared) + blocks_of(vocabulary, 256) * sizeof(double));
  }
}

}  // namespace icrl_gpu
