import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError } from '@icrl/core'
import { z } from 'zod'

const FILE = 'tinker.json'

/** What a checkpoint's folder holds: the weights stay on the server, under a path. */
export interface TinkerCheckpoint {
  readonly format: 1
  /** Where the weights are kept. */
  readonly url: string
  readonly model: string
  readonly rank: number
  readonly path: string
  /** Updates and restarts of the policy, of which its version is made. */
  readonly updates: number
  readonly restarts: number
  /** Absent: the weights alone were saved. */
  readonly optimizer?: { readonly steps: number }
  /** Steps that the server counts for these weights. */
  readonly serverSteps: number
  /** Log-probabilities of a fixed sequence: weights that give others are not those that were saved. */
  readonly fingerprint: readonly number[]
}

const checkpoint: z.ZodType<TinkerCheckpoint> = z.object({
  format: z.literal(1),
  url: z.string(),
  model: z.string(),
  rank: z.int(),
  path: z.string(),
  updates: z.int(),
  restarts: z.int(),
  optimizer: z.object({ steps: z.int() }).optional(),
  serverSteps: z.int(),
  fingerprint: z.array(z.number()),
})

/** @throws IcrlError `write-failed` */
export async function writeCheckpoint(directory: string, saved: TinkerCheckpoint): Promise<void> {
  const path = join(directory, FILE)
  try {
    await mkdir(directory, { recursive: true })
    await writeFile(`${path}.part`, `${JSON.stringify(saved, null, 2)}\n`)
    await rename(`${path}.part`, path)
  } catch (cause) {
    throw new IcrlError(`${path} could not be written.`, {
      code: 'write-failed',
      remedy: 'Look at the disk and its permissions.',
      cause,
    })
  }
}

/** @throws IcrlError `missing-file`, `corrupt-file` */
export async function readCheckpoint(directory: string): Promise<TinkerCheckpoint> {
  const path = join(directory, FILE)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new IcrlError(`${path} cannot be read.`, {
      code: 'missing-file',
      remedy: 'Load what `save` of a Tinker policy wrote.',
      cause,
    })
  })
  try {
    return checkpoint.parse(JSON.parse(text))
  } catch (cause) {
    throw new IcrlError(`${path} is no checkpoint of a Tinker policy.`, {
      code: 'corrupt-file',
      remedy: 'Load another checkpoint.',
      cause,
    })
  }
}
