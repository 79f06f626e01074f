import { join } from 'node:path'
import { decodeSample, type Sample, runLayout, stepFile } from '@icrl/core'
import { readJsonLines } from './read-json-lines.ts'

/** The texts a run stores beside a sample's ids, for people. */
export interface SampleTexts {
  /** The prompt that it was sampled under, decoded. */
  readonly sampledUnder: string
  /** Missing if it is the same prompt as `sampledUnder`. */
  readonly trainedUnder?: string
  /** What was said, decoded. */
  readonly response: string
  /** The task's reference answer, if it has one. */
  readonly answer?: string
}

/** A sample as a run folder holds it. */
export interface StoredSample extends Sample {
  /** Its prompt and response, decoded. */
  readonly texts?: SampleTexts
}

/**
 * The samples of one stored step, in key order, one at a time.
 *
 * @throws `missing-file`; `corrupt-file` naming file and line.
 * @example
 * for await (const { id, reward, texts } of readSamples('runs/first', 12))
 *   console.log(id, reward, texts?.response)
 */
export function readSamples(
  directory: string,
  step: number,
): AsyncGenerator<StoredSample, void, undefined> {
  return readJsonLines(join(runLayout(directory).samples, stepFile(step)), {
    parse: (line): StoredSample => decodeSample(line),
  })
}
