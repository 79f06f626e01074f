// NVIDIA's driver as far as device-driver.cc uses it, on this machine's processor: every kernel
// runs as fibers, memory starts as NaN, and what the driver refuses is refused. Work is done when
// it is asked for. For tests of failures: $ICRL_SHIM_WITHOUT names a function that the driver does
// not have, and $ICRL_SHIM_FAILS one that fails.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "../cuda/driver-library.h"
#include "../cuda/launch-list.h"
#include "../cuda/kernels.cu"
#include "device-memory.h"
#include "tensor-map.h"

namespace {

using Result = int;
using Handle = void*;
using Address = unsigned long long;

/** By their numbers in cuda.h. */
enum : Result {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kInvalidDevice = 101,
  kNotFound = 500,
  kIllegalAddress = 700,
  kLaunchFailed = 719,
  kCaptureUnsupported = 900,
  kCaptureInvalidated = 901,
};

struct KernelEntry {
  const char* name;
  void (*run)(const void*);
  size_t bytes;  // of its arguments
};
constexpr KernelEntry kKernels[] = {
#define ICRL_ENTRY(name, args, threads) \
  {#name, [](const void* a) { icrl_cuda::name(*static_cast<const args*>(a)); }, sizeof(args)},
    ICRL_KERNELS(ICRL_ENTRY)
#undef ICRL_ENTRY
};

/** Shared memory of a block: what each may have, and, as on an H100, what one may ask for. */
constexpr int kSharedOfAll = 48 << 10, kSharedLimit = 227 << 10;
constexpr size_t kAll = size_t{4} << 30;

struct Function {
  size_t shared = kSharedOfAll;
  bool loaded = false;  // with its first launch
};
Function functions[kernel_count];
std::string architecture, text;  // text: of the last error

Result refuse(Result result, const std::string& why) {
  text = why;
  return result;
}

bool fails(const char* name) {
  const char* chosen = std::getenv("ICRL_SHIM_FAILS");
  return chosen && std::string(chosen) == name;
}

shim::DeviceMemory memory{kAll};

/** A launch with a copy of its arguments. */
struct Recorded {
  KernelIndex kernel;
  shim::Index grid;
  unsigned threads;
  size_t shared;
  std::vector<unsigned char> args;
};
using Recording = std::vector<Recorded>;

struct Stream {
  std::unique_ptr<Recording> recording;
  bool invalid = false;  // the recording, by a call that cannot be part of one
};
/** The stream whose launches this thread records, if there is one. */
thread_local Stream* capturing = nullptr;

/** For calls that neither run nor can be recorded while this thread records. */
Result outside_of_captures(const char* name) {
  if (!capturing) return kSuccess;
  capturing->invalid = true;
  return refuse(kCaptureUnsupported, std::string(name) + " while launches are recorded");
}

/** A kernel must not get the address of memory that was given back. */
Result check_addresses(const KernelEntry& kernel, const void* args) {
#ifdef ICRL_CLEARS_PADDING
  for (size_t at = 0; at + sizeof(uintptr_t) <= kernel.bytes; at += sizeof(uintptr_t)) {
    uintptr_t word;
    std::memcpy(&word, static_cast<const unsigned char*>(args) + at, sizeof word);
    if (memory.was_given_back(word))
      return refuse(kIllegalAddress, std::string("kernel ") + kernel.name + ", argument at byte " +
                                         std::to_string(at) + ": memory that was given back");
  }
#endif
  return kSuccess;
}

Result run(KernelIndex index, shim::Index grid, unsigned threads, size_t shared, const void* args) {
  const KernelEntry& kernel = kKernels[index];
  if (const Result bad = check_addresses(kernel, args)) return bad;
  functions[index].loaded = true;
  try {
    shim::launch(kernel.run, args, grid, threads, shared);
  } catch (const std::runtime_error& error) {
    return refuse(kLaunchFailed, "block " + std::to_string(shim::running->index.x) + "," +
                                     std::to_string(shim::running->index.y) + ": " + error.what());
  }
  return kSuccess;
}

void* at(Address address) { return reinterpret_cast<void*>(static_cast<uintptr_t>(address)); }
Address address_of(const void* place) { return reinterpret_cast<uintptr_t>(place); }

Result copy(const char* name, Address device, size_t bytes, void* to, const void* from) {
  if (const Result bad = outside_of_captures(name)) return bad;
  if (!memory.has(device, bytes))
    return refuse(kInvalidValue, std::string(name) + ": no memory of the device");
  std::memcpy(to, from, bytes);
  return kSuccess;
}

struct Model {
  static Result cuInit(unsigned) { return kSuccess; }
  static Result cuDriverGetVersion(int* version) {
    *version = 13000;
    return kSuccess;
  }
  static Result cuDeviceGetCount(int* count) {
    *count = 1;
    return kSuccess;
  }
  static Result cuDeviceGet(int* device, int ordinal) {
    if (ordinal != 0) return refuse(kInvalidDevice, "there is one device, number 0");
    *device = 0;
    return kSuccess;
  }
  static Result cuDeviceGetName(char* name, int size, int) {
    std::snprintf(name, static_cast<size_t>(size), "a model of a GPU on the processor");
    return kSuccess;
  }
  /** `sm_90` is 9 and 0; with no architecture both are 0. */
  static Result cuDeviceGetAttribute(int* value, int which, int) {
    const int capability =
        architecture.rfind("sm_", 0) == 0 ? std::atoi(architecture.c_str() + 3) : 0;
    *value = which == 75   ? capability / 10
             : which == 76 ? capability % 10
             : which == 97 ? kSharedLimit
                           : 0;
    return kSuccess;
  }
  static Result cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = kAll;
    return kSuccess;
  }
  static Result cuDevicePrimaryCtxRetain(Handle*, int) { return kSuccess; }
  static Result cuCtxSetCurrent(Handle) { return kSuccess; }
  /** The order in which threads run, and an architecture if it is not the newest: "3 sm_80". */
  static Result cuModuleLoadData(Handle*, const void* data) {
    const std::string code = static_cast<const char*>(data);
    const size_t space = code.find(' ');
    architecture = space == std::string::npos ? "shim" : code.substr(space + 1);
    shim::seed = std::strtoull(code.c_str(), nullptr, 10);
    shim::rule = tensor_core::rule_of(architecture);
    for (Function& function : functions) function = {};
    return kSuccess;
  }
  static Result cuModuleGetFunction(Handle* function, Handle, const char* name) {
    for (int i = 0; i < kernel_count; i++)
      if (std::strcmp(kKernels[i].name, name) == 0) {
        *function = &functions[i];
        return kSuccess;
      }
    return refuse(kNotFound, name);
  }
  static Result cuFuncSetAttribute(Handle function, int, int value) {
    if (value > kSharedLimit) return refuse(kInvalidValue, "too much shared memory");
    static_cast<Function*>(function)->shared = static_cast<size_t>(value);
    return kSuccess;
  }
  static Result cuMemGetInfo_v2(size_t* free, size_t* total) {
    *free = memory.free_bytes();
    *total = kAll;
    return kSuccess;
  }
  static Result cuMemAlloc_v2(Address* address, size_t bytes) {
    if (const Result bad = outside_of_captures("cuMemAlloc")) return bad;
    void* piece = memory.take(bytes);
    if (!piece) return refuse(kOutOfMemory, "out of memory");
    *address = address_of(piece);
    return kSuccess;
  }
  static Result cuMemFree_v2(Address address) {
    if (const Result bad = outside_of_captures("cuMemFree")) return bad;
    if (!memory.give(at(address)))
      return refuse(kInvalidValue, "no memory of the device begins there");
    return kSuccess;
  }
  static Result cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, Handle) {
    return copy("cuMemcpyHtoD", to, bytes, at(to), from);
  }
  static Result cuMemcpyDtoHAsync_v2(void* to, Address from, size_t bytes, Handle) {
    return copy("cuMemcpyDtoH", from, bytes, to, at(from));
  }
  static Result cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, Handle) {
    if (!memory.has(from, bytes)) return refuse(kInvalidValue, "no memory of the device");
    return copy("cuMemcpyDtoD", to, bytes, at(to), at(from));
  }
  static Result cuStreamCreate(Handle* stream, unsigned) {
    *stream = new Stream;
    return kSuccess;
  }
  static Result cuStreamSynchronize(Handle) { return outside_of_captures("cuStreamSynchronize"); }
  static Result cuLaunchKernel(Handle function, unsigned x, unsigned y, unsigned z,
                               unsigned threads, unsigned, unsigned, unsigned shared, Handle stream,
                               void** parameters, void**) {
    Function& own = *static_cast<Function*>(function);
    const auto index = static_cast<KernelIndex>(&own - functions);
    if (shared > own.shared || threads > shim::kMostThreads || x == 0 || y == 0 || z == 0 ||
        y > 65535 || z > 65535)
      return refuse(kInvalidValue, "its grid, threads or shared memory");
    Stream& to = *static_cast<Stream*>(stream);
    if (!to.recording) {
      if (const Result bad = outside_of_captures("a launch on another stream")) return bad;
      return run(index, {x, y, z}, threads, shared, parameters[0]);
    }
    if (!own.loaded) {
      to.invalid = true;
      return refuse(kCaptureUnsupported, "its code is not loaded, and cannot be while it records");
    }
    const auto* args = static_cast<const unsigned char*>(parameters[0]);
    to.recording->push_back(
        {index, {x, y, z}, threads, shared, {args, args + kKernels[index].bytes}});
    return kSuccess;
  }
  static Result cuTensorMapEncodeTiled(TensorMap* map, int type, unsigned rank, void* data,
                                       const uint64_t* sizes, const uint64_t* strides,
                                       const unsigned* box, const unsigned*, int, int swizzle, int,
                                       int) {
    if (type != 9 || rank != 2 || swizzle != 3 || box[0] != 64 || strides[0] % 16 != 0 ||
        address_of(data) % 16 != 0)
      return refuse(kInvalidValue, "a map that the model does not know");
    *map = shim::map_of({static_cast<const uint16_t*>(data), sizes[1], sizes[0],
                         strides[0] / sizeof(uint16_t), box[1]});
    return kSuccess;
  }
  static Result cuGetErrorName(Result result, const char** name) {
    *name = result == kOutOfMemory          ? "CUDA_ERROR_OUT_OF_MEMORY"
            : result == kInvalidDevice      ? "CUDA_ERROR_INVALID_DEVICE"
            : result == kNotFound           ? "CUDA_ERROR_NOT_FOUND"
            : result == kIllegalAddress     ? "CUDA_ERROR_ILLEGAL_ADDRESS"
            : result == kLaunchFailed       ? "CUDA_ERROR_LAUNCH_FAILED"
            : result == kCaptureUnsupported ? "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"
            : result == kCaptureInvalidated ? "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"
                                            : "CUDA_ERROR_INVALID_VALUE";
    return kSuccess;
  }
  static Result cuGetErrorString(Result, const char** why) {
    *why = text.c_str();
    return kSuccess;
  }

  static Result cuStreamBeginCapture_v2(Handle stream, int) {
    if (const Result bad = outside_of_captures("cuStreamBeginCapture")) return bad;
    capturing = static_cast<Stream*>(stream);
    capturing->recording = std::make_unique<Recording>();
    capturing->invalid = fails("cuStreamBeginCapture_v2");
    return kSuccess;
  }
  static Result cuStreamEndCapture(Handle stream, Handle* graph) {
    Stream& of = *static_cast<Stream*>(stream);
    capturing = nullptr;
    const std::unique_ptr<Recording> found = std::move(of.recording);
    if (!found || of.invalid || fails("cuStreamEndCapture"))
      return refuse(kCaptureInvalidated, "the recording cannot be used");
    *graph = new Recording(*found);
    return kSuccess;
  }
  static Result cuGraphInstantiateWithFlags(Handle* ready, Handle graph, unsigned long long) {
    if (fails("cuGraphInstantiateWithFlags")) return refuse(kOutOfMemory, "out of memory");
    *ready = new Recording(*static_cast<Recording*>(graph));
    return kSuccess;
  }
  static Result cuGraphDestroy(Handle graph) {
    delete static_cast<Recording*>(graph);
    return kSuccess;
  }
  static Result cuGraphExecDestroy(Handle ready) { return cuGraphDestroy(ready); }
  static Result cuGraphLaunch(Handle ready, Handle) {
    if (const Result bad = outside_of_captures("cuGraphLaunch")) return bad;
    for (const Recorded& launch : *static_cast<Recording*>(ready)) {
      // As aligned as the arguments of a launch.
      std::vector<TensorMap> args(launch.args.size() / sizeof(TensorMap) + 1);
      std::memcpy(args.data(), launch.args.data(), launch.args.size());
      if (const Result bad =
              run(launch.kernel, launch.grid, launch.threads, launch.shared, args.data()))
        return bad;
    }
    return kSuccess;
  }
};

