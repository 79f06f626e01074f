// The Node-API surface of a device: its memory, and the ops by the names and arguments that the
// processor's addon has.
#include <node_api.h>

#include <cstdint>
#include <new>

#include "device.h"
#include "host/device-memory.h"
#include "host/ops.h"
#include "host/products.h"
#include "host/recorded-steps.h"
#include "host/tensor-core-check.h"

namespace {

constexpr size_t kArguments = 64;

struct NamedOp {
  const char* name;
  Op run;
  icrl_gpu::Arithmetic arithmetic;
};
constexpr NamedOp kOps[] = {
#define ICRL_NAMED(name) {#name, icrl_gpu::name, icrl_gpu::Arithmetic::float32},
    ICRL_GPU_OPS(ICRL_NAMED)
#undef ICRL_NAMED
};
constexpr NamedOp kBf16Ops[] = {
#define ICRL_NAMED(name) {#name, icrl_gpu::name, icrl_gpu::Arithmetic::bf16},
    ICRL_GPU_OPS(ICRL_NAMED)
#undef ICRL_NAMED
};

/** A kernel's or record's name, and the names of its arguments with commas between them. */
constexpr const char* kDescriptions[][2] = {
#define ICRL_DESCRIPTION(name, ...) {#name, #__VA_ARGS__},
    ICRL_OPS(ICRL_DESCRIPTION) ICRL_RECORDS(ICRL_DESCRIPTION)
#undef ICRL_DESCRIPTION
};

/** One per JavaScript environment. A device belongs to the one that opened it. */
struct Instance {
  double* arguments = nullptr;
  napi_ref block = nullptr;
};
Instance* owner = nullptr;

napi_value string_of(napi_env env, const std::string& text) {
  napi_value value;
  napi_create_string_utf8(env, text.c_str(), text.size(), &value);
  return value;
}
napi_value number_of(napi_env env, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  return value;
}
napi_value object_of(napi_env env,
                     std::initializer_list<std::pair<const char*, napi_value>> properties) {
  napi_value object;
  napi_create_object(env, &object);
  for (const auto& [name, value] : properties) napi_set_named_property(env, object, name, value);
  return object;
}

double number_at(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return number;
}
void* address_at(napi_env env, napi_value value) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(number_at(env, value)));
}
std::string text_at(napi_env env, napi_value value) {
  char text[4096] = {};
  size_t length = 0;
  napi_get_value_string_utf8(env, value, text, sizeof text, &length);
  return std::string(text, length);
}

/** Of a typed array. */
struct Bytes {
  void* data = nullptr;
  size_t size = 0;
};
Bytes bytes_at(napi_env env, napi_value value) {
  Bytes bytes;
  napi_typedarray_type type;
  size_t length, offset;
  napi_value buffer;
  if (napi_get_typedarray_info(env, value, &type, &length, &bytes.data, &buffer, &offset) !=
      napi_ok)
    throw DeviceError("not a typed array");
  const size_t size =
      type == napi_float64_array                                                            ? 8
      : type == napi_float32_array || type == napi_int32_array || type == napi_uint32_array ? 4
      : type == napi_int16_array || type == napi_uint16_array                               ? 2
                                                                                            : 1;
  bytes.size = length * size;
  return bytes;
}

/** Calls `body(arguments)`; what it throws becomes JavaScript's error. */
template <size_t count, typename F>
napi_value guarded(napi_env env, napi_callback_info info, F&& body) {
  size_t given = count;
  napi_value arguments[count + 1] = {};
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  try {
    return body(arguments);
  } catch (const DeviceError& error) {
    napi_throw_error(env, error.out_of_memory ? "ERR_OUT_OF_MEMORY" : "ERR_DEVICE", error.what());
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "ERR_OUT_OF_MEMORY", "out of memory on the processor's side");
  }
  return nullptr;
}

napi_value run_op(napi_env env, napi_callback_info info) {
  void* op;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &op);
  return guarded<0>(env, info, [&](napi_value*) -> napi_value {
    Instance* self;
    napi_get_instance_data(env, reinterpret_cast<void**>(&self));
    if (owner != self) throw DeviceError("this thread has opened no device");
    const NamedOp& named = *static_cast<const NamedOp*>(op);
    icrl_gpu::set_arithmetic(named.arithmetic);
    named.run(Args{self->arguments});
    return nullptr;
  });
}

/** devices() → `{ devices, why }` */
napi_value devices(napi_env env, napi_callback_info) {
  const DeviceCount found = count_devices();
  return object_of(
      env, {{"devices", number_of(env, found.devices)}, {"why", string_of(env, found.why)}});
}

