// A persistent pool of threads that share numbered tasks. Which thread runs a task never changes a
// result: a task owns its outputs.
#pragma once
#include <cstddef>
#include <cstdint>

using Task = void (*)(void* context, size_t index);

/**
 * Runs `task(context, i)` for i in [0, count) on the pool and the calling thread; returns when all
 * tasks are done.
 */
void run_tasks(size_t count, Task task, void* context);

/** Threads used, the calling one included. */
size_t thread_count();
void set_thread_count(size_t count);
