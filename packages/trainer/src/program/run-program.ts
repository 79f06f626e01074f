import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, isIcrlError, runLayout, type Json } from '@icrl/core'
import { makeFolder, writeDurably, writing } from '../run/durable-files.ts'
import { canonicalJson, differences } from '../run/json-text.ts'
import { readJsonFile } from '../run/read-json-file.ts'
import { takeRunLock } from '../run/run-lock.ts'
import { openLab } from './lab.ts'
import type {
  Lab,
  ProgramOptions,
  ProgramResult,
  ProgramStep,
  ProgramSummary,
} from './program-options.ts'
import { scriptGuard } from './script-guard.ts'
import { removeUnfinished } from './step-folder.ts'
import { unlessIdle } from '../unless-idle.ts'

/** Version of the layout of a program's folder. */
const FORMAT = 1
/** What the program began with, in its folder. */
const PROGRAM_FILE = 'program.json'

/** Runs a program in its folder: what `program` does. */
export async function runProgram(
  options: ProgramOptions,
  script: (lab: Lab) => Promise<void>,
): Promise<ProgramResult> {
  checkOptions(options)
  const { directory, seed } = options
  const guard = scriptGuard(options)
  await using folder = await openFolder(options)
  await using opened = openLab(options, guard, (steps) =>
    folder.writeSummary(summaryOf(seed, steps)),
  )
  const { lab, steps } = opened
  try {
    await unlessIdle('program: the script', script(lab))
    await guard.finish()
  } catch (error) {
    if (!guard.isPaused() || !isIcrlError(error, 'aborted')) {
      await guard.settle()
      if (steps.length === 0) await folder.discard()
      throw error
    }
  }
  const finished = !guard.isPaused()
  const unused = finished ? await foldersBeside(directory, steps) : []
  const summary = { ...summaryOf(seed, steps), ...(unused.length > 0 && { unused }) }
  await folder.writeSummary(summary)
  return { summary, finished }
}

function checkOptions({ policies, seed, maxMinutes }: ProgramOptions): void {
  const refuse = (what: string, remedy: string): never => {
    throw new IcrlError(`program: ${what}`, { code: 'invalid-option', remedy })
  }
  if (!Number.isSafeInteger(seed)) refuse(`seed is ${seed}.`, 'Use an integer.')
  if (maxMinutes !== undefined && !(maxMinutes > 0 && maxMinutes < Infinity))
    refuse(`maxMinutes is ${maxMinutes}.`, 'Use a finite number above 0.')
  if (Object.keys(policies).length === 0)
    refuse('there are no policies.', 'Give the policies that it trains, by name.')
  for (const [name, { capabilities }] of Object.entries(policies))
    if (!capabilities.has('save'))
      throw new IcrlError(`program: policies.${name} cannot be saved.`, {
        code: 'unsupported',
        remedy:
          'Its steps are kept in a folder: use an engine with the capability "save", or train without a program.',
      })
}

/** A program's folder, held by this process until disposed of. */
interface ProgramFolder extends AsyncDisposable {
  writeSummary(summary: ProgramSummary): Promise<void>
  /** Removes a program none of whose steps began, and the folder if this program made it. */
  discard(): Promise<void>
}

/**
 * @throws `run-conflict` if the folder holds a run, a program that is not to be resumed or began
 * with other options, or is being worked on; `corrupt-file`, `write-failed`
 */
async function openFolder({
  directory,
  resume = false,
  ...options
}: ProgramOptions): Promise<ProgramFolder> {
  const existed = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const path = join(directory, PROGRAM_FILE)
  if (existed) await checkFolder(directory, resume)
  await makeFolder(directory)
  const lock = await takeRunLock(directory)
  try {
    await removeUnfinished(directory, runLayout('').lock)
    const stored = await readJsonFile(path, 'program')
    const given = beginning(options)
    if (stored !== undefined) checkSame(directory, stored, given)
    await writeDurably(path, `${canonicalJson(given, 2)}\n`)
    return {
      writeSummary: (summary) =>
        writeDurably(runLayout(directory).summary, `${JSON.stringify(summary, null, 2)}\n`),
      async discard() {
        if (
          stored !== undefined ||
          (await readdir(directory, { withFileTypes: true })).some((entry) => entry.isDirectory())
        )
          return
        await writing(directory, () => rm(path, { force: true }))
        await lock.release()
        if (!existed) await rmdir(directory).catch(() => undefined)
      },
      [Symbol.asyncDispose]: () => lock.release(),
    }
  } catch (error) {
    await lock.release()
    if (!existed) await rmdir(directory).catch(() => undefined)
    throw error
  }
}

/** What the whole program depends on. Its roles are part of each step's options. */
function beginning({
  seed,
  policies,
  config = null,
  launch = null,
}: Pick<ProgramOptions, 'seed' | 'policies' | 'config' | 'launch'>): Json {
  return { format: FORMAT, seed, policies: Object.keys(policies).sort(), config, launch }
}

async function checkFolder(directory: string, resume: boolean): Promise<void> {
  const entries = await readdir(directory)
  const { config, metrics } = runLayout('')
  const holds = entries.includes(PROGRAM_FILE)
  if (holds && !resume)
    throw new IcrlError(`${directory} already holds a program.`, {
      code: 'run-conflict',
      remedy: 'Resume it (--resume), or give the new program another folder.',
    })
  if (!holds && [config, metrics].some((name) => entries.includes(name)))
    throw new IcrlError(`${directory} holds a run.`, {
      code: 'run-conflict',
      remedy: 'Give the program a folder of its own.',
    })
}

function checkSame(directory: string, stored: Json, given: Json): void {
  const fixed = (json: Json): Json => ({ ...(json as Record<string, Json>), launch: null })
  const changes = differences(fixed(stored), fixed(given))
  if (changes.length === 0) return
  throw new IcrlError(
    `program ${directory}: it began with other options:\n${changes.map((change) => `  ${change}`).join('\n')}\n`,
    {
      code: 'run-conflict',
      remedy: 'Resume with those, or begin a new program in another folder.',
    },
  )
}

function summaryOf(seed: number, steps: readonly ProgramStep[]): ProgramSummary {
  const sum = (of: (step: ProgramStep) => number | undefined): number =>
    steps.reduce((total, step) => total + (of(step) ?? 0), 0)
  return {
    seed,
    steps,
    tokens_sampled: sum((step) => step.tokens_sampled),
    tokens_untrained: sum((step) => step.tokens_untrained),
    wall_seconds: Math.round(sum((step) => step.wall_seconds) * 1000) / 1000,
  }
}

/** Folders of steps that the script did not have, by name. */
async function foldersBeside(directory: string, steps: readonly ProgramStep[]): Promise<string[]> {
  const known = new Set(steps.map(({ name }) => name))
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && !known.has(entry.name))
    .map(({ name }) => name)
    .sort()
}
