import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSample, IcrlError, runLayout, stepFile } from '@icrl/core'
import type { StoredSample } from '../read-samples.ts'

/** A stored sample without its tokens, and where it lies in its file. */
export interface SampleEntry {
  readonly id: string
  readonly task: string
  readonly session: number
  readonly role: string
  readonly round: number
  readonly reward: number
  /** Bytes of the file. */
  readonly start: number
  readonly end: number
}

const NEWLINE = 0x0a

/**
 * The samples of a step by their places: the file is read once, and a sample afterwards by its
 * bytes alone.
 *
 * @throws IcrlError `missing-file`, `corrupt-file` naming file and line
 */
export async function indexSamples(directory: string, step: number): Promise<SampleEntry[]> {
  const bytes = await bytesOf(fileOf(directory, step))
  const entries: SampleEntry[] = []
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(NEWLINE, start)
    // A last line without its end is still being written.
    if (found < 0) break
    const { id, keys, reward } = parsed(
      bytes.toString('utf8', start, found),
      fileOf(directory, step),
      entries.length + 1,
    )
    const { task, session, role, round } = keys
    entries.push({ id, task, session, role, round, reward, start, end: found })
    start = found + 1
  }
  return entries
}

/** Reads the samples of these entries. */
export async function readEntries(
  directory: string,
  step: number,
  entries: readonly SampleEntry[],
): Promise<StoredSample[]> {
  const handle = await open(fileOf(directory, step))
  try {
    const samples: StoredSample[] = []
    for (const { start, end } of entries) {
      const bytes = Buffer.alloc(end - start)
      await handle.read(bytes, 0, bytes.length, start)
      samples.push(decodeSample(bytes.toString('utf8')))
    }
    return samples
  } finally {
    await handle.close()
  }
}

const fileOf = (directory: string, step: number): string =>
  join(runLayout(directory).samples, stepFile(step))

async function bytesOf(file: string): Promise<Buffer> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new IcrlError(`${file} cannot be read.`, {
      code: 'missing-file',
      remedy: 'Choose a step whose samples are stored.',
      cause,
    })
  })
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

function parsed(
  line: string,
  file: string,
  number: number,
): Pick<StoredSample, 'id' | 'keys' | 'reward'> {
  try {
    return JSON.parse(line) as StoredSample
  } catch (cause) {
    throw new IcrlError(`${file}, line ${number}: ${(cause as Error).message}.`, {
      code: 'corrupt-file',
      remedy: 'The file was damaged after it was written: restore it from a copy.',
      cause,
    })
  }
}
