import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { IcrlError, isIcrlError, runLayout, stepsIn, type Json } from '@icrl/core'
import { evaluationPoints } from './evaluation-points.ts'
import { parseMetrics } from './parse-metrics.ts'
import { readJsonLines } from './read-json-lines.ts'
import { readJsonObject } from './read-json-object.ts'
import type { EvaluationPoint, Metrics, Run, RunNote, RunSummary } from './run.ts'

/** Options of {@link readRun}. */
export interface ReadRunOptions {
  /** What to call the run. @defaultValue its method, or its folder if that is unknown */
  readonly label?: string
}

/** The trainer also lists the evaluations; the report works without them. */
type StoredSummary = RunSummary & {
  readonly evaluations?: readonly Omit<EvaluationPoint, 'seconds'>[]
}

/**
 * Reads a run folder, finished or not. A torn last line is skipped and noted; any other damage is
 * an error. Metrics are held in memory. Samples and per-task outcomes are not: `readSamples` and
 * `readEvaluation` stream them.
 *
 * @throws `missing-file` if the folder holds no run; `corrupt-file` naming file and line.
 * @example
 * const run = await readRun('runs/first')
 * console.log(run.label, run.metrics.length, run.summary?.eval_final)
 */
export async function readRun(directory: string, { label }: ReadRunOptions = {}): Promise<Run> {
  const notes: RunNote[] = []
  const files = runLayout(directory)
  const config = await readJsonObject<{ readonly [key: string]: Json }>(files.config)
  const metrics = await readSteps(files.metrics, notes)
  if (config === undefined && metrics === undefined) {
    throw new IcrlError(`${directory} holds no run: neither config.json nor metrics.jsonl.`, {
      code: 'missing-file',
      remedy: 'Give the folder that `icrl train --out` was given.',
    })
  }
  const steps = metrics ?? []
  const timing = ((await readSteps(files.timing, notes)) ?? []).slice(0, steps.length)
  const summary = await readJsonObject<StoredSummary>(files.summary)
  await noteChecksum(directory, summary, steps.length, notes)
  const evaluationSteps = await storedSteps(files.evaluations)
  return {
    directory,
    label: label ?? methodOf(summary, config) ?? basename(resolve(directory)),
    seed: summary?.seed ?? seedIn(config) ?? seedOf(directory),
    config,
    summary,
    metrics: steps,
    timing,
    evaluations: evaluationPoints({
      metrics: steps,
      timing,
      stored: summary?.evaluations ?? [],
      steps: evaluationSteps,
    }),
    sampleSteps: await storedSteps(files.samples),
    evaluationSteps,
    notes,
  }
}

async function readSteps(file: string, notes: RunNote[]): Promise<Metrics[] | undefined> {
  const lines: Metrics[] = []
  const onTorn = ({ line, bytes }: { line: number; bytes: number }): void => {
    notes.push({
      file,
      text: `${basename(file)} ends in a torn line (line ${line}, ${bytes} bytes of it): passed over. Resuming the run writes it again.`,
    })
  }
  try {
    for await (const line of readJsonLines(file, {
      parse: (text) => parseMetrics(text, lines.at(-1)?.step),
      onTorn,
    }))
      lines.push(line)
  } catch (error) {
    if (isIcrlError(error, 'missing-file')) return undefined
    throw error
  }
  return lines
}

/**
 * Notes metrics that do not have the summary's checksum. A summary written before the last step is
 * older than the metrics and cannot be checked.
 */
async function noteChecksum(
  directory: string,
  summary: RunSummary | undefined,
  steps: number,
  notes: RunNote[],
): Promise<void> {
  if (!summary?.metrics_sha256 || summary.steps !== steps || notes.length > 0) return
  const hash = createHash('sha256')
  const file = runLayout(directory).metrics
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  if (hash.digest('hex') !== summary.metrics_sha256)
    notes.push({
      file,
      text: 'metrics.jsonl does not have the checksum that summary.json gives: one of the two was changed after the run.',
    })
}

/** Numbers in `step-00012.jsonl`, ascending. */
async function storedSteps(folder: string): Promise<number[]> {
  return stepsIn(await readdir(folder).catch(() => []))
}

function methodOf(summary: RunSummary | undefined, config: Json | undefined): string | undefined {
  const name = (config as { method?: { name?: unknown } } | undefined)?.method?.name
  return summary?.method ?? (typeof name === 'string' ? name : undefined)
}

function seedIn(config: Json | undefined): number | undefined {
  const seed = (config as { seed?: unknown } | undefined)?.seed
  return typeof seed === 'number' ? seed : undefined
}

function seedOf(directory: string): number {
  return Number(/^seed-(\d+)$/.exec(basename(resolve(directory)))?.[1] ?? 0)
}
