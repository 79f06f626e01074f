#include "gemm.h"
#include "log-softmax.h"
#include "logit-gradient.h"
#include "../ops.h"
#include "../scratch.h"

namespace ICRL_NAMESPACE {

namespace {

/**
 * Vocabulary entries whose logits are held at once: a multiple of `kLogitUnit`; it does not affect
 * the result.
 */
constexpr size_t kVocabularyBlock = 512;
constexpr size_t kRowsAtOnce = 28;

}  // namespace

/**
 * hidden, weight, targets, logprobs, logsumexp, entropy, N, D, V, temperatures, whether the entropy
 * is wanted, bfloats per row of weight (0: it is float32).
 */
void tokenLogProbability(const Args& args) {
  using A = tokenLogProbability_args;
  const float *hidden = args.floats(A::hidden), *weight = args.floats(A::weight),
              *temperatures = args.floats(A::temperatures);
  const int32_t* targets = args.ints(A::targets);
  float *logprobs = args.floats(A::logprobs), *logsumexp = args.floats(A::logsumexp),
        *entropy = args.floats(A::entropy);
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary);
  const bool wanted = args.flag(A::entropyWanted);
  const size_t stride = args.size(A::stride);
  const auto weight_panels = [&](size_t v0, size_t count, float* to) {
    return stride ? to_panels(columns_of(args.pointer<const Bf16>(A::weight) + v0 * stride, stride),
                              width, count, to)
                  : to_panels(columns_of(weight + v0 * width, width), width, count, to);
  };
  RunningSoftmax* running = reinterpret_cast<RunningSoftmax*>(scratch(scratch_rows, rows * 3));
  for (size_t n = 0; n < rows; n++) running[n] = RunningSoftmax{};
  for (size_t v0 = 0; v0 < vocabulary; v0 += kVocabularyBlock) {
    const size_t count = vocabulary - v0 < kVocabularyBlock ? vocabulary - v0 : kVocabularyBlock;
    const Panels block =
        weight_panels(v0, count, scratch(scratch_gemm_b, panels_size(width, count)));
    parallel_ranges(rows, kRowsAtOnce, static_cast<double>(count * (width + 16)),
                    [&](size_t start, size_t end) {
                      float* logits = scratch(scratch_main, kRowsAtOnce * kVocabularyBlock);
                      for (size_t n0 = start; n0 < end; n0 += kRowsAtOnce) {
                        const size_t some = end - n0 < kRowsAtOnce ? end - n0 : kRowsAtOnce;
                        multiply_here(some, rows_of(hidden + n0 * width, width), block, 0, count,
                                      logits, kVocabularyBlock, false);
                        for (size_t i = 0; i < some; i++) {
                          const size_t n = n0 + i, target = static_cast<size_t>(targets[n]);
                          float* z = logits + i * kVocabularyBlock;
                          divide_row(z, count, temperatures[n]);
                          absorb_logits(z, count, wanted, running[n]);
                          if (target >= v0 && target < v0 + count) logprobs[n] = z[target - v0];
                        }
                      }
                    });
  }
  for (size_t n = 0; n < rows; n++) {
    logsumexp[n] = running[n].logsumexp();
    logprobs[n] = logprobs[n] - logsumexp[n];
    entropy[n] = wanted ? running[n].entropy() : 0.0f;
  }
}

/**
 * dlogprobs, dentropy (0: none), hidden, weight, targets, logsumexp, entropy, dhidden, dweight (0:
 * not wanted), N, D, V, temperatures, whether dweight is a sum to add to, bfloats per row of weight
 * (0: it is float32). The logits are computed again, one block of the vocabulary at a time.
 */
void tokenLogProbabilityGrad(const Args& args) {
  using A = tokenLogProbabilityGrad_args;
  const float *dlogprobs = args.floats(A::dlogprobs), *dentropy = args.floats(A::dentropy),
              *hidden = args.floats(A::hidden), *weight = args.floats(A::weight);
  const int32_t* targets = args.ints(A::targets);
  const float *logsumexp = args.floats(A::logsumexp), *entropy = args.floats(A::entropy),
              *temperatures = args.floats(A::temperatures);
  float *dhidden = args.floats(A::dhidden), *dweight = args.floats(A::dweight);
  const size_t rows = args.size(A::rows), width = args.size(A::width),
               vocabulary = args.size(A::vocabulary), stride = args.size(A::stride);
  float* logits = scratch(scratch_main, rows * kVocabularyBlock);
  for (size_t v0 = 0; v0 < vocabulary; v0 += kVocabularyBlock) {
    const size_t count = vocabulary - v0 < kVocabularyBlock ? vocabulary - v0 : kVocabularyBlock;
    const float* block = weight + v0 * width;
    const Bf16* halves = args.pointer<const Bf16>(A::weight) + v0 * stride;
    const Matrix left = rows_of(hidden, width);
    if (stride) gemm(rows, count, width, left, columns_of(halves, stride), logits, count, false);
    else gemm(rows, count, width, left, columns_of(block, width), logits, count, false);
    parallel_ranges(rows, 4, static_cast<double>(count) * 8, [&](size_t start, size_t end) {
      for (size_t n = start; n < end; n++) {
        float* z = logits + n * count;
        divide_row(z, count, temperatures[n]);
        logit_gradient(z, count, v0, static_cast<size_t>(targets[n]),
                       {dlogprobs[n], dentropy ? dentropy[n] : 0.0f, logsumexp[n], entropy[n],
                        temperatures[n]});
      }
    });
    const Matrix slopes = rows_of<float>(logits, count);
    if (stride) gemm(rows, width, count, slopes, rows_of(halves, stride), dhidden, width, v0 > 0);
    else gemm(rows, width, count, slopes, rows_of(block, width), dhidden, width, v0 > 0);
    if (!dweight) continue;
    if (args.flag(A::adds))
      gemm_add(count, width, rows, columns_of<float>(logits, count), rows_of(hidden, width),
               dweight + v0 * width);
    else
      gemm(count, width, rows, columns_of(logits, count), rows_of(hidden, width),
           dweight + v0 * width, width, false);
  }
}

}  // namespace ICRL_NAMESPACE
