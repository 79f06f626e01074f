// The Node-API surface: `configure`, memory of array buffers, a shared block of arguments, and one
// function per kernel that takes its arguments from there.
#include <node_api.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>

#include "cpu-features.h"
#include "host.h"
#include "ops.h"
#include "scratch.h"
#include "thread-pool.h"

namespace {

constexpr size_t kArguments = 64;
#define ICRL_FITS(name, ...) \
  static_assert(name##_args::argument_count <= kArguments, #name " has too many arguments");
ICRL_OPS(ICRL_FITS)
#undef ICRL_FITS
std::atomic<const OpTable*> active{nullptr};

/** One per JavaScript environment: worker threads load the addon too. */
struct Instance {
  double* arguments = nullptr;
  napi_ref block = nullptr;
};

/** A kernel's name, and the names of its arguments with commas between them. */
struct Description {
  const char *name, *arguments;
};

constexpr Description kOps[] = {
#define ICRL_DESCRIPTION(name, ...) {#name, #__VA_ARGS__},
    ICRL_OPS(ICRL_DESCRIPTION)};
constexpr Description kRecords[] = {ICRL_RECORDS(ICRL_DESCRIPTION)
#undef ICRL_DESCRIPTION
};

napi_value string_of(napi_env env, const char* text) {
  napi_value value;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

napi_value number_of(napi_env env, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  return value;
}

/** Runs a kernel: its arguments are in the shared block, its outputs in memory they point to. */
napi_value run_op(napi_env env, napi_callback_info info) {
  void* index;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &index);
  Instance* instance;
  napi_get_instance_data(env, reinterpret_cast<void**>(&instance));
  try {
    active.load(std::memory_order_relaxed)
        ->ops[reinterpret_cast<uintptr_t>(index)](Args{instance->arguments});
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "ERR_OUT_OF_MEMORY",
                     "icrl native: out of memory for a kernel's working space");
  }
  return nullptr;
}

/**
 * configure(isa, threads): '' takes the best instruction set; → the name of the one in use, or
 * undefined if it cannot run here.
 */
napi_value configure(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  char name[32] = {};
  size_t length;
  double threads = 1;
  napi_get_value_string_utf8(env, arguments[0], name, sizeof name, &length);
  napi_get_value_double(env, arguments[1], &threads);
  const InstructionSet* chosen = nullptr;
  for (int i = 0; i < instruction_set_count(); i++) {
    const InstructionSet& set = instruction_sets()[i];
    if (set.available && (length == 0 || std::strcmp(name, set.name) == 0)) chosen = &set;
  }
  if (chosen == nullptr) return nullptr;
  active.store(chosen->table);
  if (static_cast<size_t>(threads) != thread_count())
    set_thread_count(static_cast<size_t>(threads));
  return string_of(env, chosen->name);
}

/** addressOf(arrayBuffer) → where its bytes are, as a number. */
napi_value address_of(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value buffer;
  void* data = nullptr;
  size_t bytes;
  napi_get_cb_info(env, info, &count, &buffer, nullptr, nullptr);
  if (napi_get_arraybuffer_info(env, buffer, &data, &bytes) != napi_ok)
    napi_throw_type_error(env, nullptr, "icrl native: not an ArrayBuffer");
  return number_of(env, static_cast<double>(reinterpret_cast<uintptr_t>(data)));
}

/**
 * release(arrayBuffer): frees its memory at once, without waiting for garbage collection; its views
 * become empty.
 */
napi_value release(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value buffer;
  napi_get_cb_info(env, info, &count, &buffer, nullptr, nullptr);
  napi_detach_arraybuffer(env, buffer);
  return nullptr;
}

napi_value scratch_in_use(napi_env env, napi_callback_info) {
  return number_of(env, static_cast<double>(scratch_bytes()));
}

void set_function(napi_env env, napi_value object, const char* name, napi_callback callback,
                  uintptr_t data = 0) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, reinterpret_cast<void*>(data),
                       &function);
  napi_set_named_property(env, object, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  stay_loaded();
  Instance* instance = new Instance{};
  napi_set_instance_data(
      env, instance, [](napi_env, void* data, void*) { delete static_cast<Instance*>(data); },
      nullptr);
  napi_value buffer, block, ops, descriptions, sets;
  napi_create_arraybuffer(env, kArguments * sizeof(double),
                          reinterpret_cast<void**>(&instance->arguments), &buffer);
  napi_create_typedarray(env, napi_float64_array, kArguments, buffer, 0, &block);
  napi_create_reference(env, block, 1, &instance->block);
  napi_set_named_property(env, exports, "block", block);
  napi_create_object(env, &ops);
  napi_create_object(env, &descriptions);
  for (uintptr_t i = 0; i < op_count; i++) set_function(env, ops, kOps[i].name, run_op, i);
  for (const auto& [name, arguments] : kOps)
    napi_set_named_property(env, descriptions, name, string_of(env, arguments));
  for (const auto& [name, arguments] : kRecords)
    napi_set_named_property(env, descriptions, name, string_of(env, arguments));
  napi_set_named_property(env, exports, "ops", ops);
  napi_set_named_property(env, exports, "descriptions", descriptions);
  napi_create_array(env, &sets);
  uint32_t found = 0;
  for (int i = 0; i < instruction_set_count(); i++) {
    const InstructionSet& set = instruction_sets()[i];
    if (set.available) napi_set_element(env, sets, found++, string_of(env, set.name));
  }
  napi_set_named_property(env, exports, "instructionSets", sets);
  set_function(env, exports, "configure", configure);
  set_function(env, exports, "addressOf", address_of);
  set_function(env, exports, "release", release);
  set_function(env, exports, "scratchBytes", scratch_in_use);
  return exports;
}
