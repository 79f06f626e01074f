import type { Line } from './line-chart.tsx'
import { lookOf, nameOf, type ReportState } from './report-context.ts'

/** One metric of every run that has it, by step. */
export function metricLines(state: ReportState, key: string): Line[] {
  return state.data.runs.flatMap((run) => {
    const y = run.metrics[key]
    if (!y || y.every((value) => value === null)) return []
    return [
      {
        group: run.label,
        name: nameOf(state, run),
        look: lookOf(state, run.label),
        x: run.metrics.step as number[],
        y,
      },
    ]
  })
}

/** One metric of every run's evaluations, by the steps before them. */
export function evaluationLines(state: ReportState, key: string): Line[] {
  return state.data.runs.flatMap((run) => {
    const points = run.evaluations.flatMap(({ step, metrics }) =>
      metrics[key] === undefined ? [] : [{ step, value: metrics[key] }],
    )
    if (points.length === 0) return []
    return [
      {
        group: run.label,
        name: nameOf(state, run),
        look: lookOf(state, run.label),
        x: points.map(({ step }) => step),
        y: points.map(({ value }) => value),
      },
    ]
  })
}
