import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { formatCount, formatNumber, formatPercent } from './format.ts'
import { LineChart, type Line } from './line-chart.tsx'
import { Panel } from './panel.tsx'
import { lookOf, nameOf, useReport, type ReportState } from './report-context.ts'
import { metricLines } from './run-lines.ts'
import { StackedChart, type Layer } from './stacked-chart.tsx'

/** What each step's groups look like. Zero-variance groups teach nothing. */
export function Groups(): VNode {
  const state = useReport()
  const { data, run } = state
  const survey = data.runs[run]?.survey
  const zeroVariance = useMemo(() => metricLines(state, 'groups/zero_variance_solver'), [data])
  const spread = useMemo(() => spreadLines(state), [data])
  const roles = useMemo(
    () =>
      Object.entries(survey?.groups ?? {}).map(([role, { solved, mixed, failed }]) => ({
        role,
        layers: layersOf(solved, mixed, failed),
      })),
    [survey],
  )
  return (
    <Panel
      id="groups"
      title="Groups"
      lead="All samples of one task and role form a group, and a sample is learned by how much better or worse than its group it did. A zero-variance group, whose rewards are all equal, teaches nothing."
      choosesRun
    >
      <div class="grid">
        {roles.map(({ role, layers }) => (
          <StackedChart
            key={role}
            title={`Groups of the ${role}`}
            x={survey!.step}
            xLabel="step"
            layers={layers}
            isShare
            formatY={formatPercent}
            sentence={`Of the ${role}’s groups of each step in the chosen run: how many are all failures, how many all successes, and how many mixed. Only mixed ones teach.`}
          />
        ))}
        <LineChart
          title="Zero-variance groups"
          lines={zeroVariance}
          xLabel="step"
          formatX={formatCount}
          formatY={formatPercent}
          yRange={[0, 1]}
          smooth={5}
          sentence="Share of the solver’s groups without any spread of rewards, in every run."
        />
        <LineChart
          title="Spread within a group"
          lines={spread}
          xLabel="step"
          formatX={formatCount}
          formatY={formatNumber}
          smooth={5}
          sentence="Mean standard deviation of the rewards within a solver’s group: 0 where all rewards are equal, 0.5 is half right and half wrong."
        />
      </div>
    </Panel>
  )
}

function layersOf(
  solved: readonly number[],
  mixed: readonly number[],
  failed: readonly number[],
): Layer[] {
  return [
    { name: 'mixed', color: '--mixed', values: mixed },
    { name: 'all succeed', color: '--solved', values: solved },
    { name: 'all fail', color: '--failed', values: failed },
  ]
}

function spreadLines(state: ReportState): Line[] {
  return state.data.runs.flatMap((run) => {
    const y = run.survey.groups.solver?.spread
    return y
      ? [
          {
            group: run.label,
            name: nameOf(state, run),
            look: lookOf(state, run.label),
            x: run.survey.step,
            y,
          },
        ]
      : []
  })
}
