import { readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, runLayout, stepFile, type Json, type Policy } from '@icrl/core'
import { readCheckpoint, readNewestCheckpoint, writeCheckpoint } from './checkpoint.ts'
import {
  appendDurably,
  makeFolder,
  syncFolder,
  syncTree,
  writeDurably,
  writing,
} from './durable-files.ts'
import { canonicalJson } from './json-text.ts'
import { writeManifest } from './manifest.ts'
import { lineOf } from './metrics-line.ts'
import { checkSameConfig } from './run-config.ts'
import { storedSamples } from './stored-step.ts'
import { takeRunLock, type RunLock } from './run-lock.ts'
import type { OpenedRun, OpenRunOptions } from './run-store.ts'
import { readJsonFile } from './read-json-file.ts'
import { sampleLines } from './sample-lines.ts'
import type { Metrics } from '../train-options.ts'

/**
 * Opens the folder of a new run, or of one to continue.
 *
 * @throws `run-conflict` if the folder holds a run that is not to be resumed, has another
 * configuration or format, or is being worked on; `corrupt-file` for a damaged checkpoint or
 * `config.json`; `write-failed`.
 */
export async function openRunFolder(
  directory: string,
  { config, resume }: OpenRunOptions,
): Promise<OpenedRun> {
  const existed = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (existed && !resume) await refuseExisting(directory)
  await makeFolder(directory)
  const lock = await takeRunLock(directory)
  try {
    const stored = await readConfig(directory)
    if (stored !== undefined && !resume) throw runExists(directory)
    if (stored !== undefined) checkSameConfig(stored, config, directory)
    const checkpoint = resume ? await readNewestCheckpoint(directory) : undefined
    const folder = folderAt({ directory, config, existed, lock, checkpoint })
    if (stored === undefined) await folder.writeConfig()
    return folder
  } catch (error) {
    await lock.release()
    if (!existed) await rmdir(directory).catch(() => undefined)
    throw error
  }
}

interface FolderAtOptions {
  readonly directory: string
  readonly config: Json
  readonly existed: boolean
  readonly lock: RunLock
  readonly checkpoint: OpenedRun['checkpoint']
}

function folderAt({ directory, config, existed, lock, checkpoint }: FolderAtOptions): OpenedRun {
  const { samples: samplesFolder, evaluations, timing: timingFile, ...files } = runLayout(directory)
  return {
    checkpoint,
    rewind: () => rewindFolder(directory, checkpoint?.step ?? 0),
    writeConfig: () => writeDurably(files.config, `${canonicalJson(config, 2)}\n`),
    async writeSamples(step, samples, of) {
      await makeFolder(samplesFolder)
      await writeDurably(join(samplesFolder, stepFile(step)), sampleLines(samples, of).join(''))
    },
    readSamples: (step) => storedSamples(directory, step),
    async writeEvaluation(step, lines) {
      await makeFolder(evaluations)
      await writeDurably(join(evaluations, stepFile(step)), lines.join(''))
    },
    async commitStep(metrics, timing) {
      await appendDurably(timingFile, lineOf(timing))
      await appendDurably(files.metrics, lineOf(metrics))
    },
    readCheckpoint: (step) => readCheckpoint(directory, step),
    writeCheckpoint: (content) => writeCheckpoint(directory, content),
    writeModel: (step, policies) => writeModel(directory, step, policies),
    writeSummary: (summary) => writeDurably(files.summary, `${JSON.stringify(summary, null, 2)}\n`),
    discard: () => discard(directory, existed, lock),
    [Symbol.asyncDispose]: () => lock.release(),
  }
}

