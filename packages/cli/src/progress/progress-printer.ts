import type {
  EvaluationEvent,
  Metrics,
  SessionEvent,
  StartEvent,
  StepEvent,
  StopRule,
} from '@icrl/trainer'
import { colorsOf, type Colors } from '../colors.ts'
import { liveLines, type LiveLines } from './live-lines.ts'
import { sparkline } from './sparkline.ts'
import { countInWords, durationInWords, shareInWords } from './words.ts'

/** Options of {@link progressPrinter}. */
export interface ProgressPrinterOptions {
  /** When the run ends; the bar and the remaining time refer to it. */
  readonly stop: StopRule
  /** Shown in front, such as the method's name. @defaultValue nothing */
  readonly label?: string
  /** Where the lines are written. @defaultValue standard error */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  /**
   * Milliseconds between plain lines if the stream is not a terminal. Evaluations are always
   * printed.
   *
   * @defaultValue 2000
   */
  readonly everyMs?: number
}

/** Hooks for `train`, and the methods that print a line and end the display. */
export interface ProgressPrinter {
  /** Draws the bar; if a run is resumed, says so. */
  readonly onStart: (event: StartEvent) => void
  /** Counts the session. */
  readonly onSession: (event: SessionEvent) => void
  /** Redraws the bar, or prints a line if the stream is not a terminal. */
  readonly onStep: (event: StepEvent) => void
  /** Prints the held-out figures. */
  readonly onEvaluation: (event: EvaluationEvent) => void
  /** Prints a line above the bar. */
  readonly note: (line: string) => void
  /** Stops replacing lines. */
  readonly done: () => void
}

/** What has been seen of the run. */
interface Seen {
  steps: number
  firstStep: number
  tokens: number
  firstTokens: number
  began: number
  sessions: number
  metrics: Metrics
  timing: Metrics
  readonly accuracies: number[]
  readonly losses: number[]
  /** Steps done when the last plain line was written. */
  printed: number
}

/**
 * Shows a run as it goes: on a terminal a bar, the accuracy of first attempts with its curve (in
 * supervised training, which has none, the loss), that of guided attempts, w̄, tokens per second and the time left, redrawn in place; elsewhere plain
 * lines.
 *
 * @example
 * import { progressPrinter } from 'icrl'
 * import { train, type TrainOptions } from '@icrl/trainer'
 * declare const options: TrainOptions
 * const progress = progressPrinter({ stop: options.stop, label: 'icrl' })
 * await train({ ...options, ...progress })
 * progress.done()
 */
export function progressPrinter({
  stop,
  label = '',
  stream = process.stderr,
  everyMs = 2000,
}: ProgressPrinterOptions): ProgressPrinter {
  const lines = liveLines(stream)
  const pc = colorsOf(stream)
  const seen: Seen = {
    steps: 0,
    firstStep: 0,
    tokens: 0,
    firstTokens: 0,
    began: Date.now(),
    sessions: 0,
    metrics: {},
    timing: {},
    accuracies: [],
    losses: [],
    printed: 0,
  }
  let printed = 0
  let drawn = 0
  const draw = (activity: string): void => {
    drawn = Date.now()
    lines.show(liveView(seen, stop, label, activity, pc))
  }
  return {
    onStart({ step, resumed }) {
      seen.steps = seen.firstStep = step
      seen.began = Date.now()
      if (resumed) lines.print(`${label} continues with step ${step}`.trim())
      draw('starting')
    },
    onSession({ phase }) {
      seen.sessions++
      if (Date.now() - drawn > 100)
        draw(`${phase === 'evaluation' ? 'evaluating' : 'sampling'}, ${seen.sessions} sessions`)
    },
    onStep({ step, metrics, timing }) {
      recordStep(seen, step, metrics, timing)
      draw('learning')
      if (stream.isTTY || Date.now() - printed < everyMs) return
      printed = Date.now()
      seen.printed = seen.steps
      lines.print(plainLine(seen, stop, label))
    },
    onEvaluation(event) {
      seen.sessions = 0
      lines.print(evaluationLine(event, label, pc))
    },
    note: (line) => lines.print(line),
    done: () => finish(lines, seen, stop, label, stream),
  }
}

function recordStep(seen: Seen, step: number, metrics: Metrics, timing: Metrics): void {
  if (seen.metrics.step === undefined)
    seen.firstTokens = metrics['tokens/sampled_total'] - metrics['ledger/generated']
  seen.steps = step + 1
  seen.tokens = metrics['tokens/sampled_total']
  seen.sessions = 0
  seen.metrics = metrics
  seen.timing = timing
  const accuracy = metrics['accuracy/first']
  if (accuracy !== undefined) seen.accuracies.push(accuracy)
  const loss = metrics['policy/loss']
  if (loss !== undefined) seen.losses.push(loss)
}

