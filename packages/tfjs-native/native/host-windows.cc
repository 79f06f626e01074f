// On Windows an addon linked to node.exe does not load into a host of another name. So it is linked
// to none: Node-API is looked up in the running program, and these functions pass calls on.
#ifdef _WIN32
#include <windows.h>

#include <cstdint>

#define NAPI_EXTERN
#include <node_api.h>

#include "host.h"

namespace {

template <typename Function>
Function* host_function(const char* name) {
  return reinterpret_cast<Function*>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(nullptr), name)));
}

}  // namespace

void stay_loaded() {
  HMODULE module;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&stay_loaded), &module);
}

#define ICRL_FORWARD(name, parameters, arguments)                           \
  napi_status NAPI_CDECL name parameters {                                  \
    static const auto function = host_function<decltype(name)>(#name);      \
    return function == nullptr ? napi_generic_failure : function arguments; \
  }

extern "C" {
ICRL_FORWARD(napi_create_array, (napi_env env, napi_value* result), (env, result))
ICRL_FORWARD(napi_create_arraybuffer, (napi_env env, size_t bytes, void** data, napi_value* result),
             (env, bytes, data, result))
ICRL_FORWARD(napi_create_async_work,
             (napi_env env, napi_value resource, napi_value name,
              napi_async_execute_callback execute, napi_async_complete_callback complete,
              void* data, napi_async_work* result),
             (env, resource, name, execute, complete, data, result))
ICRL_FORWARD(napi_create_double, (napi_env env, double value, napi_value* result),
             (env, value, result))
ICRL_FORWARD(napi_create_error,
             (napi_env env, napi_value code, napi_value message, napi_value* result),
             (env, code, message, result))
ICRL_FORWARD(napi_create_function,
             (napi_env env, const char* name, size_t length, napi_callback call, void* data,
              napi_value* result),
             (env, name, length, call, data, result))
ICRL_FORWARD(napi_create_object, (napi_env env, napi_value* result), (env, result))
ICRL_FORWARD(napi_create_promise, (napi_env env, napi_deferred* deferred, napi_value* promise),
             (env, deferred, promise))
ICRL_FORWARD(napi_create_reference,
             (napi_env env, napi_value value, uint32_t count, napi_ref* result),
             (env, value, count, result))
ICRL_FORWARD(napi_create_string_utf8,
             (napi_env env, const char* text, size_t length, napi_value* result),
             (env, text, length, result))
ICRL_FORWARD(napi_create_typedarray,
             (napi_env env, napi_typedarray_type type, size_t length, napi_value buffer,
              size_t offset, napi_value* result),
             (env, type, length, buffer, offset, result))
ICRL_FORWARD(napi_delete_async_work, (napi_env env, napi_async_work work), (env, work))
ICRL_FORWARD(napi_delete_reference, (node_api_basic_env env, napi_ref reference), (env, reference))
ICRL_FORWARD(napi_detach_arraybuffer, (napi_env env, napi_value buffer), (env, buffer))
ICRL_FORWARD(napi_get_arraybuffer_info,
             (napi_env env, napi_value buffer, void** data, size_t* bytes),
             (env, buffer, data, bytes))
ICRL_FORWARD(napi_get_cb_info,
             (napi_env env, napi_callback_info info, size_t* count, napi_value* arguments,
              napi_value* self, void** data),
             (env, info, count, arguments, self, data))
ICRL_FORWARD(napi_get_instance_data, (node_api_basic_env env, void** data), (env, data))
ICRL_FORWARD(napi_get_typedarray_info,
             (napi_env env, napi_value array, napi_typedarray_type* type, size_t* length,
              void** data, napi_value* buffer, size_t* offset),
             (env, array, type, length, data, buffer, offset))
ICRL_FORWARD(napi_get_undefined, (napi_env env, napi_value* result), (env, result))
ICRL_FORWARD(napi_get_value_double, (napi_env env, napi_value value, double* result),
             (env, value, result))
ICRL_FORWARD(napi_get_value_string_utf8,
             (napi_env env, napi_value value, char* text, size_t size, size_t* length),
             (env, value, text, size, length))
ICRL_FORWARD(napi_queue_async_work, (node_api_basic_env env, napi_async_work work), (env, work))
ICRL_FORWARD(napi_reject_deferred, (napi_env env, napi_deferred deferred, napi_value reason),
             (env, deferred, reason))
ICRL_FORWARD(napi_resolve_deferred, (napi_env env, napi_deferred deferred, napi_value value),
             (env, deferred, value))
ICRL_FORWARD(napi_set_element, (napi_env env, napi_value object, uint32_t index, napi_value value),
             (env, object, index, value))
ICRL_FORWARD(napi_set_instance_data,
             (node_api_basic_env env, void* data, napi_finalize finish, void* hint),
             (env, data, finish, hint))
ICRL_FORWARD(napi_set_named_property,
             (napi_env env, napi_value object, const char* name, napi_value value),
             (env, object, name, value))
ICRL_FORWARD(napi_throw_error, (napi_env env, const char* code, const char* message),
             (env, code, message))
ICRL_FORWARD(napi_throw_type_error, (napi_env env, const char* code, const char* message),
             (env, code, message))
}
#endif
