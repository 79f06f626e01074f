// A GPU made of this machine's processor: every kernel runs as fibers, and memory starts as NaN.
#include "../cuda/device.h"

#include <cstdlib>

#include "../cuda/kernels.cu"

namespace {

using Entry = void (*)(const void*);

constexpr Entry kEntries[] = {
#define ICRL_ENTRY(name, args, threads) \
  [](const void* a) { icrl_cuda::name(*static_cast<const args*>(a)); },
    ICRL_KERNELS(ICRL_ENTRY)
#undef ICRL_ENTRY
};
constexpr const char* kNames[] = {
#define ICRL_NAME(name, args, threads) #name,
    ICRL_KERNELS(ICRL_NAME)
#undef ICRL_NAME
};

/** As much as an H100 gives a block. */
constexpr size_t kSharedLimit = 227 << 10;

class ShimDevice : public Device {
 public:
  explicit ShimDevice(std::string architecture) : architecture_(std::move(architecture)) {}

  DeviceFacts facts() const override {
    return {"a model of a GPU on the processor", architecture_, kAll};
  }
  size_t free_bytes() override { return kAll - held_; }
  void* allocate(size_t bytes) override {
    if (bytes > kAll - held_) throw DeviceError("out of memory", true);
    // The size lies before the memory that is given.
    size_t* memory = static_cast<size_t*>(std::malloc(bytes + 64));
    if (!memory) throw DeviceError("out of memory", true);
    *memory = bytes;
    held_ += bytes;
    std::memset(memory + 8, 0xff, bytes);
    return memory + 8;
  }
  void release(void* memory) override {
    size_t* start = static_cast<size_t*>(memory) - 8;
    held_ -= *start;
    std::free(start);
  }
  void upload(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void download(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void copy(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void launch(KernelIndex kernel, const Grid& grid, unsigned threads, size_t shared,
              const void* args) override {
    const std::string name = std::string("kernel ") + kNames[kernel];
    if (shared > kSharedLimit) throw DeviceError(name + ": too much shared memory");
    try {
      shim::launch(kEntries[kernel], args,
                   {static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y),
                    static_cast<unsigned>(grid.z)},
                   threads, shared);
    } catch (const std::runtime_error& error) {
      throw DeviceError(name + ", block " + std::to_string(shim::running->index.x) + "," +
                        std::to_string(shim::running->index.y) + ": " + error.what());
    }
  }
  void synchronize() override {}
  bool has_warpgroups() const override { return architecture_ == "sm_90"; }
  TensorMap tile_map(const uint16_t* matrix, size_t rows, size_t columns, size_t stride) override {
    return shim::map_of({matrix, rows, columns, stride, kWarpgroupTile});
  }

 private:
  static constexpr size_t kAll = size_t{4} << 30;
  std::string architecture_;
  size_t held_ = 0;
};

}  // namespace

DeviceCount count_devices() { return {1, ""}; }

std::unique_ptr<Device> open_device(int ordinal, const std::string& code) {
  if (ordinal != 0) throw DeviceError("there is one device, number 0");
  // In place of a file with code: the order in which threads run, and a generation of tensor cores
  // if it is not the newest, such as "3 sm_80".
  const size_t space = code.find(' ');
  const std::string architecture = space == std::string::npos ? "shim" : code.substr(space + 1);
  shim::seed = std::strtoull(code.c_str(), nullptr, 10);
  shim::rule = tensor_core::rule_of(architecture);
  return std::make_unique<ShimDevice>(architecture);
}
