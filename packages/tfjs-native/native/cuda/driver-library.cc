#include "driver-library.h"

#include <cstdio>

#include "device.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace driver_library {

#ifdef _WIN32
const char* const kName = "nvcuda.dll";
void* open(std::string& why) {
  void* library = reinterpret_cast<void*>(LoadLibraryA(kName));
  if (!library) why = std::string(kName) + " was not found";
  return library;
}
void* symbol(void* library, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(reinterpret_cast<HMODULE>(library), name));
}
#else
const char* const kName = "libcuda.so.1";
void* open(std::string& why) {
  void* library = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  if (!library) why = dlerror();
  return library;
}
void* symbol(void* library, const char* name) { return dlsym(library, name); }
#endif

std::vector<char> code_of(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) throw DeviceError("the code of the kernels (" + path + ") cannot be read");
  std::vector<char> bytes;
  char part[1 << 16];
  for (size_t n; (n = std::fread(part, 1, sizeof part, file)) > 0;)
    bytes.insert(bytes.end(), part, part + n);
  std::fclose(file);
  return bytes;
}

std::string architecture_of(int major, int minor) {
  return "sm_" + std::to_string(major) + std::to_string(minor);
}

}  // namespace driver_library
