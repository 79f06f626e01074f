import { plot } from 'simple-ascii-chart'

/** One method's held-out accuracy over sampled training tokens. */
export interface Curve {
  readonly name: string
  /** [tokens, accuracy], tokens ascending. */
  readonly points: readonly (readonly [number, number])[]
}

const COLORS = ['ansiGreen', 'ansiYellow', 'ansiCyan', 'ansiMagenta'] as const
const COLUMNS = 60

/** Accuracy at a number of tokens, linearly interpolated between evaluations. */
function accuracyAt({ points }: Curve, tokens: number): number {
  const next = points.findIndex(([at]) => at >= tokens)
  if (next <= 0) return points[next === 0 ? 0 : points.length - 1][1]
  const [[before, low], [after, high]] = [points[next - 1], points[next]]
  return low + ((high - low) * (tokens - before)) / (after - before)
}

/** Multiples of a round number, at most six of them up to `last`. */
function ticks(last: number): number[] {
  const step = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5].find((size) => last / size <= 6) ?? 1e6
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step)
}

/** The curves as colored text, at equal sampled tokens; empty if nothing was evaluated twice. */
export function drawCurves(curves: readonly Curve[]): string {
  const drawn = curves.filter(({ points }) => points.length > 1)
  if (drawn.length === 0) return ''
  const last = Math.max(...drawn.map(({ points }) => points[points.length - 1][0]))
  const series = drawn.map((curve) => {
    const end = curve.points[curve.points.length - 1][0]
    return Array.from({ length: COLUMNS }, (_, i): [number, number] => [
      (end * i) / (COLUMNS - 1),
      accuracyAt(curve, (end * i) / (COLUMNS - 1)),
    ])
  })
  return plot(series, {
    width: COLUMNS,
    height: 15,
    yRange: [0, 1],
    customYAxisTicks: [0, 0.25, 0.5, 0.75, 1],
    customXAxisTicks: ticks(last),
    title: 'critique-free accuracy on held-out questions, by sampled training tokens',
    formatter: (value, { axis }) =>
      axis === 'x' ? `${Math.round(value / 1000)}k` : value.toFixed(2),
    legend: { position: 'bottom', series: drawn.map(({ name }) => name) },
    color: drawn.map((_, i) => COLORS[i % COLORS.length]),
  })
}
