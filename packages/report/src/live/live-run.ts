import { readdir } from 'node:fs/promises'
import { IcrlError, runLayout, stepsIn } from '@icrl/core'
import { settingsOf } from '../page-data/build-report-data.ts'
import { turnsOf } from '../page-data/load-sessions.ts'
import type { SessionData } from '../page-data/report-data.ts'
import { parseMetrics } from '../parse-metrics.ts'
import { findVocabulary, type Vocabulary } from '../read-vocabulary.ts'
import type { Metrics, Run } from '../run.ts'
import { indexSamples, readEntries, type SampleEntry } from './sample-index.ts'
import { tailLines } from './tail-lines.ts'
import type { RunNews, SessionEntry } from './view-data.ts'

/** Most tokens shown of a session. */
const TOKENS = 20_000

/** A run that may still be going on: its metrics as they come, its sessions as they are asked for. */
export class LiveRun {
  readonly run: Run
  readonly #read: ReturnType<typeof tailLines>
  #metrics: Metrics[] = []
  #epoch = 0
  #damage: IcrlError | undefined
  readonly #indexes = new Map<number, Promise<SampleEntry[]>>()
  #vocabulary: Promise<Vocabulary | undefined> | undefined

  /** @param run what `findRuns` read of it */
  constructor(run: Run) {
    this.run = run
    this.#read = tailLines(runLayout(run.directory).metrics)
  }

  /** Steps from `from` on, or all of them if its steps are no longer those of `epoch`. */
  async news(epoch: number, from: number): Promise<Omit<RunNews, 'label'>> {
    const { lines, isRestarted } = await this.#read()
    if (isRestarted) this.#beginAgain()
    const files = runLayout(this.run.directory)
    if (this.#damage === undefined) this.#add(lines, files.metrics)
    if (this.#damage !== undefined) throw this.#damage
    const names = await namesIn(this.run.directory)
    const start = epoch === this.#epoch ? Math.min(from, this.#metrics.length) : 0
    return {
      seed: this.run.seed,
      folder: this.run.directory,
      isFinished: names.includes(runLayout('').model),
      ...settingsOf(this.run.config),
      epoch: this.#epoch,
      from: start,
      metrics: this.#metrics.slice(start),
      sampleSteps: stepsIn(await namesIn(files.samples)),
    }
  }

  /** Lines are read once: damage stays said until the file begins again. */
  #add(lines: readonly string[], file: string): void {
    for (const line of lines) {
      try {
        this.#metrics.push(parseMetrics(line, this.#metrics.at(-1)?.step))
      } catch (cause) {
        const where = `${file}, line ${this.#metrics.length + 1}`
        this.#damage = new IcrlError(`${where}: ${(cause as Error).message.replace(/\.?$/, '.')}`, {
          code: 'corrupt-file',
          remedy: 'The file was damaged after it was written: restore it from a copy.',
          cause,
        })
        return
      }
    }
  }

  #beginAgain(): void {
    this.#metrics = []
    this.#damage = undefined
    this.#epoch++
    this.#indexes.clear()
  }

  /** The sessions of a step, in order. */
  async sessions(step: number): Promise<SessionEntry[]> {
    const sessions = new Map<string, SampleEntry[]>()
    for (const entry of await this.#index(step)) {
      const key = `${entry.session}/${entry.task}`
      sessions.set(key, [...(sessions.get(key) ?? []), entry])
    }
    return [...sessions.values()].map((entries) => ({
      task: entries[0].task,
      session: entries[0].session,
      rewards: entries
        .filter(({ role }) => role !== 'critic')
        .sort((a, b) => a.round - b.round)
        .map(({ reward }) => reward),
    }))
  }

  /** A session with its tokens; undefined if the step has none such. */
  async session(step: number, task: string, session: number): Promise<SessionData | undefined> {
    const entries = (await this.#index(step)).filter(
      (entry) => entry.task === task && entry.session === session,
    )
    if (entries.length === 0) return undefined
    const samples = await readEntries(this.run.directory, step, entries)
    this.#vocabulary ??= findVocabulary(this.run.directory)
    const vocabulary = await this.#vocabulary
    const turns = turnsOf(samples, { run: 0, tokensEach: TOKENS, vocabulary })
    return { run: 0, step, task, session, chosen: [], turns }
  }

  #index(step: number): Promise<SampleEntry[]> {
    const known = this.#indexes.get(step)
    if (known) return known
    const found = indexSamples(this.run.directory, step)
    this.#indexes.set(step, found)
    found.catch(() => this.#indexes.delete(step))
    return found
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}
