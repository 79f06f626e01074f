#include "rotary-table.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <vector>

struct RotaryTable {
  std::vector<float> frequencies;
  std::vector<float> dense;  // positions 0, 1, …, [position][cosines, sines]
  std::unordered_map<int32_t, std::vector<float>> others;  // beyond the dense part, or negative

  size_t half() const { return frequencies.size(); }
  int32_t covered() const {
    return half() == 0 ? 0 : static_cast<int32_t>(dense.size() / (2 * half()));
  }
};

namespace {

constexpr int32_t kDenseLimit = 1 << 16;
constexpr size_t kTablesKept = 8;

/** Taylor series: with |r| ≤ π/4 the first term left out is below double precision. */
double sine_near_zero(double r) {
  const double s = r * r;
  double p = 1.0 / 355687428096000.0;
  for (const double c : {-1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0,
                         1.0 / 362880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0, 1.0})
    p = p * s + c;
  return p * r;
}

double cosine_near_zero(double r) {
  const double s = r * r;
  double p = 1.0 / 20922789888000.0;
  for (const double c : {-1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0,
                         -1.0 / 720.0, 1.0 / 24.0, -1.0 / 2.0, 1.0})
    p = p * s + c;
  return p;
}

/**
 * Subtracts multiples of π/2 in three parts of 33 bits, so that a quadrant number below 2²⁰ times a
 * part is exact.
 */
void cosine_and_sine(float angle, float* cosine, float* sine) {
  const double x = angle;
  const double quadrant = std::floor(x * 0.63661977236758134308 + 0.5);
  const double r =
      ((x - quadrant * 1.57079632673412561417) - quadrant * 6.07710050630396597660e-11) -
      quadrant * 2.02226624879595063154e-21;
  const double s = sine_near_zero(r), c = cosine_near_zero(r);
  const int turn = static_cast<int>(quadrant - 4 * std::floor(quadrant / 4));
  const double cosines[4] = {c, -s, -c, s}, sines[4] = {s, c, -s, -c};
  *cosine = static_cast<float>(cosines[turn]);
  *sine = static_cast<float>(sines[turn]);
}

void fill_row(const std::vector<float>& frequencies, int32_t position, float* row) {
  const size_t half = frequencies.size();
  for (size_t i = 0; i < half; i++) {
    const float angle = static_cast<float>(position) * frequencies[i];
    cosine_and_sine(angle, row + i, row + half + i);
  }
}

std::mutex mutex;
std::vector<std::shared_ptr<const RotaryTable>> tables;  // most recently used last

bool covers(const RotaryTable& table, const int32_t* positions, size_t count) {
  const int32_t covered = table.covered();
  return std::all_of(positions, positions + count, [&](int32_t p) {
    return (p >= 0 && p < covered) || table.others.count(p) > 0;
  });
}

std::shared_ptr<const RotaryTable> extended(const RotaryTable* old, const float* frequencies,
                                            size_t half, const int32_t* positions, size_t count) {
  auto table = std::make_shared<RotaryTable>();
  table->frequencies.assign(frequencies, frequencies + half);
  if (old) table->dense = old->dense;
  int32_t needed = 0;
  for (size_t i = 0; i < count; i++)
    if (positions[i] < kDenseLimit) needed = std::max(needed, positions[i] + 1);
  int32_t size = std::max(table->covered(), 64);
  while (size < needed) size *= 2;
  const int32_t covered = table->covered();
  table->dense.resize(static_cast<size_t>(size) * 2 * half);
  for (int32_t p = covered; p < size; p++)
    fill_row(table->frequencies, p, table->dense.data() + static_cast<size_t>(p) * 2 * half);
  for (size_t i = 0; i < count; i++) {
    if (positions[i] >= 0 && positions[i] < size) continue;
    std::vector<float>& row = table->others[positions[i]];
    row.resize(2 * half);
    fill_row(table->frequencies, positions[i], row.data());
  }
  return table;
}

}  // namespace

std::shared_ptr<const RotaryTable> rotary_table(const float* frequencies, size_t half,
                                                const int32_t* positions, size_t count) {
  std::lock_guard<std::mutex> lock(mutex);
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& table) {
    return table->half() == half &&
           std::memcmp(table->frequencies.data(), frequencies, half * sizeof(float)) == 0;
  });
  std::shared_ptr<const RotaryTable> table = found == tables.end() ? nullptr : *found;
  if (table && covers(*table, positions, count)) return table;
  std::shared_ptr<const RotaryTable> grown =
      extended(table.get(), frequencies, half, positions, count);
  if (found != tables.end()) tables.erase(found);
  else if (tables.size() == kTablesKept) tables.erase(tables.begin());
  tables.push_back(grown);
  return grown;
}

const float* rotary_row(const RotaryTable& table, int32_t position) {
  if (position >= 0 && position < table.covered())
    return table.dense.data() + static_cast<size_t>(position) * 2 * table.half();
  return table.others.at(position).data();
}