struct Symbol {
  const char* name;
  void* function;
};

}  // namespace

namespace driver_library {

const char* const kName = "the model of a GPU";

void* open(std::string&) { return &memory; }

void* symbol(void*, const char* name) {
#define ICRL_SYMBOL(name) {#name, reinterpret_cast<void*>(Model::name)},
  static const Symbol kSymbols[] = {
      // clang-format off
      ICRL_SYMBOL(cuInit) ICRL_SYMBOL(cuDriverGetVersion) ICRL_SYMBOL(cuDeviceGetCount)
      ICRL_SYMBOL(cuDeviceGet) ICRL_SYMBOL(cuDeviceGetName) ICRL_SYMBOL(cuDeviceGetAttribute)
      ICRL_SYMBOL(cuDeviceTotalMem_v2) ICRL_SYMBOL(cuDevicePrimaryCtxRetain)
      ICRL_SYMBOL(cuCtxSetCurrent) ICRL_SYMBOL(cuModuleLoadData) ICRL_SYMBOL(cuModuleGetFunction)
      ICRL_SYMBOL(cuFuncSetAttribute) ICRL_SYMBOL(cuMemGetInfo_v2) ICRL_SYMBOL(cuMemAlloc_v2)
      ICRL_SYMBOL(cuMemFree_v2) ICRL_SYMBOL(cuMemcpyHtoDAsync_v2)
      ICRL_SYMBOL(cuMemcpyDtoHAsync_v2) ICRL_SYMBOL(cuMemcpyDtoDAsync_v2)
      ICRL_SYMBOL(cuStreamCreate) ICRL_SYMBOL(cuStreamSynchronize) ICRL_SYMBOL(cuLaunchKernel)
      ICRL_SYMBOL(cuTensorMapEncodeTiled) ICRL_SYMBOL(cuGetErrorName)
      ICRL_SYMBOL(cuGetErrorString) ICRL_SYMBOL(cuStreamBeginCapture_v2)
      ICRL_SYMBOL(cuStreamEndCapture) ICRL_SYMBOL(cuGraphInstantiateWithFlags)
      ICRL_SYMBOL(cuGraphDestroy) ICRL_SYMBOL(cuGraphExecDestroy) ICRL_SYMBOL(cuGraphLaunch)
      // clang-format on
  };
#undef ICRL_SYMBOL
  const char* without = std::getenv("ICRL_SHIM_WITHOUT");
  if (without && std::strcmp(without, name) == 0) return nullptr;
  for (const Symbol& symbol : kSymbols)
    if (std::strcmp(symbol.name, name) == 0) return symbol.function;
  return nullptr;
}

/** In place of a file's content: its name. */
std::vector<char> code_of(const std::string& path) {
  return {path.c_str(), path.c_str() + path.size() + 1};
}

std::string architecture_of(int major, int minor) {
  return major == 0 ? "shim" : "sm_" + std::to_string(major) + std::to_string(minor);
}

}  // namespace driver_library
