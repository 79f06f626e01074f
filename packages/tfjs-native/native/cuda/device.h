// A GPU as host code uses it. The driver's is device-driver.cc; device-shim.cc is one made of this
// machine's processor, for tests.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "kernels.h"

/** What a device refused, and whether memory was what it lacked. */
struct DeviceError : std::runtime_error {
  bool out_of_memory;
  explicit DeviceError(const std::string& what, bool out_of_memory = false)
      : std::runtime_error(what), out_of_memory(out_of_memory) {}
};

struct Grid {
  size_t x, y = 1, z = 1;
};

struct DeviceFacts {
  std::string name, architecture;
  size_t bytes;
};

/** Work is done in the order it is asked for; only `download` and `synchronize` wait for it. */
class Device {
 public:
  virtual ~Device() = default;
  virtual DeviceFacts facts() const = 0;
  virtual size_t free_bytes() = 0;
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory) = 0;
  virtual void upload(void* to, const void* from, size_t bytes) = 0;
  /** From any thread. */
  virtual void download(void* to, const void* from, size_t bytes) = 0;
  /** Within the device. */
  virtual void copy(void* to, const void* from, size_t bytes) = 0;
  virtual void launch(KernelIndex kernel, const Grid& grid, unsigned threads, size_t shared,
                      const void* args) = 0;
  virtual void synchronize() = 0;
  /** Whether kernel `product_wgmma` runs here. */
  virtual bool has_warpgroups() const = 0;
  /**
   * For that kernel: tiles of `kWarpgroupTile` rows and `kBf16ProductSteps` columns of a matrix in
   * bf16, with `stride` from row to row.
   */
  virtual TensorMap tile_map(const uint16_t* matrix, size_t rows, size_t columns,
                             size_t stride) = 0;
};

/** How many devices there are, and if none, why. */
struct DeviceCount {
  int devices;
  std::string why;
};
DeviceCount count_devices();
/** Device `ordinal`, with the code of its kernels from the file `code`. */
std::unique_ptr<Device> open_device(int ordinal, const std::string& code);
