// Numbers as files hold them, into the memory of a weight.
#include "../isa/bfloat.h"
#include "../isa/parallel.h"
#include "../ops.h"

namespace ICRL_NAMESPACE {

namespace {

enum Stored { kFloat32 = 0, kBfloat16 = 1, kFloat16 = 2 };

/** IEEE 754 binary16, as float32's bits: exact. */
inline uint32_t widen_half(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t rest = half & 0x7fff;
  if (rest >= 0x7c00) return sign | 0x7f800000 | (rest & 0x3ff) << 13;
  if (rest >= 0x400) return sign | ((rest << 13) + (112u << 23));
  const float tiny = static_cast<float>(rest) * 0x1p-24f;
  uint32_t bits;
  std::memcpy(&bits, &tiny, 4);
  return sign | bits;
}

template <int type>
inline uint32_t bits_at(const uint8_t* bytes, size_t i) {
  if constexpr (type == kFloat32) {
    uint32_t bits;
    std::memcpy(&bits, bytes + 4 * i, 4);
    return bits;
  } else {
    uint16_t half;
    std::memcpy(&half, bytes + 2 * i, 2);
    return type == kBfloat16 ? static_cast<uint32_t>(half) << 16 : widen_half(half);
  }
}

/** To the nearest bfloat, ties to even; a NaN stays one. */
inline Bf16 rounded(uint32_t bits) {
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<Bf16>(bits >> 16 | 0x40);
  return static_cast<Bf16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline bool is_finite(uint32_t bits) { return (bits & 0x7f800000) != 0x7f800000; }

/** Where numbers go: float32, or bfloats in rows of `columns` that take whole int32s. */
struct Target {
  float* floats;
  Bf16* bfloats;
  size_t from;
  size_t columns;
};

template <int type>
void to_floats(const uint8_t* bytes, const Target& target, size_t start, size_t end) {
  float* to = target.floats + target.from;
  for (size_t i = start; i < end; i++) {
    const uint32_t bits = bits_at<type>(bytes, i);
    std::memcpy(to + i, &bits, 4);
  }
}

/** What pads a row is zero. */
template <int type>
void to_bfloats(const uint8_t* bytes, const Target& target, size_t start, size_t end) {
  const size_t columns = target.columns, stride = (columns + 1) / 2 * 2;
  size_t row = (target.from + start) / columns, column = (target.from + start) % columns;
  for (size_t i = start; i < end; i++) {
    Bf16* to = target.bfloats + row * stride;
    to[column++] = rounded(bits_at<type>(bytes, i));
    if (column < columns) continue;
    if (stride > columns) to[columns] = 0;
    column = 0;
    row++;
  }
}

/** The first number in [start, end) that is infinite or none, or −1. */
template <int type>
int32_t first_bad(const uint8_t* bytes, size_t start, size_t end) {
  uint32_t found = 0;
  for (size_t i = start; i < end; i++) found |= !is_finite(bits_at<type>(bytes, i));
  if (!found) return -1;
  size_t i = start;
  while (is_finite(bits_at<type>(bytes, i))) i++;
  return static_cast<int32_t>(i);
}

template <int type>
void fill(const Args& args) {
  const uint8_t* bytes = args.pointer<const uint8_t>(0);
  const Target target{args.floats(2), args.pointer<Bf16>(2), args.size(4), args.size(6)};
  const bool to_bf16 = args.flag(3);
  const size_t count = args.size(5), block = args.size(7);
  int32_t* bad = args.pointer<int32_t>(8);
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
  const int type = static_cast<int>(args.number(1));
  if (type == kFloat32) fill<kFloat32>(args);
  else if (type == kBfloat16) fill<kBfloat16>(args);
  else fill<kFloat16>(args);
}

}  // namespace ICRL_NAMESPACE
