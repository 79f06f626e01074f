// The most the machine can do, for the benchmarks: multiply-adds in registers, and copying.
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** out[1], rounds: every thread runs `rounds` · 12 fused multiply-adds of 16 lanes. */
void peakFma(const Args& args) {
  using A = peakFma_args;
  float* out = args.floats(A::out);
  const size_t rounds = args.size(A::rounds);
  const auto body = [&](size_t) {
    F16 acc[12];
    for (int i = 0; i < 12; i++) acc[i] = set1(static_cast<float>(i));
    const F16 a = set1(0.999f), b = set1(0.001f);
    for (size_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
      for (int i = 0; i < 12; i++) acc[i] = fma(acc[i], a, b);
    }
    F16 total = zero();
    for (int i = 0; i < 12; i++) total = total + acc[i];
    const float result = sum(total);
    if (result == 0.123f) out[0] = result;
  };
  parallel_for(thread_count(), 1e9, body);
}

/** from, to, floats. */
void copyBandwidth(const Args& args) {
  using A = copyBandwidth_args;
  const float* from = args.floats(A::from);
  float* to = args.floats(A::to);
  parallel_ranges(args.size(A::elements), 4096, 1, [&](size_t start, size_t end) {
    for (size_t i = start; i < end; i += 16) store(to + i, load(from + i));
  });
}

}  // namespace ICRL_NAMESPACE
