import { decodeSample, IcrlError, runLayout, stepFile } from '@icrl/core'
import { canonicalJson } from './json-text.ts'
import { lineOf } from './metrics-line.ts'
import type { OpenedRun, OpenRunOptions, RunStore } from './run-store.ts'
import { sampleLines } from './sample-lines.ts'

/** A run's files in memory. */
export interface MemoryRun extends RunStore {
  /**
   * Contents by the name that the file has in a run folder, such as `metrics.jsonl` or
   * `samples/step-00012.jsonl`, with the same bytes.
   */
  readonly files: ReadonlyMap<string, string>
}

/**
 * A run in memory, for a browser or a test: its configuration, metrics, samples, evaluations and
 * summary. It keeps no checkpoints and no model: policies save themselves into folders, and the
 * trained ones are in memory anyway. So it begins anew when it is resumed.
 *
 * @returns a store whose `open` throws `run-conflict` if it is open, or holds a run that is not to
 * be resumed
 * @example
 * import { memoryRun, train, type TrainOptions } from '@icrl/trainer'
 * declare const options: TrainOptions
 * const folder = memoryRun()
 * await train({ ...options, folder })
 * console.log(folder.files.get('metrics.jsonl'))
 */
export function memoryRun(): MemoryRun {
  const files = new Map<string, string>()
  let isOpen = false
  return {
    files,
    async open(options) {
      if (isOpen || (files.size > 0 && !options.resume))
        throw new IcrlError(`the memory run ${isOpen ? 'is in use' : 'already holds a run'}.`, {
          code: 'run-conflict',
          remedy: 'Give each run a memoryRun() of its own.',
        })
      isOpen = true
      files.clear()
      return inMemory(files, options, () => (isOpen = false))
    },
  }
}

function inMemory(
  files: Map<string, string>,
  { config }: OpenRunOptions,
  close: () => void,
): OpenedRun {
  const names = runLayout('')
  const set = async (name: string, content: string): Promise<void> => {
    files.set(name, content)
  }
  const append = (name: string, line: string): Promise<void> =>
    set(name, `${files.get(name) ?? ''}${line}`)
  const writeConfig = (): Promise<void> => set(names.config, `${canonicalJson(config, 2)}\n`)
  files.set(names.config, `${canonicalJson(config, 2)}\n`)
  return {
    checkpoint: undefined,
    rewind: async () => [],
    writeConfig,
    writeSamples: (step, samples, of) =>
      set(`${names.samples}/${stepFile(step)}`, sampleLines(samples, of).join('')),
    readSamples: async (step) => {
      const lines = files.get(`${names.samples}/${stepFile(step)}`)?.split('\n') ?? []
      return lines.filter(Boolean).map(decodeSample)
    },
    writeEvaluation: (step, lines) => set(`${names.evaluations}/${stepFile(step)}`, lines.join('')),
    async commitStep(metrics, timing) {
      await append(names.timing, lineOf(timing))
      await append(names.metrics, lineOf(metrics))
    },
    async readCheckpoint(step) {
      throw new IcrlError(`a memory run has no checkpoint of step ${step}.`, {
        code: 'missing-file',
        remedy: 'Give `directory`: a run folder keeps checkpoints.',
      })
    },
    writeCheckpoint: async () => undefined,
    writeModel: async () => undefined,
    writeSummary: (summary) => set(names.summary, `${JSON.stringify(summary, null, 2)}\n`),
    discard: async () => files.clear(),
    [Symbol.asyncDispose]: async () => close(),
  }
}
