import type { StopRule } from '@icrl/trainer'
import { liveLines, progressPrinter, sparkline, type ProgressPrinter } from 'icrl'
import type { FromArm } from './arm-messages.ts'
import type { ArmOutcome } from './run-arm.ts'

/** Shows many runs at once. */
export interface SideBySideView {
  /** Returns the hooks of the run with this label. */
  show(label: string, message: FromArm): void
  done(): void
}

interface Watched {
  readonly began: number
  readonly stop: StopRule
  readonly printer: ProgressPrinter
  /** Held-out accuracies. */
  readonly heldOut: number[]
  /** The line printed last. */
  line: string
  /** When it was last printed if there is no terminal. */
  printed: number
}

/** Characters of a run's curve. */
const CURVE = 12
/** Milliseconds between a run's lines if the stream is not a terminal. */
const EVERY = 5000

/**
 * On a terminal one line for each active run, replaced as it goes, with the curve of its held-out
 * accuracy; elsewhere a line from time to time. The end of each run stays.
 *
 * @param count runs in all
 */
export function sideBySideView(count: number, stream: NodeJS.WriteStream): SideBySideView {
  const lines = liveLines(stream)
  const running = new Map<string, Watched>()
  let finished = 0
  let drawn = 0
  const redraw = (): void => {
    drawn = Date.now()
    lines.show([
      ...[...running.values()].map(
        ({ line, heldOut }) => `${sparkline(heldOut, { width: CURVE }).padEnd(CURVE)} ${line}`,
      ),
      `${finished} of ${count} runs done`,
    ])
  }
  return {
    show(label, message) {
      if (message.kind === 'stop-rule') running.set(label, watched(label, message.stop))
      const run = running.get(label)
      if (!run) return
      takeIn(run, message)
      if (message.kind === 'outcome' || message.kind === 'error') {
        running.delete(label)
        if (message.kind === 'outcome' && message.outcome.finished) finished++
        redraw()
        if (message.kind === 'outcome') lines.print(endLine(label, run, message.outcome))
      } else if (!stream.isTTY && message.kind === 'step' && Date.now() - run.printed > EVERY) {
        run.printed = Date.now()
        lines.print(run.line)
      }
      if (Date.now() - drawn > 100) redraw()
    },
    done() {
      lines.show([])
      lines.done()
    },
  }
}

function watched(label: string, stop: StopRule): Watched {
  const now = Date.now()
  const run: Watched = {
    began: now,
    stop,
    heldOut: [],
    line: `${label} starting`,
    printed: now,
    printer: progressPrinter({
      stop,
      label,
      everyMs: 0,
      stream: { write: (text: string) => keep(text) } as NodeJS.WritableStream,
    }),
  }
  const keep = (text: string): boolean => ((run.line = text.trim()), true)
  return run
}

function takeIn(run: Watched, message: FromArm): void {
  if (message.kind === 'start') run.printer.onStart(message.event)
  if (message.kind === 'step') run.printer.onStep({ ...message.event, sessions: [], samples: [] })
  if (message.kind === 'evaluation') run.heldOut.push(message.event.metrics['eval/critique_free'])
}

function endLine(
  label: string,
  { began, heldOut }: Watched,
  { summary, finished }: ArmOutcome,
): string {
  const accuracy =
    heldOut.length > 0
      ? `  held out ${heldOut[0].toFixed(2)} ${sparkline(heldOut, { width: CURVE })} ${heldOut[heldOut.length - 1].toFixed(2)}`
      : ''
  return `${label}  ${finished ? `${summary.steps} steps, ${((Date.now() - began) / 1000).toFixed(0)} s` : `stopped after ${summary.steps} steps`}${accuracy}`
}
