// ThreadSanitizer, where it is compiled in, takes each fiber for a thread, so that it finds what a
// kernel's threads write and read without a barrier in between. What is ICRL_MODEL is the model's
// own, which it must not look at.
#pragma once
#include <cstddef>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define ICRL_MODEL __attribute__((no_sanitize("thread")))
#else
#define ICRL_MODEL
#endif

namespace shim {

#if defined(__SANITIZE_THREAD__)
// A report takes more of the stack than a kernel.
constexpr size_t kStack = 256 << 10;
using Observed = void*;
inline Observed observe_fiber() { return __tsan_create_fiber(0); }
inline Observed observed() { return __tsan_get_current_fiber(); }
inline void observe_switch(Observed to) {
  __tsan_switch_to_fiber(to, __tsan_switch_to_fiber_no_sync);
}
/** What came before `before(place)` in one thread comes before what follows `after(place)`. */
inline void before(void* place) { __tsan_release(place); }
inline void after(void* place) { __tsan_acquire(place); }
#else
constexpr size_t kStack = 64 << 10;
struct Observed {};
inline Observed observe_fiber() { return {}; }
inline Observed observed() { return {}; }
inline void observe_switch(Observed) {}
inline void before(void*) {}
inline void after(void*) {}
#endif

}  // namespace shim
