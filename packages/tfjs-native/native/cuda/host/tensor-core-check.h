// Whether the device's tensor cores follow the model on which bf16 products rest.
#pragma once
#include <cstddef>
#include <cstdint>

namespace icrl_gpu {

struct TensorCoreCheck {
  size_t outputs, different;
};

/** Runs `steps` random steps with hard exponents, and compares every output's bits. */
TensorCoreCheck check_tensor_cores(size_t steps, uint32_t seed);

}  // namespace icrl_gpu
