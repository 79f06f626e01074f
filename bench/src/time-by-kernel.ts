import type { ModelConfig } from '@icrl/backbone'
import { secondsNow } from './clock.ts'
import { kernelWork, type StepRows } from './kernel-work.ts'
import { profileKernels } from './profile-kernels.ts'
import type { Work } from './row.ts'

/** One line of where a step's time goes. */
export interface KernelLine {
  readonly kernel: string
  /** A step. */
  readonly calls: number
  readonly milliseconds: number
  /** Of the whole step's time. */
  readonly part: number
  readonly work?: Work
}

/**
 * Runs a training step so many times: each kernel's time, longest first, then what is left to
 * JavaScript.
 */
export async function timeByKernel(
  config: ModelConfig,
  step: StepRows,
  runs: number,
  run: () => Promise<unknown>,
): Promise<KernelLine[]> {
  const { kernels, total } = await profileKernels(async () => {
    for (let i = 0; i < runs; i++) await run()
  }, secondsNow)
  const lines = kernels.map(({ name, calls, milliseconds }): KernelLine => {
    const once = { name, calls: calls / runs, milliseconds: milliseconds / runs }
    const work = kernelWork(config, step, once)
    return {
      kernel: name,
      calls: once.calls,
      milliseconds: once.milliseconds,
      part: milliseconds / total,
      ...(work === undefined ? {} : { work }),
    }
  })
  const rest = total - kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return [
    ...lines,
    { kernel: 'JavaScript', calls: 0, milliseconds: rest / runs, part: rest / total },
  ]
}
