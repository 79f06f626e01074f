// Where NVIDIA's driver comes from: a library that is looked for at run time, or, for tests, a
// model of it on the processor.
#pragma once
#include <string>
#include <vector>

namespace driver_library {

/** In messages. */
extern const char* const kName;

/** Null if it is not there; `why` says so. */
void* open(std::string& why);
/** A function of it, or null. */
void* symbol(void* library, const char* name);
/** What `cuModuleLoadData` is to load. */
std::vector<char> code_of(const std::string& path);
/** How a device's architecture is called. */
std::string architecture_of(int major, int minor);

}  // namespace driver_library