/** open(ordinal, code) → `{ name, architecture, bytes }` */
napi_value open(napi_env env, napi_callback_info info) {
  return guarded<2>(env, info, [&](napi_value* arguments) {
    Instance* self;
    napi_get_instance_data(env, reinterpret_cast<void**>(&self));
    if (owner && owner != self) throw DeviceError("another thread of this process uses the device");
    std::unique_ptr<Device> device =
        open_device(static_cast<int>(number_at(env, arguments[0])), text_at(env, arguments[1]));
    const DeviceFacts facts = device->facts();
    icrl_gpu::set_device(std::move(device));
    owner = self;
    return object_of(env, {{"name", string_of(env, facts.name)},
                           {"architecture", string_of(env, facts.architecture)},
                           {"bytes", number_of(env, static_cast<double>(facts.bytes))}});
  });
}

/** allocate(bytes) → address */
napi_value allocate(napi_env env, napi_callback_info info) {
  return guarded<1>(env, info, [&](napi_value* arguments) {
    void* memory = icrl_gpu::device().allocate(static_cast<size_t>(number_at(env, arguments[0])));
    return number_of(env, static_cast<double>(reinterpret_cast<uintptr_t>(memory)));
  });
}

/** release(address) */
napi_value release(napi_env env, napi_callback_info info) {
  return guarded<1>(env, info, [&](napi_value* arguments) -> napi_value {
    icrl_gpu::device().release(address_at(env, arguments[0]));
    return nullptr;
  });
}

/** upload(address, typedArray) */
napi_value upload(napi_env env, napi_callback_info info) {
  return guarded<2>(env, info, [&](napi_value* arguments) -> napi_value {
    const Bytes from = bytes_at(env, arguments[1]);
    if (from.size > 0) icrl_gpu::upload(address_at(env, arguments[0]), from.data, from.size);
    return nullptr;
  });
}

/** download(address, typedArray): waits for what was asked before. */
napi_value download(napi_env env, napi_callback_info info) {
  return guarded<2>(env, info, [&](napi_value* arguments) -> napi_value {
    const Bytes to = bytes_at(env, arguments[1]);
    if (to.size > 0) icrl_gpu::device().download(to.data, address_at(env, arguments[0]), to.size);
    return nullptr;
  });
}

/** A read that another thread waits for: of a copy, since kernels asked for later may change it. */
struct LaterDownload {
  napi_async_work work;
  napi_deferred promise;
  napi_ref array;
  Bytes to;
  void* copy;
  std::string failure;
};

void finish_download(napi_env env, napi_status, void* data) {
  const std::unique_ptr<LaterDownload> read(static_cast<LaterDownload*>(data));
  napi_delete_async_work(env, read->work);
  napi_delete_reference(env, read->array);
  try {
    icrl_gpu::device().release(read->copy);
  } catch (const DeviceError& error) {
    if (read->failure.empty()) read->failure = error.what();
  }
  if (read->failure.empty()) {
    napi_value nothing;
    napi_get_undefined(env, &nothing);
    napi_resolve_deferred(env, read->promise, nothing);
    return;
  }
  napi_value error;
  napi_create_error(env, string_of(env, "ERR_DEVICE"), string_of(env, read->failure), &error);
  napi_reject_deferred(env, read->promise, error);
}

/** downloadLater(address, typedArray) → promise; the numbers are those of this moment. */
napi_value download_later(napi_env env, napi_callback_info info) {
  return guarded<2>(env, info, [&](napi_value* arguments) {
    auto read = std::make_unique<LaterDownload>();
    read->to = bytes_at(env, arguments[1]);
    read->copy = icrl_gpu::device().allocate(read->to.size ? read->to.size : 1);
    icrl_gpu::device().copy(read->copy, address_at(env, arguments[0]), read->to.size);
    napi_value promise;
    napi_create_promise(env, &read->promise, &promise);
    napi_create_reference(env, arguments[1], 1, &read->array);
    napi_create_async_work(
        env, nullptr, string_of(env, "icrl download"),
        [](napi_env, void* data) {
          LaterDownload& own = *static_cast<LaterDownload*>(data);
          try {
            icrl_gpu::device().download(own.to.data, own.copy, own.to.size);
          } catch (const DeviceError& error) {
            own.failure = error.what();
          }
        },
        finish_download, read.get(), &read->work);
    napi_queue_async_work(env, read.release()->work);
    return promise;
  });
}

