#pragma once

struct OpTable;

/** One instruction set this binary has kernels for, and whether this machine can run them. */
struct InstructionSet {
  const char* name;
  const OpTable* table;
  bool available;
};

/** Slowest first. */
const InstructionSet* instruction_sets();
int instruction_set_count();
