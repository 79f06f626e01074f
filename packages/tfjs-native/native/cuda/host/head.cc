#include "head.h"

#include <algorithm>

#include "head-bf16.h"
#include "ops.h"

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

bool any_filter(const int32_t* topK, const float* topP, size_t rows) {
  for (size_t i = 0; i < rows; i++)
    if (topK[i] > 1 || topP[i] < 1.0f) return true;
  return false;
}

void draw_rows(const float* hidden, const Matrix& weight, size_t vocabulary, size_t width,
               const DrawRows& draw) {
  size_t places = 1;
  while (places < vocabulary) places *= 2;
  const size_t most = std::min(draw.rows, kLogitsAtOnce / (vocabulary + 1) + 1);
  Working working;
  const bool bf16 = current_arithmetic() == Arithmetic::bf16;
  const KeptSoftmax softmax = bf16 ? kept_softmax(working, most, vocabulary) : KeptSoftmax{};
  float *logits = working.take<float>(most * vocabulary),
        *mass = working.take<float>(most * vocabulary);
  int32_t* order = draw.filters ? working.take<int32_t>(most * places) : nullptr;
  for (size_t n0 = 0; n0 < draw.rows; n0 += most) {
    const size_t some = std::min(most, draw.rows - n0);
    const float *own = hidden + n0 * width, *temperatures = draw.temperatures + n0;
    if (bf16) {
      kept_logits_bf16(some, vocabulary, width, own, weight, logits);
      softmax_of_logits(logits, temperatures, some, vocabulary, softmax);
    } else {
      product(some, vocabulary, width, rows_of(own, width), transposed(weight), logits);
    }
    launch(
        kernels::sample_row, {some},
        {logits, mass, order, vocabulary, places, temperatures, softmax.logsumexp, softmax.largest,
         draw.uniforms + n0, draw.topK + n0, draw.topP + n0, draw.ids + n0, draw.logprobs + n0},
        sizeof(SampleShared) + blocks_of(vocabulary, 256) * sizeof(double));
  }
}

void sampleToken(const Args& args) {
  using A = sampleToken_args;
  const size_t rows = args.size(A::rows), width = args.size(A::width);
  const int32_t* topK = args.ints(A::topK);
  const float* topP = args.floats(A::topP);
  Working working;
  draw_rows(args.floats(A::hidden),
            weight_rows(args.pointer<const void>(A::weight), args.size(A::stride), width),
            args.size(A::vocabulary), width,
            {rows, working.put(args.floats(A::temperatures), rows),
             working.put(args.pointer<const double>(A::uniforms), rows), working.put(topK, rows),
             working.put(topP, rows), any_filter(topK, topP, rows), args.pointer<int32_t>(A::ids),
             args.floats(A::logprobs)});
}

}  // namespace icrl_gpu