/** checkTensorCores(steps, seed) → `{ outputs, different }` */
napi_value check_tensor_cores(napi_env env, napi_callback_info info) {
  return guarded<2>(env, info, [&](napi_value* arguments) {
    const icrl_gpu::TensorCoreCheck check =
        icrl_gpu::check_tensor_cores(static_cast<size_t>(number_at(env, arguments[0])),
                                     static_cast<uint32_t>(number_at(env, arguments[1])));
    return object_of(env, {{"outputs", number_of(env, static_cast<double>(check.outputs))},
                           {"different", number_of(env, static_cast<double>(check.different))}});
  });
}

/** work() → what the device was asked to do so far, and why steps are not recorded. */
napi_value work(napi_env env, napi_callback_info info) {
  return guarded<0>(env, info, [&](napi_value*) {
    const auto count = [&](size_t number) { return number_of(env, static_cast<double>(number)); };
    const icrl_gpu::Work& done = icrl_gpu::work;
    return object_of(env, {{"launches", count(done.launches)},
                           {"graphLaunches", count(done.graph_launches)},
                           {"recorded", count(done.recorded)},
                           {"uploads", count(done.uploads)},
                           {"whyNoGraphs", string_of(env, icrl_gpu::why_no_graphs())}});
  });
}

napi_value free_bytes(napi_env env, napi_callback_info info) {
  return guarded<0>(env, info, [&](napi_value*) {
    return number_of(env, static_cast<double>(icrl_gpu::device().free_bytes()));
  });
}

napi_value scratch_in_use(napi_env env, napi_callback_info) {
  return number_of(env, static_cast<double>(icrl_gpu::working_bytes()));
}

/** Gives the working memory of ops back. */
napi_value trim(napi_env env, napi_callback_info info) {
  return guarded<0>(env, info, [&](napi_value*) -> napi_value {
    icrl_gpu::release_working();
    return nullptr;
  });
}

/** addressOf(arrayBuffer) → where its bytes are on this machine, as a number. */
napi_value address_of(napi_env env, napi_callback_info info) {
  return guarded<1>(env, info, [&](napi_value* arguments) {
    void* data = nullptr;
    size_t bytes;
    if (napi_get_arraybuffer_info(env, arguments[0], &data, &bytes) != napi_ok)
      throw DeviceError("not an ArrayBuffer");
    return number_of(env, static_cast<double>(reinterpret_cast<uintptr_t>(data)));
  });
}

napi_value function_of(napi_env env, const char* name, napi_callback callback,
                       const void* data = nullptr) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, const_cast<void*>(data), &function);
  return function;
}

}  // namespace

NAPI_MODULE_INIT() {
  Instance* instance = new Instance{};
  napi_set_instance_data(
      env, instance,
      [](napi_env, void* data, void*) {
        if (owner == data) owner = nullptr;
        delete static_cast<Instance*>(data);
      },
      nullptr);
  napi_value buffer, block;
  napi_create_arraybuffer(env, kArguments * sizeof(double),
                          reinterpret_cast<void**>(&instance->arguments), &buffer);
  napi_create_typedarray(env, napi_float64_array, kArguments, buffer, 0, &block);
  napi_create_reference(env, block, 1, &instance->block);
  const napi_value ops = object_of(env, {}), bf16_ops = object_of(env, {}),
                   descriptions = object_of(env, {});
  for (const NamedOp& op : kOps)
    napi_set_named_property(env, ops, op.name, function_of(env, op.name, run_op, &op));
  for (const NamedOp& op : kBf16Ops)
    napi_set_named_property(env, bf16_ops, op.name, function_of(env, op.name, run_op, &op));
  for (const auto& [name, arguments] : kDescriptions)
    napi_set_named_property(env, descriptions, name, string_of(env, arguments));
  napi_set_named_property(env, exports, "block", block);
  napi_set_named_property(env, exports, "ops", ops);
  napi_set_named_property(env, exports, "bf16Ops", bf16_ops);
  napi_set_named_property(env, exports, "descriptions", descriptions);
  const struct {
    const char* name;
    napi_callback callback;
  } functions[] = {{"devices", devices},
                   {"open", open},
                   {"allocate", allocate},
                   {"release", release},
                   {"upload", upload},
                   {"download", download},
                   {"downloadLater", download_later},
                   {"checkTensorCores", check_tensor_cores},
                   {"work", work},
                   {"freeBytes", free_bytes},
                   {"scratchBytes", scratch_in_use},
                   {"trim", trim},
                   {"addressOf", address_of}};
  for (const auto& [name, callback] : functions)
    napi_set_named_property(env, exports, name, function_of(env, name, callback));
  return exports;
}
