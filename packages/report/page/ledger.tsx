import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { RunData } from '../src/page-data/report-data.ts'
import { formatCount, formatPercent } from './format.ts'
import { Panel } from './panel.tsx'
import { useReport } from './report-context.ts'
import { ShareBars } from './share-bars.tsx'
import { StackedChart } from './stacked-chart.tsx'

const FATES = [
  { key: 'trained', name: 'trained', color: '--mixed' },
  { key: 'zero_advantage', name: 'zero-variance group', color: '--idle' },
  { key: 'filtered', name: 'filtered out', color: '--part-4' },
  { key: 'truncated', name: 'cut off', color: '--part-5' },
  { key: 'failed', name: 'session failed', color: '--failed' },
] as const

/** Where every sampled token went. */
export function Ledger(): VNode {
  const { data, run } = useReport()
  const chosen = data.runs[run]
  const layers = useMemo(
    () =>
      FATES.filter(({ key }) => (chosen?.ledger[key] ?? 0) > 0).map(({ key, name, color }) => ({
        name,
        color,
        values: chosen.metrics[`ledger/${key}`] ?? [],
      })),
    [chosen],
  )
  return (
    <Panel
      id="ledger"
      title="Where the tokens went"
      lead="Every token sampled for training is accounted for, once: it was learned from, or it belonged to a zero-variance group, a filtered or cut-off answer, or a session that failed."
      choosesRun
    >
      <ShareBars
        title="Whole runs"
        sentence="Sampled training tokens of each run by what became of them."
        parts={FATES}
        amounts={({ ledger }: RunData) => ledger}
        format={formatCount}
        formatWhole={(tokens) => `${formatCount(tokens)} tokens`}
      />
      <StackedChart
        title="Step by step"
        sentence="Tokens sampled in each step of the chosen run, by what became of them."
        x={(chosen?.metrics.step ?? []) as number[]}
        xLabel="step"
        layers={layers}
        formatY={formatCount}
      />
      {data.runs.some(isUnbalanced) && (
        <p class="note">
          A ledger does not add up:{' '}
          {data.runs
            .filter(isUnbalanced)
            .map(
              ({ folder, ledger }) =>
                `${folder}: ${formatPercent(ledger.generated === 0 ? 0 : sumOf(ledger) / ledger.generated)} of its tokens are accounted for`,
            )
            .join('; ')}
          .
        </p>
      )}
    </Panel>
  )
}

function sumOf(ledger: RunData['ledger']): number {
  return FATES.reduce((sum, { key }) => sum + (ledger[key] ?? 0), 0)
}

function isUnbalanced({ ledger }: RunData): boolean {
  return ledger.generated !== undefined && ledger.generated !== sumOf(ledger)
}
