import { currentNativeBackend } from '@icrl/tfjs-native'

/** Time and calls of one kernel. */
export interface KernelTime {
  name: string
  calls: number
  milliseconds: number
}

/**
 * Runs `body` with a clock, in seconds, around every native kernel: the time of each, longest
 * first, and of the whole.
 */
export async function profileKernels(
  body: () => Promise<void>,
  now: () => number = () => performance.now() / 1000,
): Promise<{ kernels: KernelTime[]; total: number }> {
  const backend = currentNativeBackend()
  if (backend === undefined)
    throw new Error('profileKernels: the current backend is not native-cpu')
  const ops = backend.native.addon.ops as Record<string, () => void>
  const originals = { ...ops }
  const times = new Map<string, KernelTime>()
  for (const [name, run] of Object.entries(originals)) {
    const entry: KernelTime = { name, calls: 0, milliseconds: 0 }
    times.set(name, entry)
    ops[name] = () => {
      const start = now()
      run()
      entry.milliseconds += (now() - start) * 1000
      entry.calls++
    }
  }
  const start = now()
  try {
    await body()
  } finally {
    Object.assign(ops, originals)
  }
  const total = (now() - start) * 1000
  return {
    kernels: [...times.values()]
      .filter(({ calls }) => calls > 0)
      .sort((a, b) => b.milliseconds - a.milliseconds),
    total,
  }
}
