import type { VNode } from 'preact'
import type {
  ComparedMethod,
  Comparison,
  Estimate,
  PairedDifference,
} from '../src/statistics/comparison.ts'
import { Swatch, Table } from './chart-frame.tsx'
import {
  formatCount,
  formatEstimate,
  formatList,
  formatPercent,
  formatPoints,
  formatSeconds,
  plural,
} from './format.ts'
import { Panel } from './panel.tsx'
import { lookOf, useReport, type ReportState } from './report-context.ts'

/** The outcome in a sentence, a card for each method, and their differences. */
export function Summary(): VNode {
  const state = useReport()
  const { comparison } = state.data
  return (
    <Panel
      id="summary"
      title="What came out"
      lead={
        comparison
          ? outcome(comparison)
          : 'No held-out evaluation is stored, so this page shows training figures alone.'
      }
    >
      {comparison && (
        <>
          <div class="cards">
            {comparison.methods.map((method) => (
              <MethodCard
                method={method}
                comparison={comparison}
                state={state}
                key={method.method}
              />
            ))}
          </div>
          {comparison.pairs.length > 0 && <Differences comparison={comparison} />}
          <p class="note">
            {comparison.statement}
            {comparison.omitted.length > 0 &&
              ` Left out, because never evaluated: ${formatList(comparison.omitted)}.`}{' '}
            {comparison.horizon > 0 &&
              `Area under the curve is the mean accuracy while the run sampled its first ${formatCount(comparison.horizon)} tokens.`}
          </p>
        </>
      )}
    </Panel>
  )
}

function outcome({ methods, horizon, tasks, sets, condition }: Comparison): string {
  const finals = formatList(
    methods.map(({ method, atHorizon }) => `${method} ${formatPercent(atHorizon.value)}`),
  )
  const initial = methods.flatMap(({ runs }) => runs.map((run) => run.initial))
  const before = formatPercent(initial.reduce((sum, value) => sum + value, 0) / initial.length)
  const how = condition === 'critique_free' ? 'alone, without any critique' : `under “${condition}”`
  const what = sets > 1 ? `Mean over ${sets} sets of the share` : 'Share'
  const when =
    horizon > 0
      ? `after ${formatCount(horizon)} sampled training tokens`
      : 'after training that sampled nothing'
  return `${what} of ${tasks > 0 ? `${tasks} ` : ''}held-out tasks solved ${how}, ${when}: ${finals}. Before training it was ${before}.`
}

function MethodCard({
  method: { method, runs, atHorizon, area, tokensToThreshold },
  comparison,
  state,
}: {
  readonly method: ComparedMethod
  readonly comparison: Comparison
  readonly state: ReportState
}): VNode {
  const own = state.data.runs.filter(({ label }) => label === method)
  const seconds = own.flatMap(({ wallSeconds }) => wallSeconds ?? [])
  const { threshold } = comparison
  const reached =
    tokensToThreshold.median === undefined ? 'not reached' : formatCount(tokensToThreshold.median)
  const facts: [string, string][] = [
    [
      `Tokens to reach ${formatPercent(threshold)}`,
      runs.length > 1
        ? `${reached} (${tokensToThreshold.reached} of ${tokensToThreshold.of} seeds)`
        : reached,
    ],
    ['Area under curve', formatPercent(area.value)],
    ['Best evaluation', formatPercent(Math.max(...runs.map(({ best }) => best)))],
    [
      'Length',
      `${plural(Math.round(mean(own.map(({ steps }) => steps))), 'step')}${seconds.length > 0 ? `, ${formatSeconds(mean(seconds))}` : ''}`,
    ],
  ]
  return (
    <article
      class="card"
      aria-label={method}
      style={{ '--accent': `var(${lookOf(state, method).color})` }}
    >
      <h3>
        <Swatch look={lookOf(state, method)} />
        {method}
        {runs.length > 1 && <small>{plural(runs.length, 'seed')}</small>}
      </h3>
      <p class="big">
        {formatPercent(atHorizon.value)}
        <Interval of={atHorizon} />
      </p>
      <dl>
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </article>
  )
}

function Interval({ of: { low, high } }: { readonly of: Estimate }): VNode | null {
  return low === undefined || high === undefined ? null : (
    <small>
      {formatPercent(low)} to {formatPercent(high)}
    </small>
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

function Differences({
  comparison: { pairs, horizon, methods },
}: {
  readonly comparison: Comparison
}): VNode {
  const extent = Math.max(
    0.05,
    ...pairs.flatMap(({ atHorizon: { value, low, high } }) =>
      [value, low ?? 0, high ?? 0].map(Math.abs),
    ),
  )
  return (
    <figure class="chart differences">
      <figcaption>
        <h3>Differences at equal tokens</h3>
        <p>
          Percentage points by which the first method is ahead of the second after{' '}
          {formatCount(horizon)} tokens; where the bar crosses the middle line, the data do not tell
          them apart.
        </p>
      </figcaption>
      <ul>
        {pairs.map((pair) => (
          <li key={`${pair.first}−${pair.second}`}>
            <span class="pair">
              {pair.first} <span aria-label="minus">−</span> {pair.second}
            </span>
            <Whisker estimate={pair.atHorizon} extent={extent} />
            <span class="value">
              {formatPoints(pair.atHorizon.value)}
              {intervalOf(pair.atHorizon)}
            </span>
          </li>
        ))}
      </ul>
      <details class="data">
        <summary>Data as a table</summary>
        <Table
          caption="Methods"
          head={[
            'Method',
            'Accuracy at equal tokens',
            'Area under curve',
            'Last evaluation, by seed',
          ]}
          rows={methods.map((one) => [
            one.method,
            formatEstimate(one.atHorizon),
            formatEstimate(one.area),
            one.runs.map(({ seed, final }) => `seed ${seed}: ${formatPercent(final)}`).join(', '),
          ])}
        />
        <Table
          caption="Differences"
          head={['First − second', 'Accuracy, points', 'Area, points', 'Seeds in common']}
          rows={pairs.map(differenceRow)}
        />
      </details>
    </figure>
  )
}

function differenceRow({ first, second, atHorizon, area, seeds }: PairedDifference): string[] {
  return [
    `${first} − ${second}`,
    `${formatPoints(atHorizon.value)}${intervalOf(atHorizon)}`,
    `${formatPoints(area.value)}${intervalOf(area)}`,
    seeds.join(', '),
  ]
}

function intervalOf({ low, high }: Estimate): string {
  return low === undefined || high === undefined
    ? ''
    : ` (${formatPoints(low)} to ${formatPoints(high)})`
}

function Whisker({
  estimate: { value, low = value, high = value },
  extent,
}: {
  readonly estimate: Estimate
  readonly extent: number
}): VNode {
  const at = (difference: number): number => 50 + (46 * difference) / extent
  const isClear = low > 0 || high < 0
  return (
    <svg
      class={isClear ? 'whisker clear' : 'whisker'}
      viewBox="0 0 100 16"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <line class="zero" x1="50" x2="50" y1="0" y2="16" />
      <line class="range" x1={at(low)} x2={at(high)} y1="8" y2="8" />
      <line class="middle" x1={at(value)} x2={at(value)} y1="3" y2="13" />
    </svg>
  )
}
