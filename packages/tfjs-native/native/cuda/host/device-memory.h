// The open device, memory for the length of one op, and launches by what they cover.
#pragma once
#include <vector>

#include "../device.h"

namespace icrl_gpu {

/** The open device; throws DeviceError before there is one. */
Device& device();
void set_device(std::unique_ptr<Device> device);

/** What the device was asked to do so far. */
struct Work {
  /** Of kernels one by one, and of recorded lists. */
  size_t launches, graph_launches;
  /** Lists that were recorded, and copies from the processor's memory. */
  size_t recorded, uploads;
};
extern Work work;

void upload(void* to, const void* from, size_t bytes);
/** Launches a kernel, or keeps the launch where launches are collected. */
void submit(const Launch& launch, const void* args, size_t bytes);
/** While it lives, launches go into a list and are not made; then nothing can be uploaded. */
class Collecting {
 public:
  explicit Collecting(LaunchList& to);
  Collecting(const Collecting&) = delete;
  ~Collecting();
};

/** Bytes of working memory held between ops. */
size_t working_bytes();
/** Gives them back, and first drops the steps that were recorded with them. */
void release_working();

/**
 * Memory of the device that is free again where its taker's scope ends. Within the scope of
 * another, that one takes none until it has ended.
 */
class Working {
 public:
  Working();
  Working(const Working&) = delete;
  ~Working();

  template <typename T>
  T* take(size_t count) {
    return static_cast<T*>(take_bytes(count * sizeof(T)));
  }
  /** A copy of host memory. */
  template <typename T>
  T* put(const T* from, size_t count) {
    T* to = take<T>(count);
    if (count > 0) upload(to, from, count * sizeof(T));
    return to;
  }

 private:
  void* take_bytes(size_t bytes);

  std::vector<size_t> used_;  // of each chunk, by those around this one
};

template <typename A>
void launch(const Kernel<A>& kernel, const Grid& grid, A args, size_t shared = 0) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  clear_padding(args);
  submit({kernel.index, grid, kernel.threads, shared}, &args, sizeof args);
}

inline size_t blocks_of(size_t count, size_t each) { return (count + each - 1) / each; }

/** A thread each. */
template <typename A>
void launch_threads(const Kernel<A>& kernel, size_t count, const A& args) {
  launch(kernel, {blocks_of(count, kernel.threads)}, args);
}
/** A half-warp each. */
template <typename A>
void launch_half_warps(const Kernel<A>& kernel, size_t count, const A& args) {
  launch(kernel, {blocks_of(count * 16, kernel.threads)}, args);
}
/** A half-warp for sixteen elements. */
template <typename A>
void launch_vectors(const Kernel<A>& kernel, size_t elements, const A& args) {
  launch_half_warps(kernel, blocks_of(elements, 16), args);
}

}  // namespace icrl_gpu
