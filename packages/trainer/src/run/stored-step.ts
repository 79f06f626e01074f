import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSample, IcrlError, runLayout, stepFile, stepsIn, type Sample } from '@icrl/core'
import { listCheckpoints } from './checkpoint.ts'
import type { Metrics } from '../train-options.ts'

/**
 * Reads a step's samples with what learning added to them.
 *
 * @throws `missing-file` naming the steps whose samples are there; `corrupt-file` naming the line
 */
export async function storedSamples(directory: string, step: number): Promise<Sample[]> {
  const path = join(runLayout(directory).samples, stepFile(step))
  const text = await readFile(path, 'utf8').catch(async (cause: unknown) => {
    const steps = await replayableSteps(directory)
    throw new IcrlError(`replay: there is no ${path}.`, {
      code: 'missing-file',
      remedy: `The samples of every step from the checkpoint on are needed. ${steps.length > 0 ? `Steps that can be computed again: ${inRanges(steps)}.` : 'No step of this run can be computed again.'}`,
      cause,
    })
  })
  return text
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line, i) => parsedLine(path, i, () => decodeSample(line)))
}

/** A sample as it was when it had been rewarded, without what learning added. */
export function asRewarded(sample: Sample): Sample {
  const {
    oldLogprobs: _old,
    referenceLogprobs: _reference,
    advantages: _advantages,
    weights: _weights,
    correction: _correction,
    trainLogprobs: _train,
    ...rewarded
  } = sample
  return rewarded
}

/**
 * A step's line of `metrics.jsonl`.
 *
 * @throws `missing-file` naming the steps that exist; `corrupt-file` naming the line
 */
export async function storedMetrics(directory: string, step: number): Promise<Metrics> {
  const path = runLayout(directory).metrics
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new IcrlError(`replay: ${directory} holds no run: there is no ${path}.`, {
      code: 'missing-file',
      remedy: 'Give the folder of a run.',
      cause,
    })
  })
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => parsedLine(path, i, () => JSON.parse(line) as Metrics))
  const found = lines.find((line) => line.step === step)
  if (found) return found
  throw new IcrlError(`replay: the run has no step ${step}.`, {
    code: 'missing-file',
    remedy: lines.length > 0 ? `It has steps 0 to ${lines.length - 1}.` : 'It has none yet.',
  })
}

function parsedLine<Value>(path: string, index: number, parse: () => Value): Value {
  try {
    return parse()
  } catch (cause) {
    throw new IcrlError(
      `${path}, line ${index + 1}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        code: 'corrupt-file',
        remedy: 'The file was damaged after it was written: restore it.',
        cause,
      },
    )
  }
}

/** Steps whose samples, and those of all steps since the checkpoint before them, are stored. */
async function replayableSteps(directory: string): Promise<number[]> {
  const stored = new Set(stepsIn(await readdir(runLayout(directory).samples).catch(() => [])))
  const checkpoints = await listCheckpoints(directory)
  const needed = (step: number): number[] => {
    const from = checkpoints.findLast((done) => done <= step) ?? 0
    return Array.from({ length: step - from + 1 }, (_, i) => from + i)
  }
  return [...stored]
    .sort((a, b) => a - b)
    .filter((step) => needed(step).every((one) => stored.has(one)))
}

/** Steps in words, such as `0 to 3, 8`. */
function inRanges(steps: readonly number[]): string {
  const firsts = steps.filter((step) => !steps.includes(step - 1))
  const lasts = steps.filter((step) => !steps.includes(step + 1))
  return firsts
    .map((first, i) => (first === lasts[i] ? `${first}` : `${first} to ${lasts[i]}`))
    .join(', ')
}
