// Steps that are repeated with the same launches: the device records them, where it can, and makes
// them with one call.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "device-memory.h"

namespace icrl_gpu {

/**
 * A step and its working memory. What it names is the memory of ops (`Working`), which others use
 * between steps: only within one op does it keep what a step leaves there.
 */
class RecordedStep {
 public:
  /** Makes the launches: as a graph from the second time on, if the device records them. */
  void run();

  LaunchList launches;
  DecodeRows rows{};
  CachePage* pages = nullptr;

 private:
  std::unique_ptr<Graph> graph_;
  bool ran_ = false;
};

/**
 * The step whose launches depend on `key` alone. If there is none, `collect` takes its memory and
 * makes its launches, which are kept.
 */
RecordedStep& recorded_step(const std::vector<double>& key,
                            const std::function<void(Working&, RecordedStep&)>& collect);
void drop_recorded_steps();
/** Drops them before another device is opened, and what kept the old one from recording. */
void forget_recorded_steps();

/** Why steps are launched kernel by kernel; empty if they are recorded. */
std::string why_no_graphs();

}  // namespace icrl_gpu
