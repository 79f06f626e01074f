// Matrices kept as bfloat16, in rows of `stride` bfloats.
#include "gemm.h"
#include "row-norm.h"
#include "stored-floats.h"
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** x, weight, y, m, n, k, stride: y[m][n] = x[m][k] · weight[n][k]ᵀ. */
void matMulBf16(const Args& args) {
  using A = matMulBf16_args;
  const size_t m = args.size(A::m), n = args.size(A::n), k = args.size(A::k),
               stride = args.size(A::stride);
  gemm(m, n, k, rows_of(args.pointer<const float>(A::x), k),
       columns_of(args.pointer<const Bf16>(A::weight), stride), args.floats(A::y), n, false);
}

/** weight, ids, y, N, width, stride: y[i] = weight[ids[i]]; the caller has checked the bounds. */
void gatherBf16(const Args& args) {
  using A = gatherBf16_args;
  const Bf16* weight = args.pointer<const Bf16>(A::weight);
  const int32_t* ids = args.ints(A::ids);
  float* y = args.floats(A::y);
  const size_t count = args.size(A::count), width = args.size(A::width),
               stride = args.size(A::stride);
  for (size_t i = 0; i < count; i++) {
    widen_row(weight + static_cast<size_t>(ids[i]) * stride, width, y + i * width);
  }
}

/** x, y, N, width: rows rounded to the nearest, ties to even, and padded to whole int32s. */
void toBf16(const Args& args) {
  using A = toBf16_args;
  const float* x = args.floats(A::x);
  Bf16* y = args.pointer<Bf16>(A::y);
  const size_t width = args.size(A::width), stride = (width + 1) / 2 * 2;
  parallel_ranges(args.size(A::rows), 1, static_cast<double>(width), [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) {
      const auto* from = reinterpret_cast<const uint8_t*>(x + row * width);
      for (size_t i = 0; i < width; i++) y[row * stride + i] = rounded(bits_at<kFloat32>(from, i));
      if (stride > width) y[row * stride + width] = 0;
    }
  });
}

/** x, y, N, width: those rows in float32. */
void fromBf16(const Args& args) {
  using A = fromBf16_args;
  const Bf16* x = args.pointer<const Bf16>(A::x);
  float* y = args.floats(A::y);
  const size_t width = args.size(A::width), stride = (width + 1) / 2 * 2;
  parallel_ranges(args.size(A::rows), 1, static_cast<double>(width), [&](size_t start, size_t end) {
    for (size_t row = start; row < end; row++) widen_row(x + row * stride, width, y + row * width);
  });
}

}  // namespace ICRL_NAMESPACE
