// Weights kept as bfloat16, in rows of `stride` bfloats.
#include "gemm.h"
#include "row-norm.h"
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

}  // namespace ICRL_NAMESPACE
