import type { CurvePoint } from '../src/train-chain.ts'

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 320, 56, 44, 14, 38]
const LARGEST_WEIGHT = 2

/** The figure: accuracies on held-out questions, and the mean weight. */
export class Curve {
  readonly points: CurvePoint[] = []
  #hasCritic = true
  #steps: number
  readonly #figure: HTMLElement

  /** `steps`: how far the axis goes at least. */
  constructor(figure: HTMLElement, steps: number) {
    this.#figure = figure
    this.#steps = steps
    this.#draw()
  }

  clear({ hasCritic, steps }: { readonly hasCritic: boolean; readonly steps: number }): void {
    this.points.length = 0
    this.#hasCritic = hasCritic
    this.#steps = steps
    this.#draw()
  }

  addPoint(point: CurvePoint): void {
    this.points.push(point)
    this.#draw()
  }

  #draw(): void {
    const last = Math.max(this.#steps, this.points.at(-1)?.step ?? 0)
    const x = (step: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * step) / last
    const y = (share: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)
    const line = (kind: string, values: readonly (readonly [number, number])[]): string =>
      `<polyline class="${kind}" points="${values.map(([step, share]) => `${x(step).toFixed(1)},${y(share).toFixed(1)}`).join(' ')}"/>${values
        .slice(-1)
        .map(
          ([step, share]) => `<circle class="${kind}" cx="${x(step)}" cy="${y(share)}" r="3.5"/>`,
        )
        .join('')}`
    const alone = this.points.map(({ step, alone: share }) => [step, share] as const)
    const guided = this.points.flatMap(({ step, withCritique }) =>
      withCritique === undefined ? [] : [[step, withCritique] as const],
    )
    const weights = this.points.flatMap(({ step, meanWeight }) =>
      meanWeight === undefined
        ? []
        : [[step, Math.min(meanWeight, LARGEST_WEIGHT) / LARGEST_WEIGHT] as const],
    )
    const summary = alone.length === 0 ? 'no point yet' : `alone ${inWords(alone)}`
    this.#figure.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Accuracy on held-out questions over training steps: ${summary}">
${[0, 0.25, 0.5, 0.75, 1].map((share) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}"/><text x="${LEFT - 6}" y="${y(share) + 4}" text-anchor="end">${100 * share}%</text><text x="${WIDTH - RIGHT + 6}" y="${y(share) + 4}">${this.#hasCritic ? share * LARGEST_WEIGHT : ''}</text>`).join('')}
${ticks(last)
  .map((step) => `<text x="${x(step)}" y="${HEIGHT - 8}" text-anchor="middle">${step}</text>`)
  .join('')}
${line('weight', weights)}${line('guided', guided)}${line('alone', alone)}</svg>
<figcaption><span class="alone">alone</span>${
      this.#hasCritic
        ? ' <span class="guided">with critique</span> <span class="weight">mean weight w̄<sub>t</sub>, right axis</span>'
        : ''
    } <span class="axis">training steps</span></figcaption>`
  }
}

function ticks(last: number): number[] {
  const every = last > 20 ? 10 : 5
  return Array.from({ length: Math.floor(last / every) + 1 }, (_, i) => i * every)
}

function inWords(values: readonly (readonly [number, number])[]): string {
  const [[, first], [, last]] = [values[0], values.at(-1)!]
  return `${(100 * first).toFixed(0)}% to ${(100 * last).toFixed(0)}%`
}
