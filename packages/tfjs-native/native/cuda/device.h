// A GPU as host code uses it, by way of NVIDIA's driver (device-driver.cc). For tests the driver is
// a model of one on this machine's processor (shim/driver-on-cpu.cc).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "launch-list.h"

/** What a device refused, and whether memory was what it lacked. */
struct DeviceError : std::runtime_error {
  bool out_of_memory;
  explicit DeviceError(const std::string& what, bool out_of_memory = false)
      : std::runtime_error(what), out_of_memory(out_of_memory) {}
};

struct DeviceFacts {
  std::string name, architecture;
  size_t bytes;
};

/** Launches that the device has recorded, to be made with one call. */
struct Graph {
  virtual ~Graph() = default;
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
  virtual void launch(const Launch& launch, const void* args) = 0;
  /** Why launches cannot be recorded here; empty if they can. */
  virtual std::string why_no_graphs() const = 0;
  /** Records launches; each of their kernels has run before. */
  virtual std::unique_ptr<Graph> record(const LaunchList& launches) = 0;
  virtual void launch(const Graph& graph) = 0;
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
