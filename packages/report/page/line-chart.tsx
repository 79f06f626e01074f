import type uPlot from 'uplot'
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { align, meanOfLines, trailingMean, valueNear, type Points } from './align.ts'
import { ChartFrame } from './chart-frame.tsx'
import { fade, resolveColor, type Look } from './palette.ts'
import { Plot } from './plot.tsx'

/** One line of a run. */
export interface Line extends Points {
  /** Lines of one group share look and legend; several are drawn thin, with their mean. */
  readonly group: string
  /** Its heading in the table. */
  readonly name: string
  readonly look: Look
}

export interface LineChartProps {
  readonly title: string
  /** What the chart shows, in a sentence. */
  readonly sentence: string
  readonly lines: readonly Line[]
  readonly xLabel: string
  readonly formatX: (value: number) => string
  readonly formatY: (value: number) => string
  readonly yRange?: readonly [number, number]
  /** Draws trailing means over this many points, and the points themselves faintly. */
  readonly smooth?: number
  /** Two of the groups; the space between them is filled. */
  readonly band?: readonly [low: string, high: string]
  /** A height marked by a dotted line. */
  readonly level?: number
  /** A place on x marked by a dotted line. */
  readonly place?: number
}

interface Drawn {
  readonly group: string
  readonly look: Look
  readonly points: Points
  readonly width: number
  readonly alpha: number
  /** Whether its values are in the legend. */
  readonly isLegend: boolean
  readonly hasPoints: boolean
}

/**
 * Lines over one axis, with a legend that shows the values under the cursor, and all values as a
 * table.
 */
export function LineChart({
  title,
  sentence,
  lines,
  xLabel,
  formatX,
  formatY,
  yRange,
  smooth = 1,
  band,
  level,
  place,
}: LineChartProps): VNode {
  const [index, setIndex] = useState<number>()
  const drawn = useMemo(() => linesToDraw(lines, smooth), [lines, smooth])
  const { x, columns } = useMemo(() => align(drawn.map(({ points }) => points)), [drawn])
  const data = useMemo(() => [x, ...columns] as uPlot.AlignedData, [x, columns])
  const shown = index !== undefined && index < x.length ? index : x.length - 1
  const read = (place: number, at: number): number | undefined =>
    index === undefined
      ? (columns[place].findLast((value) => value !== null) ?? undefined)
      : valueNear(x, columns[place], at)
  const legend = drawn.flatMap(({ group, look, isLegend }, place) =>
    isLegend ? [{ name: group, look, place }] : [],
  )
  const valueText = (value: number | undefined): string =>
    value === undefined ? '–' : formatY(value)
  if (x.length === 0)
    return (
      <ChartFrame title={title} sentence={sentence} empty="No run here has data for this chart." />
    )
  return (
    <ChartFrame
      title={title}
      sentence={sentence}
      at={
        index === undefined
          ? 'at the end'
          : `at ${xLabel === 'step' ? 'step ' : ''}${formatX(x[shown])}`
      }
      legend={legend.map(({ name, look, place }) => ({
        name,
        look,
        value: valueText(read(place, shown)),
      }))}
      table={() => ({
        head: [xLabel, ...lines.map(({ name }) => name)],
        rows: tableOf(lines, formatX, formatY),
      })}
    >
      <Plot
        data={data}
        index={index}
        onIndex={setIndex}
        formatX={formatX}
        formatY={formatY}
        yRange={yRange}
        level={level}
        xLabel={xLabel}
        label={`${title}: cursor along ${xLabel}`}
        describe={(at) =>
          legend
            .map(({ name, place }) => `${name} ${valueText(valueNear(x, columns[place], at))}`)
            .join(', ')
        }
        options={() => plotOptions(drawn, { band, level, place })}
      />
    </ChartFrame>
  )
}

function linesToDraw(lines: readonly Line[], smooth: number): Drawn[] {
  return [...new Set(lines.map(({ group }) => group))].flatMap((group) => {
    const own = lines.filter((line) => line.group === group)
    const { look } = own[0]
    const smoothed = own.map(({ x, y }): Points => ({ x, y: trailingMean(y, smooth) }))
    const thin = (points: Points, alpha: number): Drawn => ({
      group,
      look,
      points,
      width: 1,
      alpha,
      isLegend: false,
      hasPoints: false,
    })
    const thick = (points: Points): Drawn => ({
      group,
      look,
      points,
      width: 2.25,
      alpha: 1,
      isLegend: true,
      hasPoints: own.length === 1 && points.x.length <= 25,
    })
    if (own.length > 1)
      return [...smoothed.map((points) => thin(points, 0.45)), thick(meanOfLines(smoothed))]
    return smooth > 1 ? [thin(own[0], 0.3), thick(smoothed[0])] : [thick(own[0])]
  })
}

function plotOptions(
  drawn: readonly Drawn[],
  { band, level, place: mark }: Pick<LineChartProps, 'band' | 'level' | 'place'>,
): ReturnType<Parameters<typeof Plot>[0]['options']> {
  const place = (group: string): number =>
    1 + drawn.findIndex((line) => line.group === group && line.isLegend)
  const series = drawn.map(({ look, width, alpha, hasPoints }): uPlot.Series => {
    const color = resolveColor(look.color)
    return {
      stroke: alpha < 1 ? fade(color, alpha) : color,
      width,
      dash: alpha < 1 ? [] : [...look.dash],
      spanGaps: true,
      points: { show: hasPoints, size: 5, fill: color, stroke: color },
    }
  })
  return {
    series: [{}, ...series],
    ...(band && {
      bands: [
        {
          series: [place(band[1]), place(band[0])],
          fill: fade(resolveColor(drawn[0].look.color), 0.16),
        },
      ],
    }),
    hooks: { draw: [(self: uPlot) => drawMarks(self, level, mark)] },
  }
}

/** Draws the dotted lines, if there are any. */
function drawMarks(plot: uPlot, level: number | undefined, place: number | undefined): void {
  const { ctx, bbox } = plot
  const { left, top, width, height } = bbox
  const line = (...[x0, y0, x1, y1]: [number, number, number, number]): void => {
    ctx.moveTo(x0, y0)
    ctx.lineTo(x1, y1)
  }
  ctx.save()
  ctx.strokeStyle = resolveColor('--muted')
  ctx.setLineDash([3, 5])
  ctx.beginPath()
  if (level !== undefined)
    line(left, plot.valToPos(level, 'y', true), left + width, plot.valToPos(level, 'y', true))
  if (place !== undefined)
    line(plot.valToPos(place, 'x', true), top, plot.valToPos(place, 'x', true), top + height)
  ctx.stroke()
  ctx.restore()
}

function tableOf(
  lines: readonly Line[],
  formatX: (value: number) => string,
  formatY: (value: number) => string,
): string[][] {
  const { x, columns } = align(lines)
  return x.map((value, i) => [
    formatX(value),
    ...columns.map((column) => (column[i] === null ? '' : formatY(column[i]))),
  ])
}
