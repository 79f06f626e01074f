import { basename, resolve } from 'node:path'
import { advise } from '../advisories/advise.ts'
import { distinctLabels } from '../distinct-labels.ts'
import { findVocabulary, type Vocabulary } from '../read-vocabulary.ts'
import { headlineOf } from '../headline-of.ts'
import type { Run } from '../run.ts'
import { evaluatedElsewhere } from '../statistics/alike-runs.ts'
import { compareRuns } from '../statistics/compare-runs.ts'
import type { Comparison } from '../statistics/comparison.ts'
import { sumsOf, toColumns } from './columns.ts'
import { loadSessions } from './load-sessions.ts'
import type { ReportData, RunData, SessionData } from './report-data.ts'
import { selectSessions } from './select-sessions.ts'
import { shareSessions } from './share-sessions.ts'
import { surveyRun, type RunSurvey } from './survey-run.ts'

/** What the page shows, and how much of it. */
export interface ReportOptions {
  /** Heading of the page. @defaultValue made of the methods' names */
  readonly title?: string
  /** When the page is written. `null` leaves it out. @defaultValue now */
  readonly date?: Date | null
  /** Accuracy whose price in tokens is compared. @defaultValue 0.7 */
  readonly threshold?: number
  /** Most sessions shown with their tokens, shared among the runs. @defaultValue 40 */
  readonly maxSessions?: number
  /** Most tokens of all shown sessions together. @defaultValue 40,000 */
  readonly maxTokens?: number
  /** Seed of the draw of sessions. @defaultValue 0 */
  readonly seed?: number
  /** Texts of tokens. @defaultValue the vocabulary in the run's own model or checkpoint */
  readonly vocabulary?: Vocabulary
}

/** Most steps of a run that charts show. */
const CHARTED_STEPS = 400
const CONFIG_CHARACTERS = 20_000

const UNLIKE =
  'The run was evaluated on other held-out tasks than the first one: it is not compared with it.'

/**
 * Reads what the page needs of the runs: one pass over all samples, and a second over the steps of
 * the sessions shown.
 */
export async function buildReportData(
  given: readonly Run[],
  options: ReportOptions = {},
): Promise<ReportData> {
  const runs = distinctLabels(given)
  const {
    title = titleOf(runs),
    date = new Date(),
    threshold,
    maxSessions = 40,
    maxTokens = 40_000,
    seed = 0,
  } = options
  const tokensEach = Math.max(1, Math.floor(maxTokens / Math.max(1, maxSessions)))
  const shares = shareSessions(runs, maxSessions)
  const data: RunData[] = []
  const sessions: SessionData[] = []
  let all = 0
  const { comparison, elsewhere } = await compared(runs, threshold)
  for (const [place, run] of runs.entries()) {
    const survey = await surveyRun(run)
    const vocabulary = options.vocabulary ?? (await findVocabulary(run.directory))
    sessions.push(
      ...(await loadSessions(run, selectSessions(survey.sessions, { count: shares[place], seed }), {
        run: place,
        tokensEach,
        vocabulary,
      })),
    )
    const known = runData(run, survey, vocabulary)
    data.push(elsewhere.includes(run) ? { ...known, notes: [...known.notes, UNLIKE] } : known)
    all += survey.sessions.length
  }
  return {
    title,
    ...(date && { date: date.toISOString().slice(0, 16).replace('T', ' ') + ' UTC' }),
    runs: data,
    ...(comparison && { comparison }),
    sessions,
    shown: { sessions: sessions.length, of: all, tokensEach, seed },
  }
}

interface Compared {
  /** Undefined if no run was evaluated: the page then shows only training curves. */
  readonly comparison?: Comparison
  /** Runs evaluated on other tasks than the first one, which are in no comparison. */
  readonly elsewhere: readonly Run[]
}

async function compared(runs: readonly Run[], threshold: number | undefined): Promise<Compared> {
  const evaluated = runs.find((run) =>
    run.evaluations.some(({ metrics }) => metrics[`eval/${headlineOf(run)}`] !== undefined),
  )
  if (!evaluated) return { elsewhere: [] }
  // Runs with another headline are compared by the first one's, or listed as left out.
  const condition = headlineOf(evaluated)
  const elsewhere = evaluatedElsewhere(runs, condition)
  const alike = runs.filter((run) => !elsewhere.includes(run))
  return { comparison: await compareRuns(alike, { condition, threshold }), elsewhere }
}

/**
 * Only a finished run's summary has the evaluation after the last step, or a coverage of 0 where all of
 * it failed; a run without any has its summary at its end.
 */
function hasEnded({ summary, evaluations }: Run): boolean {
  if (!summary) return false
  const { eval_final: accuracy, eval_final_coverage: coverage } = summary
  return evaluations.length === 0 || accuracy !== undefined || coverage !== undefined
}

function runData(run: Run, { columns, muted }: RunSurvey, vocabulary?: Vocabulary): RunData {
  const { label, seed, directory, metrics, timing, summary, evaluations, notes, config } = run
  const everyNthStep = Math.max(1, Math.ceil(metrics.length / CHARTED_STEPS))
  return {
    label,
    seed,
    folder: basename(resolve(directory)),
    isFinished: hasEnded(run),
    steps: metrics.length,
    tokens: metrics.at(-1)?.['tokens/sampled_total'] ?? 0,
    wallSeconds: summary?.wall_seconds,
    backend: summary?.backend,
    isa: summary?.isa,
    metrics: toColumns(metrics, everyNthStep),
    timing: toColumns(timing, everyNthStep),
    everyNthStep,
    ledger: sumsOf(metrics, 'ledger/'),
    phases: sumsOf(timing, 'perf/phase/'),
    evaluations,
    survey: columns,
    muted: muted.map((token) => ({ ...token, text: vocabulary?.(token.id) })),
    advisories: advise(run),
    notes: notes.map(({ text }) => text),
    ...(config !== undefined && {
      config: JSON.stringify(config, null, 2).slice(0, CONFIG_CHARACTERS),
    }),
    ...settingsOf(config),
  }
}

/**
 * The recipe's options that a reader of token weights and ratios needs, if they have these names.
 */
export function settingsOf(config: Run['config']): Pick<RunData, 'maxWeight' | 'clip'> {
  const options =
    (config as { method?: { options?: Record<string, unknown> } } | undefined)?.method?.options ??
    {}
  const { maxWeight, clipLow, clipHigh } = options
  return {
    ...(typeof maxWeight === 'number' && { maxWeight }),
    ...(typeof clipLow === 'number' &&
      typeof clipHigh === 'number' && { clip: { low: clipLow, high: clipHigh } }),
  }
}

function titleOf(runs: readonly Run[]): string {
  const labels = [...new Set(runs.map(({ label }) => label))]
  return labels.length === 0
    ? 'Empty report'
    : labels.length === 1
      ? `Run of ${labels[0]}`
      : `${labels.slice(0, -1).join(', ')} and ${labels.at(-1)} compared`
}
