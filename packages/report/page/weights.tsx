import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { RunData } from '../src/page-data/report-data.ts'
import { Table } from './chart-frame.tsx'
import { formatCount, formatNumber, formatPercent } from './format.ts'
import { LineChart, type Line } from './line-chart.tsx'
import { Panel } from './panel.tsx'
import { useReport } from './report-context.ts'
import { evaluationLines, metricLines } from './run-lines.ts'

/** How w_t develops: its mean, its spread within a run, and what the cap cuts. */
export function Weights(): VNode {
  const state = useReport()
  const { data, run } = state
  const means = useMemo(() => metricLines(state, 'calibration/weight_mean'), [data])
  const probes = useMemo(() => evaluationLines(state, 'calibration/probe_weight_mean'), [data])
  const capped = useMemo(() => metricLines(state, 'calibration/capped_fraction'), [data])
  const spread = useMemo(() => spreadLines(data.runs[run]?.survey), [data, run])
  const lead = (
    <>
      A revision is written with a critique in view but learned without it. Each of its tokens
      counts with the weight <var>w</var> = π(token without the critique) / π(token with it): below
      1 the token leans on the critique and is learned cautiously, at 1 the model would have said it
      anyway. A weight that rises towards 1 is advice becoming the model’s own.
    </>
  )
  if (means.length === 0)
    return (
      <Panel
        id="weights"
        title="Weights of revised tokens"
        lead="A revision written with help is learned without it, each token weighted by how likely it was unaided."
      >
        <p class="empty">No run here learned from revisions, so every token has weight 1.</p>
      </Panel>
    )
  return (
    <Panel id="weights" title="Weights of revised tokens" lead={lead} choosesRun>
      <div class="grid">
        <LineChart
          title="Mean weight, each step’s revisions"
          lines={means}
          xLabel="step"
          formatX={formatCount}
          formatY={formatNumber}
          smooth={5}
          level={1}
          sentence="Mean of w over all tokens of a step’s own revisions, before the cap; the dotted line is 1, where critique and no critique agree. Revisions follow failures, so later steps revise harder tasks."
        />
        <LineChart
          title="Mean weight, the same answers"
          lines={probes}
          xLabel="step"
          formatX={formatCount}
          formatY={formatNumber}
          level={1}
          sentence="Mean of w over one fixed set of guided answers, scored again at every evaluation: only the model changes here, so a rise means that it makes the advice its own."
        />
        <LineChart
          title="Spread within a run"
          lines={spread}
          xLabel="step"
          formatX={formatCount}
          formatY={formatNumber}
          band={['10th percentile', '90th percentile']}
          level={1}
          sentence="From the 10th to the 90th percentile of w over the tokens of each step of the chosen run, with the median: a wide band means that few tokens carry the critique."
        />
        <LineChart
          title="Share above the cap"
          lines={capped}
          xLabel="step"
          formatX={formatCount}
          formatY={formatPercent}
          smooth={5}
          sentence="Share of revision tokens whose weight the cap lowers, because the model likes them far better without the critique."
        />
      </div>
      <Muted tokens={data.runs[run]?.muted ?? []} />
    </Panel>
  )
}

/** The tokens that successful revisions owe to the critique. */
function Muted({ tokens }: { readonly tokens: RunData['muted'] }): VNode | null {
  if (tokens.length === 0) return null
  return (
    <figure class="chart">
      <figcaption>
        <h3>Tokens held back most</h3>
        <p>
          Tokens of successful revisions of the chosen run that keep less than a tenth of their
          gradient. Where they are part of a wanted form, it is not being learned; where they are a
          secret that the critique gives away, that is as it should be.
        </p>
      </figcaption>
      <Table
        caption="Tokens held back most"
        head={['Token', 'Times', 'Mean weight']}
        rows={tokens.map(({ id, text, count, weight }) => [
          text === undefined ? `id ${id}` : JSON.stringify(text),
          formatCount(count),
          formatNumber(weight),
        ])}
      />
    </figure>
  )
}

function spreadLines(
  survey:
    | {
        readonly step: readonly number[]
        readonly weight10: readonly (number | null)[]
        readonly weight50: readonly (number | null)[]
        readonly weight90: readonly (number | null)[]
      }
    | undefined,
): Line[] {
  if (!survey || survey.weight50.every((value) => value === null)) return []
  const line = (name: string, y: readonly (number | null)[], dash: readonly number[]): Line => ({
    group: name,
    name,
    look: { color: '--series-5', dash },
    x: survey.step,
    y,
  })
  return [
    line('90th percentile', survey.weight90, [3, 3]),
    line('median', survey.weight50, []),
    line('10th percentile', survey.weight10, [3, 3]),
  ]
}
