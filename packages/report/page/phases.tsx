import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { RunData } from '../src/page-data/report-data.ts'
import { formatCount, formatSeconds } from './format.ts'
import { LineChart, type Line } from './line-chart.tsx'
import { Panel } from './panel.tsx'
import { lookOf, nameOf, useReport, type ReportState } from './report-context.ts'
import { ShareBars } from './share-bars.tsx'
import { StackedChart } from './stacked-chart.tsx'

const COLORS = ['--mixed', '--part-2', '--part-3', '--part-4', '--part-5', '--idle']
const NAMES: Readonly<Record<string, string>> = {
  sample: 'sampling',
  score: 'scoring',
  train: 'training',
  evaluate: 'evaluating',
}

/** Where the time of a step goes. */
export function Phases(): VNode {
  const state = useReport()
  const { data, run } = state
  const parts = useMemo(() => {
    const keys = [
      ...new Set([
        'sample',
        'score',
        'train',
        ...data.runs.flatMap(({ phases }) => Object.keys(phases)),
      ]),
    ].filter((key) => data.runs.some(({ phases }) => (phases[key] ?? 0) > 0))
    return keys.map((key, i) => ({
      key,
      name: NAMES[key] ?? key,
      color: COLORS[i % COLORS.length],
    }))
  }, [data])
  const chosen = data.runs[run]
  const layers = useMemo(
    () =>
      parts.map(({ key, name, color }) => ({
        name,
        color,
        values: chosen?.timing[`perf/phase/${key}`] ?? [],
      })),
    [parts, chosen],
  )
  const sampling = useMemo(() => speedLines(state, 'perf/sample_tokens_per_second'), [data])
  const training = useMemo(() => speedLines(state, 'perf/train_tokens_per_second'), [data])
  if (parts.length === 0)
    return (
      <Panel
        id="phases"
        title="Where the time went"
        lead="Seconds of a step by what was done in them."
      >
        <p class="empty">No run here has timing.</p>
      </Panel>
    )
  return (
    <Panel
      id="phases"
      title="Where the time went"
      lead="A step samples sessions, scores them where needed, and trains on them; now and then the model is evaluated."
      choosesRun
    >
      <ShareBars
        title="Whole runs"
        sentence="Seconds of each run by phase."
        parts={parts}
        amounts={({ phases }: RunData) => phases}
        format={formatSeconds}
        formatWhole={(seconds) => `${formatSeconds(seconds)} in all`}
      />
      <div class="grid three">
        <StackedChart
          title="Step by step"
          sentence="Seconds of each step of the chosen run, by phase."
          x={(chosen?.timing.step ?? []) as number[]}
          xLabel="step"
          layers={layers}
          formatY={formatSeconds}
        />
        <LineChart
          title="Speed of sampling"
          lines={sampling}
          xLabel="step"
          formatX={formatCount}
          formatY={formatCount}
          smooth={5}
          sentence="Tokens sampled per second, time for environments included."
        />
        <LineChart
          title="Speed of training"
          lines={training}
          xLabel="step"
          formatX={formatCount}
          formatY={formatCount}
          smooth={5}
          sentence="Tokens per second that pass through the model forwards and backwards, prompts included."
        />
      </div>
    </Panel>
  )
}

function speedLines(state: ReportState, key: string): Line[] {
  return state.data.runs.flatMap((run) => {
    const y = run.timing[key]
    return y
      ? [
          {
            group: run.label,
            name: nameOf(state, run),
            look: lookOf(state, run.label),
            x: run.timing.step as number[],
            y,
          },
        ]
      : []
  })
}
