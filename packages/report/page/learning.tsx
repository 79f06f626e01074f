import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { formatCount, formatPercent, formatSeconds } from './format.ts'
import { LineChart, type Line } from './line-chart.tsx'
import { Panel } from './panel.tsx'
import { lookOf, nameOf, useReport, type ReportState } from './report-context.ts'
import { metricLines } from './run-lines.ts'

/** Accuracy on held-out tasks over tokens and over time, and on training tasks over steps. */
export function Learning(): VNode {
  const state = useReport()
  const { comparison } = state.data
  const byTokens = useMemo(() => curves(state, ({ tokens }) => tokens), [state.data])
  const byTime = useMemo(() => curves(state, ({ seconds }) => seconds), [state.data])
  const training = useMemo(() => trainingLines(state), [state.data])
  const seeds = comparison?.methods.some(({ runs }) => runs.length > 1)
    ? ' Thin lines are single seeds, thick ones their mean.'
    : ''
  return (
    <Panel
      id="learning"
      title="Learning curves"
      lead="How good each method is at tasks it was not trained on, answering alone, as it learns."
    >
      <div class="grid">
        <LineChart
          title="At equal sampled tokens"
          lines={byTokens}
          xLabel="sampled tokens"
          formatX={formatCount}
          formatY={formatPercent}
          yRange={[0, 1]}
          level={comparison?.threshold}
          place={comparison?.horizon}
          sentence={`Held-out accuracy against the tokens the model had to write for training: higher and further left is better. Dotted: ${formatPercent(comparison?.threshold ?? 0.7)}, and the last place that every run reached.${seeds}`}
        />
        <LineChart
          title="At equal time"
          lines={byTime}
          xLabel="training time"
          formatX={formatSeconds}
          formatY={formatPercent}
          yRange={[0, 1]}
          level={comparison?.threshold}
          sentence={`The same curves against the seconds spent sampling and training on this machine, evaluations not counted.${seeds}`}
        />
      </div>
      <LineChart
        title="On training tasks"
        lines={training}
        xLabel="step"
        formatX={formatCount}
        formatY={formatPercent}
        yRange={[0, 1]}
        smooth={5}
        sentence="Share of first, unaided attempts that succeed in each training step (thick: mean of the last five steps)."
      />
    </Panel>
  )
}

function curves(
  state: ReportState,
  xOf: (point: { readonly tokens: number; readonly seconds?: number }) => number | undefined,
): Line[] {
  return (state.data.comparison?.methods ?? []).flatMap(({ method, runs }) =>
    runs.flatMap(({ seed, points }) => {
      const placed = points.flatMap((point) =>
        xOf(point) === undefined ? [] : [{ x: xOf(point)!, y: point.value }],
      )
      if (placed.length === 0) return []
      return [
        {
          group: method,
          name: nameOf(state, { label: method, seed }),
          look: lookOf(state, method),
          x: placed.map(({ x }) => x),
          y: placed.map(({ y }) => y),
        },
      ]
    }),
  )
}

/** The success of first attempts if the protocol has any, or else the solver's mean reward. */
function trainingLines(state: ReportState): Line[] {
  const first = metricLines(state, 'accuracy/first')
  return first.length > 0 ? first : metricLines(state, 'reward/solver')
}
