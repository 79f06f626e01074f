/*
 * A stand-in for NVIDIA's driver, whose one device is memory of the processor and runs no kernel.
 * ICRL_STAND_IN says what is wrong with it. What is not defined here but asked for is made by
 * stand-in-driver.ts: it succeeds, and does nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
  kSuccess = 0, kOutOfMemory = 2, kUnavailable = 46, kNoDevice = 100, kNoBinary = 209,
  kUnsupportedPtx = 222, kIllegalAddress = 700
};
static const size_t kAll = (size_t)8 << 30;
/** What another process leaves of the card. */
static const size_t kLeft = (size_t)100 << 20;
static size_t held;
static int isLost;

static int isWrong(const char* what) {
  const char* wrong = getenv("ICRL_STAND_IN");
  return wrong && strcmp(wrong, what) == 0;
}
/** A lost device answers everything with the error that lost it. */
static int alive(void) { return isLost ? kIllegalAddress : kSuccess; }

int cuInit(unsigned flags) { (void)flags; return isWrong("no device") ? kNoDevice : kSuccess; }
int cuDeviceGetCount(int* count) {
  *count = isWrong("no device") ? 0 : 1;
  return isWrong("no device") ? kNoDevice : kSuccess;
}
int cuDeviceGet(int* device, int ordinal) { *device = ordinal; return kSuccess; }
int cuDeviceGetName(char* name, int size, int device) {
  (void)device;
  strncpy(name, "stand-in", (size_t)size);
  return kSuccess;
}
int cuDeviceGetAttribute(int* value, int which, int device) {
  (void)device;
  const int isOld = isWrong("wrong architecture");
  *value = which == 75 ? (isOld ? 7 : 9) : which == 76 ? (isOld ? 5 : 0) : which == 97 ? 227 << 10 : 0;
  return kSuccess;
}
int cuDeviceTotalMem_v2(size_t* bytes, int device) { (void)device; *bytes = kAll; return kSuccess; }
int cuDevicePrimaryCtxRetain(void** context, int device) {
  (void)device;
  *context = &held;
  return isWrong("full at the start") ? kOutOfMemory : isWrong("taken") ? kUnavailable : kSuccess;
}
int cuModuleLoadData(void** module, const void* code) {
  (void)code;
  *module = &held;
  return isWrong("wrong architecture") ? kNoBinary : isWrong("old for the code") ? kUnsupportedPtx : kSuccess;
}
int cuModuleGetFunction(void** function, void* module, const char* name) {
  (void)module, (void)name;
  *function = &held;
  return kSuccess;
}
int cuStreamCreate(void** stream, unsigned flags) { (void)flags; *stream = &held; return kSuccess; }
int cuMemGetInfo_v2(size_t* free_bytes, size_t* total) {
  *total = kAll;
  *free_bytes = (isWrong("full") ? kLeft : kAll) - held;
  return alive();
}
int cuMemAlloc_v2(unsigned long long* address, size_t bytes) {
  if (isLost) return kIllegalAddress;
  if (bytes > (isWrong("full") ? kLeft : kAll) - held) return kOutOfMemory;
  size_t* memory = malloc(bytes + 64);
  if (!memory) return kOutOfMemory;
  *memory = bytes;
  held += bytes;
  *address = (uintptr_t)(memory + 8);
  return kSuccess;
}
int cuMemFree_v2(unsigned long long address) {
  if (isLost) return kIllegalAddress;
  size_t* memory = (size_t*)(uintptr_t)address - 8;
  held -= *memory;
  free(memory);
  return kSuccess;
}
int cuMemcpyHtoDAsync_v2(unsigned long long to, const void* from, size_t bytes, void* stream) {
  (void)stream;
  if (!isLost) memcpy((void*)(uintptr_t)to, from, bytes);
  return alive();
}
int cuMemcpyDtoHAsync_v2(void* to, unsigned long long from, size_t bytes, void* stream) {
  (void)stream;
  if (!isLost) memcpy(to, (void*)(uintptr_t)from, bytes);
  return alive();
}
int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from, size_t bytes, void* stream) {
  (void)stream;
  if (!isLost) memcpy((void*)(uintptr_t)to, (void*)(uintptr_t)from, bytes);
  return alive();
}
/** As on a GPU, what a kernel does wrong is known to a later call. */
int cuLaunchKernel(void* function, unsigned x, unsigned y, unsigned z, unsigned bx, unsigned by,
                   unsigned bz, unsigned shared, void* stream, void** parameters, void** extra) {
  (void)function, (void)x, (void)y, (void)z, (void)bx, (void)by, (void)bz, (void)shared;
  (void)stream, (void)parameters, (void)extra;
  const int before = alive();
  if (isWrong("sticky")) isLost = 1;
  return before;
}
int cuStreamSynchronize(void* stream) { (void)stream; return alive(); }
int cuGetErrorName(int error, const char** name) {
  *name = error == kOutOfMemory      ? "CUDA_ERROR_OUT_OF_MEMORY"
          : error == kUnavailable    ? "CUDA_ERROR_DEVICE_UNAVAILABLE"
          : error == kNoDevice       ? "CUDA_ERROR_NO_DEVICE"
          : error == kNoBinary       ? "CUDA_ERROR_NO_BINARY_FOR_GPU"
          : error == kUnsupportedPtx ? "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"
          : error == kIllegalAddress ? "CUDA_ERROR_ILLEGAL_ADDRESS"
                                     : "CUDA_ERROR_UNKNOWN";
  return kSuccess;
}
int cuGetErrorString(int error, const char** text) { (void)error; *text = NULL; return kSuccess; }
