// Weights kept as bfloat16, in rows of `stride` bfloats.
#include "gemm.h"
#include "row-norm.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

/** x, weight, y, m, n, k, stride: y[m][n] = x[m][k] · weight[n][k]ᵀ. */
void matMulBf16(const Args& args) {
  const size_t m = args.size(3), n = args.size(4), k = args.size(5), stride = args.size(6);
  gemm(m, n, k, rows_of(args.pointer<const float>(0), k),
       columns_of(args.pointer<const Bf16>(1), stride), args.floats(2), n, false);
}

/** weight, ids, y, N, width, stride: y[i] = weight[ids[i]]; the caller has checked the bounds. */
void gatherBf16(const Args& args) {
  const Bf16* weight = args.pointer<const Bf16>(0);
  const int32_t* ids = args.ints(1);
  float* y = args.floats(2);
  const size_t count = args.size(3), width = args.size(4), stride = args.size(5);
  for (size_t i = 0; i < count; i++) {
    widen_row(weight + static_cast<size_t>(ids[i]) * stride, width, y + i * width);
  }
}

}  // namespace ICRL_NAMESPACE
