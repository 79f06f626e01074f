import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { formatCount, formatNumber, formatPercent } from './format.ts'
import { LineChart } from './line-chart.tsx'
import { Panel } from './panel.tsx'
import { useReport } from './report-context.ts'
import { metricLines } from './run-lines.ts'

const CHARTS = [
  {
    key: 'policy/entropy',
    title: 'Entropy',
    format: formatNumber,
    sentence:
      'Mean entropy of the policy’s next token in nats: how undecided it is; near 0 it no longer explores.',
  },
  {
    key: 'policy/clip_fraction',
    title: 'Clipped tokens',
    format: formatPercent,
    sentence: 'Share of tokens whose ratio left the clip range, so that they stopped pushing.',
  },
  {
    key: 'policy/grad_norm',
    title: 'Gradient norm',
    format: formatNumber,
    sentence:
      'Length of the gradient before it is clipped; missing where a step had nothing to learn.',
  },
  {
    key: 'policy/kl',
    title: 'Distance from the reference',
    format: formatNumber,
    sentence: 'Estimated KL divergence from the reference policy, in nats per token.',
  },
  {
    key: 'policy/loss',
    title: 'Loss',
    format: formatNumber,
    sentence:
      'Value of the objective; it hovers around 0 by construction and says little about learning.',
  },
  {
    key: 'policy/mismatch_max',
    title: 'Sampling against training',
    format: formatNumber,
    sentence:
      'Largest difference between a token’s log-probability when it was sampled and when it was trained on: 0 is exact.',
  },
  {
    key: 'calibration/ess',
    title: 'Effective weighted tokens',
    format: formatNumber,
    sentence:
      'How many equally weighted tokens the revisions of a step are worth; far below their number, a few heavy tokens decide.',
  },
] as const

/** Small charts of the optimizer's own figures. */
export function Update(): VNode {
  const state = useReport()
  const charts = useMemo(
    () =>
      CHARTS.map((chart) => ({ ...chart, lines: metricLines(state, chart.key) })).filter(
        ({ lines }) => lines.length > 0,
      ),
    [state.data],
  )
  return (
    <Panel
      id="update"
      title="The update"
      lead="Figures of the optimizer, for those who want to know whether a step was healthy."
    >
      <div class="grid three">
        {charts.map(({ key, title, sentence, lines, format }) => (
          <LineChart
            key={key}
            title={title}
            sentence={sentence}
            lines={lines}
            xLabel="step"
            formatX={formatCount}
            formatY={format}
          />
        ))}
      </div>
    </Panel>
  )
}
