#include "recorded-steps.h"

#include <cstdlib>
#include <list>

namespace icrl_gpu {

namespace {

struct Entry {
  std::vector<double> key;
  RecordedStep step;
};

/** A sampler needs one for each number of rows, and doubles the pages of its sequences at times. */
constexpr size_t kMostSteps = 64;

std::list<Entry> steps;  // the one used last comes first
std::string failure;     // of the first that could not be recorded

/** Whether graphs are switched off. */
bool switched_off() {
  const char* chosen = std::getenv("ICRL_CUDA_GRAPHS");
  if (!chosen || !*chosen) return false;
  if (std::string(chosen) == "off") return true;
  throw DeviceError(std::string("ICRL_CUDA_GRAPHS is ") + chosen + "; it can be off or nothing");
}

}  // namespace

std::string why_no_graphs() {
  if (switched_off()) return "ICRL_CUDA_GRAPHS is off";
  if (!failure.empty()) return failure;
  return device().why_no_graphs();
}

void RecordedStep::run() {
  // A kernel's first launch may load its code, which cannot be recorded.
  if (!graph_ && ran_ && why_no_graphs().empty()) {
    try {
      graph_ = device().record(launches);
      work.recorded++;
    } catch (const DeviceError& error) {
      failure = error.what();
    }
  }
  ran_ = true;
  if (graph_ && !switched_off()) {
    work.graph_launches++;
    return device().launch(*graph_);
  }
  launches.each([](const Launch& launch, const void* args) { submit(launch, args, 0); });
}

RecordedStep& recorded_step(const std::vector<double>& key,
                            const std::function<void(Working&, RecordedStep&)>& collect) {
  for (auto entry = steps.begin(); entry != steps.end(); entry++) {
    if (entry->key != key) continue;
    steps.splice(steps.begin(), steps, entry);
    return steps.front().step;
  }
  Entry fresh;
  fresh.key = key;
  {
    Working working;
    Collecting collecting(fresh.step.launches);
    collect(working, fresh.step);
  }
  if (steps.size() == kMostSteps) steps.pop_back();
  steps.push_front(std::move(fresh));
  return steps.front().step;
}

void drop_recorded_steps() { steps.clear(); }

void forget_recorded_steps() {
  drop_recorded_steps();
  failure.clear();
}

}  // namespace icrl_gpu
