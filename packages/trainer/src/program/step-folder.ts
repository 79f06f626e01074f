import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, type Json } from '@icrl/core'
import { makeFolder, syncFolder, syncTree, writeDurably, writing } from '../run/durable-files.ts'
import { canonicalJson, differences } from '../run/json-text.ts'
import { startStopwatch } from '../step/stopwatch.ts'
import type { ProgramStep, StepKind } from './program-options.ts'

/** In a step's folder, the file that completes it. */
const RECORD = 'step.json'
/** Begins the names of folders that are being written. */
const UNFINISHED = '.tmp-'

/** What `step.json` holds: the step is finished. */
export interface StepRecord {
  readonly step: ProgramStep
  /** Everything that decides what the step did. */
  readonly options: Json
  readonly result: Json
}

/** A step that begins. */
export interface Step {
  readonly name: string
  readonly kind: StepKind
  readonly folder: string
  /** Names the step's draws. */
  readonly seed: number
}

/** How a step ended. */
export interface Ended {
  readonly record: StepRecord
  /** True if it had been finished before. */
  readonly skipped: boolean
}

/**
 * Refuses a name that is no folder's name on every system.
 *
 * @throws `invalid-option`
 */
export function checkStepName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9 _-]{0,98}[A-Za-z0-9_-]$|^[A-Za-z0-9]$/.test(name)) return
  throw new IcrlError(`program: a step cannot be called ${JSON.stringify(name)}.`, {
    code: 'invalid-option',
    remedy:
      'The name is that of its folder: letters, digits, spaces, - and _, at most 100, and no space at an end.',
  })
}

/**
 * Reads what completed a step; undefined if it is not finished.
 *
 * @throws `corrupt-file`
 */
export async function readStep(folder: string): Promise<StepRecord | undefined> {
  const path = join(folder, RECORD)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as StepRecord
  } catch (cause) {
    throw new IcrlError(`${path} is not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Restore it, or delete the folder of the step, which is then run again.',
      cause,
    })
  }
}

/** Completes a step whose folder is written already. */
export async function completeStep(folder: string, record: StepRecord): Promise<void> {
  await writeDurably(join(folder, RECORD), textOf(record))
}

/** What a step that is written whole made. */
export interface Written {
  readonly tokens?: Pick<ProgramStep, 'tokens_sampled' | 'tokens_untrained'>
  readonly result?: Json
}

/**
 * A step whose folder is written whole or not at all: done, or, if it was done before, read back.
 *
 * @param write writes the step's files into the folder that it is given
 * @throws `run-conflict` if it ran with other options, `corrupt-file`, `write-failed`
 */
export async function wholeStep(
  { name, kind, folder }: Step,
  given: Readonly<Record<string, Json>>,
  write: (folder: string) => Promise<Written>,
): Promise<Ended> {
  const options = { kind, ...given }
  const done = await readStep(folder)
  if (done) {
    checkSameOptions(folder, done.options, options)
    return { record: done, skipped: true }
  }
  if (await exists(folder))
    throw new IcrlError(`${folder} holds a training step that has not ended.`, {
      code: 'run-conflict',
      remedy: 'Give this step another name, or delete that folder.',
    })
  const root = join(folder, '..')
  const temporary = join(root, `${UNFINISHED}step`)
  const watch = startStopwatch()
  await writing(folder, () => rm(temporary, { recursive: true, force: true }))
  await makeFolder(temporary)
  const { tokens, result = null } = await writing(folder, () => write(temporary))
  const step = { name, kind, ...tokens, wall_seconds: inMilliseconds(watch.total()) }
  const record = { step, options, result }
  await writing(folder, async () => {
    await completeStep(temporary, record)
    await syncTree(temporary)
    await rename(temporary, folder)
    await syncFolder(root)
  })
  return { record, skipped: false }
}

/** Removes what a killed program left half-written in its own folder. */
export async function removeUnfinished(directory: string, lock: string): Promise<void> {
  for (const entry of await readdir(directory))
    if (entry.includes(UNFINISHED) && !entry.startsWith(lock))
      await writing(directory, () => rm(join(directory, entry), { recursive: true, force: true }))
}

/** Options of a step that change no byte of what it makes. */
const MAY_CHANGE: readonly string[] = ['concurrency', 'checkpoints']

/**
 * Refuses to go on with a step under other options.
 *
 * @throws `run-conflict` listing every difference
 */
export function checkSameOptions(folder: string, stored: Json, given: Json): void {
  const changes = differences(comparable(stored), comparable(given))
  if (changes.length === 0) return
  throw new IcrlError(
    `it ran with other options:\n${changes.map((change) => `  ${change}`).join('\n')}\n`,
    {
      code: 'run-conflict',
      remedy: `Give it the options it ran with, or another name. To run it again, delete ${folder}.`,
    },
  )
}

/** SHA-256 of a text, as it is stored. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function inMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

function comparable(options: Json): Json {
  return Object.fromEntries(
    Object.entries((options ?? {}) as Readonly<Record<string, Json>>).filter(
      ([name]) => !MAY_CHANGE.includes(name),
    ),
  )
}

function textOf({ step, options, result }: StepRecord): string {
  const json = { step: { ...step }, options, result } as unknown as Json
  return `${canonicalJson(json, 2)}\n`
}