async function rewindFolder(directory: string, step: number): Promise<Metrics[]> {
  await removeTemporaries(directory)
  const files = runLayout(directory)
  const metrics = await cutLines(files.metrics, step)
  await cutLines(files.timing, step)
  for (const folder of [files.samples, files.evaluations]) await removeFrom(folder, step)
  if (metrics.length !== step) {
    throw new IcrlError(
      `${files.metrics}: it has ${metrics.length} whole lines before the checkpoint of step ${step}.`,
      {
        code: 'corrupt-file',
        remedy: 'The file was changed after it was written: restore it, or begin a new run.',
      },
    )
  }
  return metrics
}

/** Keeps the lines of steps before `step`, and returns them. A torn last line is removed. */
async function cutLines(path: string, step: number): Promise<Metrics[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return []
  const lines = text.split('\n').slice(0, -1)
  const kept: Metrics[] = []
  for (const [i, line] of lines.entries()) {
    const metrics = parseLine(line, path, i)
    if (metrics.step >= step) break
    kept.push(metrics)
  }
  const whole = lines
    .slice(0, kept.length)
    .map((line) => `${line}\n`)
    .join('')
  if (whole !== text) await writeDurably(path, whole)
  return kept
}

function parseLine(line: string, path: string, index: number): Metrics {
  try {
    const metrics = JSON.parse(line) as Metrics
    if (Number.isInteger(metrics.step)) return metrics
  } catch {
    // Reported below, with the line's number.
  }
  throw new IcrlError(`${path}, line ${index + 1}: not a line of metrics.`, {
    code: 'corrupt-file',
    remedy: 'The file was changed after it was written: restore it, or begin a new run.',
  })
}

async function removeFrom(folder: string, step: number): Promise<void> {
  for (const entry of await readdir(folder).catch(() => [])) {
    const found = /^step-(\d+)\.jsonl/.exec(entry)
    if (found && (Number(found[1]) >= step || entry.includes('.tmp-')))
      await writing(folder, () => rm(join(folder, entry), { force: true }))
  }
}

async function removeTemporaries(directory: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    if (entry.includes('.tmp-') && !entry.startsWith(runLayout('').lock))
      await writing(directory, () => rm(join(directory, entry), { recursive: true, force: true }))
  }
}

/** One policy is saved as the model folder itself, several as folders in it, by name. */
async function writeModel(
  directory: string,
  step: number,
  policies: Readonly<Record<string, Policy>>,
): Promise<void> {
  const target = runLayout(directory).model
  const temporary = `${target}.tmp-new`
  const names = Object.keys(policies)
  await writing(target, async () => {
    await rm(temporary, { recursive: true, force: true })
    for (const name of names) {
      const place = names.length === 1 ? temporary : join(temporary, name)
      await makeFolder(place)
      await policies[name].save(place, { optimizer: false })
    }
    await writeManifest(temporary, step)
    await syncTree(temporary)
    await rm(target, { recursive: true, force: true })
    await rename(temporary, target)
    await syncFolder(directory)
  })
}

/** What `config.json` holds; undefined if there is none. */
export async function readConfig(directory: string): Promise<Json | undefined> {
  return readJsonFile(runLayout(directory).config, 'run')
}

async function refuseExisting(directory: string): Promise<void> {
  const entries = await readdir(directory)
  const { config, metrics, checkpoints } = runLayout('')
  if (entries.some((entry) => [config, metrics, checkpoints].includes(entry)))
    throw runExists(directory)
}

function runExists(directory: string): IcrlError {
  return new IcrlError(`${directory} already holds a run.`, {
    code: 'run-conflict',
    remedy: 'Resume it (--resume), or give the new run another folder.',
  })
}

async function discard(directory: string, existed: boolean, lock: RunLock): Promise<void> {
  await lock.release()
  const { config, evaluations, samples, timing, metrics, summary } = runLayout(directory)
  const sinks = [join(directory, 'metrics.csv'), join(directory, 'tensorboard')]
  for (const path of [config, evaluations, samples, timing, metrics, summary, ...sinks])
    await rm(path, { recursive: true, force: true })
  if (!existed) await rmdir(directory).catch(() => undefined)
}
