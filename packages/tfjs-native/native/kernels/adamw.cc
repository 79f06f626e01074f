#include "adamw-update.h"
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

namespace {

void unpack(const Moment& moment, bool isSigned, size_t start, size_t n, float* to) {
  for (size_t i = 0; i < n; i++) to[i] = unpacked(moment, isSigned, start + i);
}

/** `random`: 16 bits for each number, in its lower half. */
void pack(const Moment& moment, bool isSigned, size_t start, size_t n, const float* from,
          const uint32_t* random) {
  if (moment.bits == 16) {
    for (size_t i = 0; i < n; i++) moment.halves()[start + i] = rounded_half(from[i], random[i]);
    return;
  }
  float largest = 0.0f;
  for (size_t i = 0; i < n; i++) {
    const float size = ICRL_ABS(from[i]);
    largest = size > largest ? size : largest;
  }
  moment.scales[start / kMomentBlock] = largest;
  for (size_t i = 0; i < n; i++)
    moment.codes()[start + i] = code_of(from[i], largest, isSigned, random[i]);
}

/** An update of what is not all float32, a block at a time. */
void update_packed(const Rates& rates, size_t start, size_t n, const float* gradient,
                   float* parameter, const Split& split, const Moment& first, const Moment& second,
                   uint32_t key) {
  float weights[kMomentBlock], one[kMomentBlock], two[kMomentBlock];
  const bool kept = first.bits == 32;
  float *w = split.low ? weights : parameter + start, *m = kept ? first.floats() + start : one,
        *v = kept ? second.floats() + start : two;
  if (split.low)
    for (size_t i = 0; i < n; i++) w[i] = split.read(start + i);
  if (!kept) {
    unpack(first, true, start, n, m);
    unpack(second, false, start, n, v);
  }
  update(rates, n, gradient + start, w, m, v);
  if (split.low)
    for (size_t i = 0; i < n; i++) split.write(start + i, w[i]);
  if (kept) return;
  uint32_t random[kMomentBlock];
  for (size_t i = 0; i < n; i++) random[i] = mix(key + static_cast<uint32_t>(start + i));
  pack(first, true, start, n, m, random);
  for (size_t i = 0; i < n; i++) random[i] >>= 16;
  pack(second, false, start, n, v, random);
}

}  // namespace

/**
 * parameter, first moment, second moment, gradient, elements, gradientScale, β₁, 1 − β₁, β₂, 1 −
 * β₂, 1 − β₁ᵗ, 1 − β₂ᵗ, ε, η, 1 − ηλ (the differences are taken in double precision by the caller);
 * the lower parts of a parameter in bf16 (0: it is float32), its columns and bfloats per row; bits
 * of a number of the moments, scales of both (0: none), key of the rounding at this step.
 */
void adamW(const Args& args) {
  using A = adamW_args;
  float* parameter = args.floats(A::parameter);
  const float* gradient = args.floats(A::gradient);
  const Rates rates{set1(args.real(A::gradientScale)), set1(args.real(A::beta1)),
                    set1(args.real(A::rest1)),         set1(args.real(A::beta2)),
                    set1(args.real(A::rest2)),         set1(args.real(A::bias1)),
                    set1(args.real(A::bias2)),         set1(args.real(A::epsilon)),
                    set1(args.real(A::rate)),          set1(args.real(A::keep))};
  const Split split{args.pointer<uint16_t>(A::parameter), args.pointer<int16_t>(A::low),
                    args.size(A::columns), args.size(A::stride)};
  const Moment first{args.pointer<void>(A::first), args.floats(A::firstScales),
                     args.size(A::momentBits)},
      second{args.pointer<void>(A::second), args.floats(A::secondScales), args.size(A::momentBits)};
  const uint32_t key = static_cast<uint32_t>(args.size(A::roundingKey));
  const bool plain = !split.low && first.bits == 32;
  parallel_ranges(args.size(A::elements), 1024, plain ? 8 : 24, [&](size_t start, size_t end) {
    if (plain) {
      update(rates, end - start, gradient + start, parameter + start, first.floats() + start,
             second.floats() + start);
      return;
    }
    for (size_t at = start; at < end; at += kMomentBlock)
      update_packed(rates, at, end - at < kMomentBlock ? end - at : kMomentBlock, gradient,
                    parameter, split, first, second, key);
  });
}

}  // namespace ICRL_NAMESPACE
