const open = new Set<AsyncDisposable>()

/** Disposes of it when the process has nothing left to do: a model that is not unloaded keeps its place. */
export function disposeAtExit(one: AsyncDisposable): void {
  if (open.size === 0) process.once('beforeExit', disposeAll)
  open.add(one)
}

/** It was disposed of. */
export function forget(one: AsyncDisposable): void {
  open.delete(one)
  if (open.size === 0) process.off('beforeExit', disposeAll)
}

function disposeAll(): void {
  for (const one of open) void one[Symbol.asyncDispose]()
}
