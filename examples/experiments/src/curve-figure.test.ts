import { describe, expect, it } from 'vitest'
import { curveFigure, type Panel } from './curve-figure.ts'

const panel: Panel = {
  title: 'a < b',
  tokens: 1000,
  top: 1,
  arms: [
    {
      name: 'ICRL',
      curves: [
        { tokens: [0, 2000], values: [0, 1] },
        { tokens: [0, 1000], values: [0, 1] },
      ],
    },
    { name: 'GRPO', curves: [] },
  ],
}
const count = (text: string, part: RegExp): number => text.match(part)?.length ?? 0

describe('the figure', () => {
  it('draws every seed and each mean, and an arm without runs in the legend alone', () => {
    const svg = curveFigure([panel, panel], 'curves')
    expect(count(svg, /class="seed arm-0"/g)).toBe(4)
    expect(count(svg, /class="mean arm-0"/g)).toBe(4)
    expect(count(svg, /class="mean arm-1"/g)).toBe(2)
    expect(svg).toContain('a &lt; b')
    expect(svg).not.toContain('NaN')
  })

  it('is as wide as its columns: one panel, two, three in two rows', () => {
    const size = (panels: number): string[] | undefined =>
      /width="(\d+)" height="(\d+)"/
        .exec(curveFigure(new Array<Panel>(panels).fill(panel), 'curves'))
        ?.slice(1)
    expect([1, 2, 3].map(size)).toEqual([
      ['448', '346'],
      ['880', '346'],
      ['880', '686'],
    ])
  })

  it('cuts a curve at the right edge, on its own line', () => {
    const [first] = curveFigure([panel], 'curves').match(/class="seed arm-0" d="[^"]*"/)!
    expect(first).toBe('class="seed arm-0" d="M0.0 230.0L370.0 115.0"')
  })
})
