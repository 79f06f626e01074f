import type { VNode } from 'preact'
import type { RunData } from '../src/page-data/report-data.ts'
import { ChartFrame } from './chart-frame.tsx'
import { formatPercent } from './format.ts'
import { nameOf, useReport } from './report-context.ts'

export interface ShareBarsProps {
  readonly title: string
  readonly sentence: string
  readonly parts: readonly { readonly key: string; readonly name: string; readonly color: string }[]
  readonly amounts: (run: RunData) => Readonly<Record<string, number>>
  readonly format: (value: number) => string
  /** The words for a run's whole, given its amount: `61.2k tokens`. */
  readonly formatWhole: (value: number) => string
}

/** One bar per run, cut into the parts of a whole, with the figures in it and beside it. */
export function ShareBars({
  title,
  sentence,
  parts,
  amounts,
  format,
  formatWhole,
}: ShareBarsProps): VNode {
  const state = useReport()
  const rows = state.data.runs
    .map((run) => {
      const own = amounts(run)
      const whole = parts.reduce((sum, { key }) => sum + (own[key] ?? 0), 0)
      return {
        name: nameOf(state, run),
        whole,
        shown: parts.flatMap(({ key, ...part }) =>
          own[key] ? [{ ...part, value: own[key], share: own[key] / whole }] : [],
        ),
      }
    })
    .filter(({ whole }) => whole > 0)
  const used = parts.filter(({ name }) =>
    rows.some(({ shown }) => shown.some((part) => part.name === name)),
  )
  if (rows.length === 0)
    return (
      <ChartFrame title={title} sentence={sentence} empty="No run here has data for this chart." />
    )
  return (
    <ChartFrame
      title={title}
      sentence={sentence}
      isFilled
      legend={used.map(({ name, color }) => ({ name, look: { color, dash: [] }, value: '' }))}
      table={() => ({
        head: ['Run', ...used.map(({ name }) => name), 'total'],
        rows: rows.map(({ name, shown, whole }) => [
          name,
          ...used.map((part) => format(shown.find((one) => one.name === part.name)?.value ?? 0)),
          format(whole),
        ]),
      })}
    >
      <ul class="bars">
        {rows.map(({ name, whole, shown }) => (
          <li key={name}>
            <span class="name">{name}</span>
            <div
              class="bar"
              role="img"
              aria-label={shown
                .map((part) => `${part.name} ${formatPercent(part.share)}`)
                .join(', ')}
            >
              {shown.map((part) => (
                <span
                  key={part.name}
                  style={{ width: `${100 * part.share}%`, background: `var(${part.color})` }}
                  title={`${part.name}: ${format(part.value)}`}
                >
                  {part.share > 0.07 && formatPercent(part.share)}
                </span>
              ))}
            </div>
            <span class="value">{formatWhole(whole)}</span>
          </li>
        ))}
      </ul>
    </ChartFrame>
  )
}
