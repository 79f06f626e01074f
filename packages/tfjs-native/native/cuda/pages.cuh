// Rows into the pages of a cache.
#pragma once
#include "kernel.h"
#include "tensor-core.cuh"

namespace icrl_cuda {

ICRL_KERNEL(write_pages, write_pages_parameters, 256) {
  const size_t i = thread_index();
  if (i >= a.count * a.width) return;
  const size_t m = i / a.width, column = i % a.width;
  if (a.places[m] < 0) return;
  const CachePage page = a.pages[a.places[m]];
  const size_t from = (a.from ? static_cast<size_t>(a.from[m]) : m) * a.width + column,
               row = static_cast<size_t>(a.rows[m]);
  if (a.bf16) {
    const size_t to = row * page_stride(a.width) + column;
    static_cast<uint16_t*>(page.keys)[to] = static_cast<uint16_t>(to_bf16s(a.key[from], 0.0f));
    static_cast<uint16_t*>(page.values)[to] = static_cast<uint16_t>(to_bf16s(a.value[from], 0.0f));
  } else {
    const size_t to = row * a.width + column;
    static_cast<float*>(page.keys)[to] = a.key[from];
    static_cast<float*>(page.values)[to] = a.value[from];
  }
}

}  // namespace icrl_cuda
