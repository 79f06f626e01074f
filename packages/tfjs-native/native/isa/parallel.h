// Loops over the thread pool, for lambdas.
#pragma once
#include "vector.h"
#include "../thread-pool.h"

namespace ICRL_NAMESPACE {

template <typename T>
struct RemoveReference {
  using Type = T;
};
template <typename T>
struct RemoveReference<T&> {
  using Type = T;
};

template <typename F>
static void call_task(void* body, size_t index) {
  (*static_cast<F*>(body))(index);
}

/**
 * `body(i)` for i in [0, count), on all threads if `work` (in multiply-adds of a matrix product
 * that take as long) is worth waking them.
 */
template <typename F>
static void parallel_for(size_t count, double work, F&& body) {
  constexpr double kWorthSharing = 400000;
  if (count <= 1 || work < kWorthSharing) {
    for (size_t i = 0; i < count; i++) body(i);
    return;
  }
  using Body = typename RemoveReference<F>::Type;
  run_tasks(count, call_task<Body>, const_cast<void*>(static_cast<const void*>(&body)));
}

/**
 * `body(start, end)` over [0, count) in pieces that are multiples of `grain`; `work_each` is the
 * work per element, in passes over an element in memory.
 */
template <typename F>
static void parallel_ranges(size_t count, size_t grain, double work_each, F&& body) {
  const size_t grains = (count + grain - 1) / grain;
  const size_t wanted = thread_count() * 4;
  const size_t pieces = grains < wanted ? grains : wanted;
  if (pieces == 0) return;
  constexpr double kPass = 6;
  parallel_for(pieces, kPass * work_each * static_cast<double>(count), [&](size_t piece) {
    const size_t start = grains * piece / pieces * grain;
    const size_t end = grains * (piece + 1) / pieces * grain;
    body(start, end < count ? end : count);
  });
}

}  // namespace ICRL_NAMESPACE
