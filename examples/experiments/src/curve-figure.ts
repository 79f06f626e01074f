import { valueAt, type Curve } from '@icrl/report'

/** One panel: curves over sampled tokens, shares between 0 and `top`. */
export interface Panel {
  readonly title: string
  /** Tokens at the right edge. */
  readonly tokens: number
  /** Share at the upper edge. */
  readonly top: number
  /** In the order of the legend; each has one curve per seed. */
  readonly arms: readonly { readonly name: string; readonly curves: readonly Curve[] }[]
}

const [PANEL, HEIGHT] = [370, 230]
const [LEFT, RIGHT, TOP, BELOW, GAP] = [48, 30, 64, 46, 62]
/**
 * Okabe and Ito's blue, vermillion and bluish green, and a purple: told apart by the color-blind with
 * their dashes, legible on white and on black.
 */
const STYLES = ['arm-0', 'arm-1', 'arm-2', 'arm-3'] as const
const STYLE_SHEET = `
  .page { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif } .small { font-size: 11px } .title { font-weight: 600 }
  .grid { stroke: #d0d7de } path { fill: none } .seed { stroke-width: 1; opacity: .5 } .mean { stroke-width: 2.5 }
  .arm-0 { stroke: #0072b2 } .arm-1 { stroke: #d55e00 } .arm-2 { stroke: #009e73 } .arm-3 { stroke: #8250df } .mean.arm-1 { stroke-dasharray: 8 3 } .mean.arm-2 { stroke-dasharray: 2 3 } .mean.arm-3 { stroke-dasharray: 12 3 2 3 }
  @media (prefers-color-scheme: dark) { .page { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #30363d } .arm-0 { stroke: #56b4e9 } .arm-1 { stroke: #ff8c42 } .arm-2 { stroke: #2fd3a5 } .arm-3 { stroke: #c297ff } }`

/**
 * Panels of learning curves, two per row, as a self-contained SVG that follows the reader's light
 * or dark preference: each seed as a thin line, each arm's mean as a thick one.
 */
export function curveFigure(panels: readonly Panel[], description: string): string {
  const columns = Math.min(2, panels.length)
  const rows = Math.ceil(panels.length / 2)
  const width = LEFT + columns * PANEL + (columns - 1) * GAP + RIGHT
  const height = rows * (HEIGHT + TOP + BELOW) + 6
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(description)}">`,
    `<style>${STYLE_SHEET}\n</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    ...panels.map(
      (panel, i) =>
        `<g transform="translate(${LEFT + (i % 2) * (PANEL + GAP)} ${TOP + Math.floor(i / 2) * (HEIGHT + TOP + BELOW)})">\n${panelParts(panel).join('\n')}\n</g>`,
    ),
    '</svg>\n',
  ].join('\n')
}

function panelParts({ title, tokens, top, arms }: Panel): string[] {
  const x = (at: number): number => (at / tokens) * PANEL
  const y = (share: number): number => HEIGHT - (share / top) * HEIGHT
  const path = (points: readonly (readonly [number, number])[]): string =>
    points
      .map(([at, share], i) => `${i === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(share).toFixed(1)}`)
      .join('')
  return [
    `<text class="title" x="0" y="-40">${escaped(title)}</text>`,
    ...legend(arms.map(({ name }) => name)),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (part) =>
        `<line class="grid" x2="${PANEL}" y1="${y(part * top)}" y2="${y(part * top)}"/><text class="small" x="-6" y="${y(part * top) + 4}" text-anchor="end">${label(part * top)}</text>`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (part) =>
        `<text class="small" x="${part * PANEL}" y="${HEIGHT + 16}" text-anchor="middle">${(part * tokens) / 1000}k</text>`,
    ),
    `<text class="small" x="${PANEL / 2}" y="${HEIGHT + 32}" text-anchor="middle">sampled training tokens</text>`,
    ...arms.flatMap(({ curves }, i) =>
      curves.map((curve) => `<path class="seed ${STYLES[i]}" d="${path(drawn(curve, tokens))}"/>`),
    ),
    ...arms.flatMap(({ curves }, i) =>
      curves.length > 0
        ? [`<path class="mean ${STYLES[i]}" d="${path(meanCurve(curves, tokens))}"/>`]
        : [],
    ),
  ]
}

function legend(names: readonly string[]): string[] {
  let left = 0
  return names.map((name, i) => {
    const entry = `<path class="mean ${STYLES[i]}" d="M${left} -20h24"/><text class="small" x="${left + 29}" y="-16">${escaped(name)}</text>`
    left += 29 + name.length * 6.2 + 16
    return entry
  })
}

/** The curve up to the panel's right edge. */
function drawn(curve: Curve, tokens: number): [number, number][] {
  return [...curve.tokens.filter((at) => at < tokens), tokens].map((at) => [at, valueAt(curve, at)])
}

function meanCurve(curves: readonly Curve[], tokens: number): [number, number][] {
  return Array.from({ length: 61 }, (_, i) => {
    const at = (tokens * i) / 60
    return [at, curves.reduce((sum, curve) => sum + valueAt(curve, at), 0) / curves.length]
  })
}

function label(share: number): string {
  return share.toFixed(2)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
