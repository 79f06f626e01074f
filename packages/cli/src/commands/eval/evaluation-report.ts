import type { SessionResult } from '@icrl/core'
import { evaluationFigures, type EvaluationFiguresOptions } from './evaluation-figures.ts'
import { countFailures, sessionsFailed } from '@icrl/rollout'
import { criticAdvice, failureLines, figureJson, figureTable, INTERVALS } from './print-figures.ts'

/** Options of {@link evaluationReport}. */
export interface EvaluationReportOptions extends EvaluationFiguresOptions {
  /** Who was evaluated on what, in one line. */
  readonly title: string
  /** The same for a program. */
  readonly about: Readonly<Record<string, unknown>>
  readonly json?: boolean
}

/**
 * An evaluation as a table, or as one JSON object.
 *
 * @throws `sessions-failed` with the reasons if no session finished an attempt
 */
export function evaluationReport(options: EvaluationReportOptions): string {
  const { sessions, title, about, json } = options
  const failures = countFailures(sessions)
  if (failures.length > 0 && isAllFailed(sessions))
    throw sessionsFailed(
      'every session',
      sessions,
      'There is nothing to report until that is fixed.',
    )
  const figures = evaluationFigures(options)
  const failed = failures.reduce((sum, { sessions: count }) => sum + count, 0)
  if (json)
    return JSON.stringify({
      ...about,
      sessions: sessions.length,
      ...figureJson(figures),
      ...(failed > 0 && {
        'eval/failed': failed,
        failures: failures.map(({ reason, sessions: alike }) => ({ reason, sessions: alike })),
      }),
    })
  return [
    title,
    figureTable(figures),
    ...criticAdvice(figures),
    ...failureLines(failures, sessions),
    INTERVALS,
  ].join('\n')
}

function isAllFailed(sessions: readonly SessionResult[]): boolean {
  return sessions.every(({ failure, outcomes }) => failure && outcomes.length === 0)
}
