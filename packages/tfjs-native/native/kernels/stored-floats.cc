// Numbers as files hold them, into the memory of a weight.
#include "stored-floats.h"
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

namespace {

template <int type>
void fill(const Args& args) {
  using A = storedFloats_args;
  const uint8_t* bytes = args.pointer<const uint8_t>(A::bytes);
  const Target target{args.floats(A::target), args.pointer<Bf16>(A::target), args.size(A::from),
                      args.size(A::columns)};
  const bool to_bf16 = args.flag(A::toBf16);
  const size_t count = args.size(A::count), block = args.size(A::block);
  int32_t* bad = args.pointer<int32_t>(A::bad);
  parallel_for((count + block - 1) / block, 12.0 * static_cast<double>(count), [&](size_t b) {
    const size_t start = b * block, end = start + block < count ? start + block : count;
    if (to_bf16) to_bfloats<type>(bytes, target, start, end);
    else to_floats<type>(bytes, target, start, end);
    bad[b] = first_bad<type>(bytes, start, end);
  });
}

}  // namespace

/**
 * bytes, type, target, isBf16, from, count, columns, block, bad: numbers `from` to `from + count`
 * of a weight, from their bytes. `bad[b]` is the first number of block b (of `block` numbers) that
 * is infinite or none, counted from `from`, or −1.
 */
void storedFloats(const Args& args) {
  using A = storedFloats_args;
  const int type = static_cast<int>(args.number(A::type));
  if (type == kFloat32) fill<kFloat32>(args);
  else if (type == kBfloat16) fill<kBfloat16>(args);
  else fill<kFloat16>(args);
}

}  // namespace ICRL_NAMESPACE
