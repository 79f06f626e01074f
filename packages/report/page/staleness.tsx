import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { ReportData } from '../src/page-data/report-data.ts'
import { formatCount, formatNumber, formatPercent } from './format.ts'
import { LineChart } from './line-chart.tsx'
import { Panel } from './panel.tsx'
import { useReport } from './report-context.ts'
import { metricLines } from './run-lines.ts'

const CHARTS = [
  {
    key: 'staleness/steps',
    title: 'Steps since sampling',
    format: formatCount,
    sentence:
      'How many steps were made between the weights that sampled a step and those that learned from it.',
  },
  {
    key: 'staleness/stale_fraction',
    title: 'Stale samples',
    format: formatPercent,
    sentence: 'Share of a step’s samples that an older version than the learning one drew.',
  },
  {
    key: 'ledger/stale',
    title: 'Stale tokens',
    format: formatCount,
    sentence:
      'Sampled tokens that an older version drew; where versions changed within a sample, only theirs.',
  },
  {
    key: 'staleness/kl',
    title: 'Distance from the older weights',
    format: formatNumber,
    sentence:
      'Estimated KL divergence, in nats per token, of what sampled from what learned: large means that the correction has much to do.',
  },
] as const

/** Whether some run sampled steps while it learned from others. */
export function isAsynchronous({ runs }: ReportData): boolean {
  return runs.some(({ metrics }) => 'staleness/steps' in metrics)
}

/** Which versions drew what a step learned from, and how far they were from it. */
export function Staleness(): VNode {
  const state = useReport()
  const charts = useMemo(
    () => CHARTS.map((chart) => ({ ...chart, lines: metricLines(state, chart.key) })),
    [state.data],
  )
  return (
    <Panel
      id="staleness"
      title="Sampling while learning"
      lead="Steps were sampled while earlier ones were learned from, so older versions of the weights drew them. Here is how old they were, and how far they had moved."
    >
      <div class="grid">
        {charts.map(({ key, format, ...chart }) => (
          <LineChart key={key} {...chart} xLabel="step" formatX={formatCount} formatY={format} />
        ))}
      </div>
    </Panel>
  )
}
