#include "tensor-core-check.h"

#include <cstring>
#include <random>
#include <vector>

#include "../../shim/tensor-core.h"
#include "device-memory.h"

namespace icrl_gpu {

namespace {

constexpr size_t kRows = 16, kColumns = 8, kDepth = 16;

/** Finite numbers: most of similar size, so that their sums are cut, some far apart, some zeros. */
class Numbers {
 public:
  explicit Numbers(uint32_t seed) : random_(seed) {}

  uint16_t bf16() { return static_cast<uint16_t>(bits() >> 16); }
  float number() {
    const uint32_t x = bits();
    float result;
    std::memcpy(&result, &x, 4);
    return result;
  }

 private:
  uint32_t bits() {
    const uint32_t kind = static_cast<uint32_t>(random_()) % 16;
    const uint32_t fraction = static_cast<uint32_t>(random_()) & 0x807fffff;
    if (kind == 0) return fraction & 0x80000000;  // a zero with a sign
    if (kind == 1) return fraction;               // subnormal
    const uint32_t spread = kind < 4 ? 80 : kind < 8 ? 24 : 6;
    return fraction | (127 - spread / 2 + static_cast<uint32_t>(random_()) % spread) << 23;
  }

  std::mt19937 random_;
};

}  // namespace

TensorCoreCheck check_tensor_cores(size_t steps, uint32_t seed) {
  Numbers numbers(seed);
  std::vector<uint16_t> a(steps * kRows * kDepth), b(steps * kColumns * kDepth);
  std::vector<float> c(steps * kRows * kColumns), found(c.size());
  for (uint16_t& x : a) x = numbers.bf16();
  for (uint16_t& x : b) x = numbers.bf16();
  for (float& x : c) x = numbers.number();
  Working working;
  float* sums = working.put(c.data(), c.size());
  launch(kernels::tensor_core_steps, {blocks_of(steps * 32, kernels::tensor_core_steps.threads)},
         {working.put(a.data(), a.size()), working.put(b.data(), b.size()), sums, steps});
  device().download(found.data(), sums, found.size() * sizeof(float));
  const tensor_core::Rule rule = tensor_core::rule_of(device().facts().architecture);
  TensorCoreCheck check{c.size(), 0};
  for (size_t i = 0; i < c.size(); i++) {
    const size_t step = i / (kRows * kColumns), row = i / kColumns % kRows, column = i % kColumns;
    tensor_core::Part x[kDepth], y[kDepth];
    for (size_t k = 0; k < kDepth; k++) {
      x[k] = tensor_core::of_bf16(a[(step * kRows + row) * kDepth + k]);
      y[k] = tensor_core::of_bf16(b[(step * kColumns + column) * kDepth + k]);
    }
    const float expected = tensor_core::step(x, y, c[i], rule);
    if (std::memcmp(&expected, &found[i], sizeof expected) != 0) check.different++;
  }
  return check;
}

}  // namespace icrl_gpu
