// NVIDIA's driver, looked for at run time: nothing of CUDA is linked, and its absence is an answer.
#include <vector>

#include "device.h"
#include "driver-library.h"

namespace {

using Result = int;
using Handle = void*;  // of a context, a module, a function, a stream or a graph
using Address = unsigned long long;

constexpr Result kSuccess = 0, kOutOfMemory = 2, kNoDevice = 100, kNoBinary = 209;
/** Attributes of a device and of a function, by their numbers in cuda.h. */
constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76, kSharedLimit = 97, kDynamicShared = 8;
constexpr unsigned kNonBlocking = 1;
/** What other threads do meanwhile is no part of a capture, and cannot spoil it. */
constexpr int kCaptureOfThisThread = 1;
/** Of tensor maps: the type bf16, rows of 128 bytes swizzled, 256 bytes at once into the L2. */
constexpr int kBf16 = 9, kNotInterleaved = 0, kSwizzle128 = 3, kPromote256 = 3, kZerosOutside = 0;

// clang-format off
/** What is used of the driver: name in the library, and its parameters. */
#define ICRL_DRIVER(X) \
  X(cuInit, (unsigned)) \
  X(cuDriverGetVersion, (int*)) \
  X(cuDeviceGetCount, (int*)) \
  X(cuDeviceGet, (int*, int)) \
  X(cuDeviceGetName, (char*, int, int)) \
  X(cuDeviceGetAttribute, (int*, int, int)) \
  X(cuDeviceTotalMem_v2, (size_t*, int)) \
  X(cuDevicePrimaryCtxRetain, (Handle*, int)) \
  X(cuCtxSetCurrent, (Handle)) \
  X(cuModuleLoadData, (Handle*, const void*)) \
  X(cuModuleGetFunction, (Handle*, Handle, const char*)) \
  X(cuFuncSetAttribute, (Handle, int, int)) \
  X(cuMemGetInfo_v2, (size_t*, size_t*)) \
  X(cuMemAlloc_v2, (Address*, size_t)) \
  X(cuMemFree_v2, (Address)) \
  X(cuMemcpyHtoDAsync_v2, (Address, const void*, size_t, Handle)) \
  X(cuMemcpyDtoHAsync_v2, (void*, Address, size_t, Handle)) \
  X(cuMemcpyDtoDAsync_v2, (Address, Address, size_t, Handle)) \
  X(cuStreamCreate, (Handle*, unsigned)) \
  X(cuStreamSynchronize, (Handle)) \
  X(cuLaunchKernel, (Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, \
                     Handle, void**, void**)) \
  X(cuTensorMapEncodeTiled, (TensorMap*, int, unsigned, void*, const uint64_t*, const uint64_t*, \
                             const unsigned*, const unsigned*, int, int, int, int)) \
  X(cuGetErrorName, (Result, const char**)) \
  X(cuGetErrorString, (Result, const char**))
/** What records launches: without it they are made one by one. */
#define ICRL_DRIVER_GRAPHS(X) \
  X(cuStreamBeginCapture_v2, (Handle, int)) \
  X(cuStreamEndCapture, (Handle, Handle*)) \
  X(cuGraphInstantiateWithFlags, (Handle*, Handle, unsigned long long)) \
  X(cuGraphDestroy, (Handle)) \
  X(cuGraphExecDestroy, (Handle)) \
  X(cuGraphLaunch, (Handle, Handle))
// clang-format on

#define ICRL_MEMBER(name, parameters) Result(*name) parameters = nullptr;
struct Driver {
  ICRL_DRIVER(ICRL_MEMBER)
  std::string why;  // it cannot be used; empty if it can
  void* library = nullptr;
};
struct GraphFunctions {
  ICRL_DRIVER_GRAPHS(ICRL_MEMBER)
  std::string why;  // there are not all of them
};
#undef ICRL_MEMBER

/** `X` for a list of functions: puts them into `d`, and says in `d.why` which is missing. */
#define ICRL_FIND(name, parameters)                                                    \
  d.name = reinterpret_cast<decltype(d.name)>(driver_library::symbol(library, #name)); \
  if (!d.name && d.why.empty())                                                        \
    d.why = std::string(driver_library::kName) + " has no " #name ": the driver is too old";

std::string said(const Driver& driver, Result result) {
  const char *name = nullptr, *text = nullptr;
  driver.cuGetErrorName(result, &name);
  driver.cuGetErrorString(result, &text);
  return std::string(name ? name : "error " + std::to_string(result)) + (text ? ": " : "") +
         (text ? text : "");
}

const Driver& driver() {
  static const Driver found = [] {
    Driver d;
    void* library = d.library = driver_library::open(d.why);
    if (!library) return d;
    ICRL_DRIVER(ICRL_FIND)
    if (!d.why.empty()) return d;
    const Result result = d.cuInit(0);
    if (result != kSuccess && result != kNoDevice) d.why = said(d, result);
    return d;
  }();
  return found;
}

GraphFunctions graph_functions() {
  GraphFunctions d;
  void* library = driver().library;
  ICRL_DRIVER_GRAPHS(ICRL_FIND)
  return d;
}

void check(const std::string& what, Result result) {
  if (result == kSuccess) return;
  // From 700 on the context is lost: every later call fails with the same error.
  const char* sticky =
      result >= 700 && result < 720 ? "; this process cannot use the device again" : "";
  throw DeviceError(what + ": " + said(driver(), result) + sticky, result == kOutOfMemory);
}

constexpr const char* kNames[] = {
#define ICRL_NAME(name, args, threads) #name,
    ICRL_KERNELS(ICRL_NAME)
#undef ICRL_NAME
};

/** A recorded list of launches, ready to be launched. */
struct DriverGraph : Graph {
  const GraphFunctions& functions;
  Handle launches;

  DriverGraph(const GraphFunctions& functions, Handle launches)
      : functions(functions), launches(launches) {}
  // One that still runs is freed when it has ended.
  ~DriverGraph() override { functions.cuGraphExecDestroy(launches); }
};

class DriverDevice : public Device {
 public:
  DriverDevice(int ordinal, const std::string& code) : driver_(driver()) {
    if (!driver_.why.empty()) throw DeviceError(driver_.why);
    check("device " + std::to_string(ordinal), driver_.cuDeviceGet(&device_, ordinal));
    check("context", driver_.cuDevicePrimaryCtxRetain(&context_, device_));
    check("context", driver_.cuCtxSetCurrent(context_));
    check("stream", driver_.cuStreamCreate(&stream_, kNonBlocking));
    const std::vector<char> bytes = driver_library::code_of(code);
    const Result loaded = driver_.cuModuleLoadData(&module_, bytes.data());
    if (loaded == kNoBinary)
      throw DeviceError(code + " holds no code for " + facts().architecture +
                        " that this driver can load");
    check("loading " + code, loaded);
    for (int i = 0; i < kernel_count; i++)
      check(std::string("kernel ") + kNames[i],
            driver_.cuModuleGetFunction(&functions_[i], module_, kNames[i]));
  }

  DeviceFacts facts() const override {
    char name[256] = {};
    DeviceFacts facts{};
    driver_.cuDeviceGetName(name, sizeof name, device_);
    driver_.cuDeviceTotalMem_v2(&facts.bytes, device_);
    facts.name = name;
    facts.architecture =
        driver_library::architecture_of(attribute(kCapabilityMajor), attribute(kCapabilityMinor));
    return facts;
  }

  size_t free_bytes() override {
    size_t free = 0, total = 0;
    check("memory", driver_.cuMemGetInfo_v2(&free, &total));
    return free;
  }

  void* allocate(size_t bytes) override {
    Address address = 0;
    check(std::to_string(bytes) + " bytes", driver_.cuMemAlloc_v2(&address, bytes));
    return reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  }

  void release(void* memory) override {
    check("release", driver_.cuMemFree_v2(address_of(memory)));
  }

  // The driver has read host memory that is not pinned when it returns.
  void upload(void* to, const void* from, size_t bytes) override {
    check("upload", driver_.cuMemcpyHtoDAsync_v2(address_of(to), from, bytes, stream_));
  }

  void download(void* to, const void* from, size_t bytes) override {
    check("download", driver_.cuCtxSetCurrent(context_));
    check("download", driver_.cuMemcpyDtoHAsync_v2(to, address_of(from), bytes, stream_));
    synchronize();
  }

  void copy(void* to, const void* from, size_t bytes) override {
    check("copy", driver_.cuMemcpyDtoDAsync_v2(address_of(to), address_of(from), bytes, stream_));
  }

  void launch(const Launch& launch, const void* args) override {
    allow_shared(launch);
    check(named(launch), launch_on(stream_, launch, args));
  }

  std::string why_no_graphs() const override { return graphs_.why; }

  // On a stream of its own: copies that another thread waits for do not get into the recording.
  std::unique_ptr<Graph> record(const LaunchList& launches) override {
    if (!capturing_) check("stream", driver_.cuStreamCreate(&capturing_, kNonBlocking));
    check("begin of a recording",
          graphs_.cuStreamBeginCapture_v2(capturing_, kCaptureOfThisThread));
    Result failed = kSuccess;
    std::string what;
    launches.each([&](const Launch& launch, const void* args) {
      if (failed != kSuccess) return;
      failed = launch_on(capturing_, launch, args);
      what = named(launch);
    });
    Handle graph = nullptr, ready = nullptr;
    const Result ended = graphs_.cuStreamEndCapture(capturing_, &graph),
                 made = failed || ended ? kSuccess
                                        : graphs_.cuGraphInstantiateWithFlags(&ready, graph, 0);
    if (graph) graphs_.cuGraphDestroy(graph);
    check("recording " + what, failed);
    check("end of a recording", ended);
    check("a graph of " + std::to_string(launches.size()) + " kernels", made);
    return std::make_unique<DriverGraph>(graphs_, ready);
  }

  void launch(const Graph& graph) override {
    check("a recorded step",
          graphs_.cuGraphLaunch(static_cast<const DriverGraph&>(graph).launches, stream_));
  }

  bool has_warpgroups() const override { return attribute(kCapabilityMajor) == 9; }

  TensorMap tile_map(const uint16_t* matrix, size_t rows, size_t columns, size_t stride) override {
    TensorMap map;
    const uint64_t sizes[] = {columns, rows}, strides[] = {stride * sizeof(uint16_t)};
    const unsigned box[] = {kBf16ProductSteps, kWarpgroupTile}, steps[] = {1, 1};
    check("a map of " + std::to_string(rows) + " rows of " + std::to_string(columns),
          driver_.cuTensorMapEncodeTiled(&map, kBf16, 2, const_cast<uint16_t*>(matrix), sizes,
                                         strides, box, steps, kNotInterleaved, kSwizzle128,
                                         kPromote256, kZerosOutside));
    return map;
  }

  void synchronize() override { check("a kernel or copy", driver_.cuStreamSynchronize(stream_)); }

 private:
  static constexpr size_t kDefaultShared = 48 << 10;

  static Address address_of(const void* memory) {
    return static_cast<Address>(reinterpret_cast<uintptr_t>(memory));
  }
  int attribute(int which) const {
    int value = 0;
    driver_.cuDeviceGetAttribute(&value, which, device_);
    return value;
  }

  static std::string named(const Launch& launch) {
    return std::string("kernel ") + kNames[launch.kernel];
  }

  /** Lets the kernel have its shared memory, where that is more than all may have. */
  void allow_shared(const Launch& launch) {
    const auto [kernel, grid, threads, shared] = launch;
    if (shared <= shared_[kernel]) return;
    const size_t limit = static_cast<size_t>(attribute(kSharedLimit));
    if (shared > limit)
      throw DeviceError(named(launch) + " needs " + std::to_string(shared) +
                        " bytes of shared memory, and this device has " + std::to_string(limit));
    if (shared > kDefaultShared)
      check(named(launch), driver_.cuFuncSetAttribute(functions_[kernel], kDynamicShared,
                                                      static_cast<int>(shared)));
    shared_[kernel] = shared;
  }

  Result launch_on(Handle stream, const Launch& launch, const void* args) {
    void* parameters[] = {const_cast<void*>(args)};
    const auto& [x, y, z] = launch.grid;
    return driver_.cuLaunchKernel(functions_[launch.kernel], static_cast<unsigned>(x),
                                  static_cast<unsigned>(y), static_cast<unsigned>(z),
                                  launch.threads, 1, 1, static_cast<unsigned>(launch.shared),
                                  stream, parameters, nullptr);
  }

  const Driver& driver_;
  const GraphFunctions graphs_ = graph_functions();
  int device_ = 0;
  Handle context_ = nullptr, stream_ = nullptr, capturing_ = nullptr, module_ = nullptr;
  Handle functions_[kernel_count] = {};
  size_t shared_[kernel_count] = {};
};

}  // namespace

DeviceCount count_devices() {
  const Driver& d = driver();
  if (!d.why.empty()) return {0, d.why};
  int count = 0;
  const Result result = d.cuDeviceGetCount(&count);
  if (result != kSuccess) return {0, said(d, result)};
  return {count, count > 0 ? "" : "the driver sees no device"};
}

std::unique_ptr<Device> open_device(int ordinal, const std::string& code) {
  return std::make_unique<DriverDevice>(ordinal, code);
}
