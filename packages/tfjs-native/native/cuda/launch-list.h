// Launches that are kept, to be made together and again.
#pragma once
#include <cstring>
#include <vector>

#include "kernels.h"

struct Grid {
  size_t x, y = 1, z = 1;
};

/** A kernel over a grid; its arguments lie elsewhere. */
struct Launch {
  KernelIndex kernel;
  Grid grid;
  unsigned threads;
  size_t shared;
};

/**
 * Zeroes the bytes between the members of a kernel's arguments, so that the model of a GPU can tell
 * an address from what lay there before; not every compiler does it.
 */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define ICRL_CLEARS_PADDING
#endif
#endif
template <typename A>
void clear_padding(A& args) {
#ifdef ICRL_CLEARS_PADDING
  __builtin_clear_padding(&args);
#else
  (void)args;
#endif
}

class LaunchList {
 public:
  void add(const Launch& launch, const void* args, size_t bytes) {
    entries_.push_back({launch, lines_.size()});
    lines_.resize(lines_.size() + (bytes + sizeof(Line) - 1) / sizeof(Line));
    std::memcpy(lines_.data() + entries_.back().line, args, bytes);
  }
  size_t size() const { return entries_.size(); }
  /** `body(launch, args)` for each, in order. */
  template <typename F>
  void each(F&& body) const {
    for (const Entry& entry : entries_)
      body(entry.launch, static_cast<const void*>(lines_.data() + entry.line));
  }

 private:
  /** As aligned as any kernel's arguments. */
  struct alignas(64) Line {
    unsigned char bytes[64];
  };
  struct Entry {
    Launch launch;
    size_t line;
  };

  std::vector<Entry> entries_;
  std::vector<Line> lines_;
};
