import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { formatCount, formatNumber, formatPercent } from './format.ts'
import { LineChart, type Line } from './line-chart.tsx'
import { Panel } from './panel.tsx'
import { nameOf, useReport, type ReportState } from './report-context.ts'
import { evaluationLines, metricLines } from './run-lines.ts'

const CRITIC_CHARTS = [
  {
    key: 'critic/lift',
    title: 'What a critique adds',
    isEvaluated: true,
    format: formatPercent,
    sentence:
      'Success of a second attempt with a critique minus that of a plain second try, on held-out tasks; at 0 the critique is worth nothing.',
  },
  {
    key: 'critic/harm_rate',
    title: 'What a critique spoils',
    isEvaluated: true,
    format: formatPercent,
    sentence: 'Share of right held-out answers that become wrong after a critique.',
  },
  {
    key: 'critic/leak_rate',
    title: 'Answers given away',
    isEvaluated: false,
    format: formatPercent,
    sentence:
      'Share of critiques that contain the answer instead of teaching (thick: mean of five steps).',
  },
  {
    key: 'critic/tokens',
    title: 'Length of critiques',
    isEvaluated: false,
    format: formatNumber,
    sentence: 'Mean number of tokens a critique has.',
  },
] as const

/** Rewards and accuracy of solver and critic, and what the critic is worth. */
export function Roles(): VNode {
  const state = useReport()
  const { data } = state
  const solver = useMemo(() => metricLines(state, 'reward/solver'), [data])
  const critic = useMemo(() => metricLines(state, 'reward/critic'), [data])
  const guided = useMemo(() => metricLines(state, 'accuracy/guided'), [data])
  const attempts = useMemo(() => attemptLines(state), [data, state.run])
  const critics = useMemo(
    () =>
      CRITIC_CHARTS.map((chart) => ({
        ...chart,
        lines: (chart.isEvaluated ? evaluationLines : metricLines)(state, chart.key),
      })).filter(({ lines }) => lines.length > 0),
    [data],
  )
  return (
    <Panel
      id="roles"
      title="Solver and critic"
      lead="One model speaks in two roles: the solver attempts the task, and where it fails, the critic says what went wrong before a fresh attempt."
      choosesRun
    >
      <div class="grid">
        <LineChart
          title="Reward of the solver"
          lines={solver}
          xLabel="step"
          formatX={formatCount}
          formatY={formatNumber}
          smooth={5}
          sentence="Mean reward of all attempts of a step, revisions included (thick: mean of five steps)."
        />
        {critic.length > 0 && (
          <LineChart
            title="Reward of the critic"
            lines={critic}
            xLabel="step"
            formatX={formatCount}
            formatY={formatNumber}
            smooth={5}
            sentence="A critique earns 1 where the next attempt succeeds, otherwise what it gained over the failed one."
          />
        )}
        {guided.length > 0 && (
          <LineChart
            title="Success of revisions"
            lines={guided}
            xLabel="step"
            formatX={formatCount}
            formatY={formatPercent}
            yRange={[0, 1]}
            smooth={5}
            sentence="Share of attempts written with a critique in view that succeed, of all runs that have any."
          />
        )}
        {attempts.length > 1 && (
          <LineChart
            title="With and without help"
            lines={attempts}
            xLabel="step"
            formatX={formatCount}
            formatY={formatPercent}
            yRange={[0, 1]}
            smooth={5}
            sentence="First attempts against critique-guided revisions in the chosen run; revisions come after failures only, so theirs are the harder tasks."
          />
        )}
        {critics.map(({ key, title, sentence, lines, isEvaluated, format }) => (
          <LineChart
            key={key}
            title={title}
            sentence={sentence}
            lines={lines}
            xLabel="step"
            formatX={formatCount}
            formatY={format}
            smooth={isEvaluated ? 1 : 5}
          />
        ))}
      </div>
    </Panel>
  )
}

function attemptLines({ data, run }: ReportState): Line[] {
  const chosen = data.runs[run]
  if (!chosen) return []
  const line = (group: string, key: string, color: string, dash: readonly number[]): Line[] => {
    const y = chosen.metrics[key]
    return y
      ? [
          {
            group,
            name: `${nameOf({ data }, chosen)}: ${group}`,
            look: { color, dash },
            x: chosen.metrics.step as number[],
            y,
          },
        ]
      : []
  }
  return [
    ...line('first attempt', 'accuracy/first', '--series-1', []),
    ...line('with critique', 'accuracy/guided', '--series-2', [7, 4]),
  ]
}