function finish(
  lines: LiveLines,
  seen: Seen,
  stop: StopRule,
  label: string,
  stream: { readonly isTTY?: boolean },
): void {
  if (stream.isTTY === true)
    lines.show(
      liveView(
        seen,
        stop,
        label,
        `${durationInWords((Date.now() - seen.began) / 1000)} in all`,
        colorsOf(stream),
      ),
    )
  else if (seen.steps > Math.max(seen.firstStep, seen.printed))
    lines.print(plainLine(seen, stop, label))
  lines.done()
}

function liveView(
  seen: Seen,
  stop: StopRule,
  label: string,
  activity: string,
  pc: Colors,
): string[] {
  const done = progressOf(seen, stop)
  const bar = `${'━'.repeat(Math.round(done * 24))}${pc.dim('━'.repeat(24 - Math.round(done * 24)))}`
  const target =
    'steps' in stop
      ? `step ${seen.steps}/${stop.steps}`
      : `step ${seen.steps}  ${countInWords(seen.tokens)}/${countInWords(stop.tokens)} tokens`
  return [
    `${pc.bold(label)} ${bar} ${target}  ${pc.dim([remaining(seen, stop), activity].filter(Boolean).join(' · '))}`.trimStart(),
    `  ${liveCurve(seen, pc)}  ${figures(seen).join('  ')}`,
  ]
}

function plainLine(seen: Seen, stop: StopRule, label: string): string {
  const of = 'steps' in stop ? `/${stop.steps}` : ''
  const left = remaining(seen, stop)
  return [
    label,
    `step ${seen.steps}${of}`,
    `${countInWords(seen.tokens)} tokens`,
    learnsFromAnswers(seen)
      ? `loss ${lossInWords(seen.metrics['policy/loss'])}`
      : `first ${shareInWords(seen.metrics['accuracy/first'])}`,
    ...figures(seen),
    left,
  ]
    .filter(Boolean)
    .join('  ')
}

/** Where nothing is sampled, as in supervised training, there is no accuracy: the loss tells. */
function learnsFromAnswers({ accuracies, losses }: Seen): boolean {
  return accuracies.length === 0 && losses.length > 0
}

function liveCurve(seen: Seen, pc: Colors): string {
  const { accuracies, losses } = seen
  if (!learnsFromAnswers(seen))
    return `first ${pc.bold(shareInWords(recentAccuracy(seen)))} ${pc.cyan(sparkline(accuracies))}`
  const curve = sparkline(losses, { high: losses.reduce((a, b) => Math.max(a, b), 0) })
  return `loss ${pc.bold(lossInWords(losses.at(-1)))} ${pc.cyan(curve)}`
}

/** Three significant digits: `2.31`, `0.0124`. */
function lossInWords(loss: number | undefined): string {
  return loss === undefined ? '–' : String(Number(loss.toPrecision(3)))
}

function figures({ metrics, timing }: Seen): string[] {
  const weight = metrics['calibration/weight_mean']
  const rate = timing['perf/sample_tokens_per_second']
  const { 'sessions/failed': failed, 'sessions/failed_share': failedShare } = metrics
  return [
    ...('accuracy/guided' in metrics ? [`guided ${shareInWords(metrics['accuracy/guided'])}`] : []),
    ...(weight !== undefined ? [`w̄ ${shareInWords(weight)}`] : []),
    ...(rate !== undefined ? [`${countInWords(rate)} tok/s`] : []),
    ...(failed !== undefined
      ? [`${failed} sessions failed (${Math.round(100 * failedShare)}%)`]
      : []),
  ]
}

function evaluationLine({ step, metrics }: EvaluationEvent, label: string, pc: Colors): string {
  const conditions = Object.entries(metrics).filter(
    ([key]) => key.startsWith('eval/') && !/\/(failed|coverage)$/.test(key),
  )
  const shares = conditions.map(
    ([key, share]) =>
      `${key.slice('eval/'.length).replaceAll('_', ' ')} ${pc.bold(shareInWords(share))}`,
  )
  const { 'eval/failed': failed } = metrics
  const lost = failed === undefined ? [] : [`${failed} sessions failed`]
  return `${label} held out, after ${step} steps: ${[...shares, ...lost].join(', ')}`.trim()
}

/** Mean over the last five steps. */
function recentAccuracy({ accuracies }: Seen): number | undefined {
  const recent = accuracies.slice(-5)
  return recent.length === 0
    ? undefined
    : recent.reduce((sum, value) => sum + value, 0) / recent.length
}

function progressOf({ steps, tokens }: Seen, stop: StopRule): number {
  return Math.min(1, 'steps' in stop ? steps / stop.steps : tokens / stop.tokens)
}

function remaining(seen: Seen, stop: StopRule): string | undefined {
  const done = 'steps' in stop ? seen.steps - seen.firstStep : seen.tokens - seen.firstTokens
  const left = 'steps' in stop ? stop.steps - seen.steps : stop.tokens - seen.tokens
  if (done <= 0 || left <= 0) return undefined
  return `${durationInWords((((Date.now() - seen.began) / 1000) * left) / done)} left`
}
