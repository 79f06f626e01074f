import uPlot from 'uplot'
import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { axisRange } from './axis-range.ts'
import { resolveColor } from './palette.ts'
import { useRuns } from './report-context.ts'

export interface PlotProps {
  /** `[x, …series]` on one x. */
  readonly data: uPlot.AlignedData
  /** Series, bands and the y scale; colors are resolved when it is called. */
  readonly options: () => Pick<uPlot.Options, 'series'> &
    Partial<Pick<uPlot.Options, 'bands' | 'hooks'>>
  readonly yRange?: readonly [number, number]
  /** A height that the y axis must include. */
  readonly level?: number
  readonly formatX: (value: number) => string
  readonly formatY: (value: number) => string
  readonly xLabel: string
  /** Whether to leave room for half a bar at both ends. */
  readonly hasBars?: boolean
  /** What the cursor moves along, for screen readers. */
  readonly label: string
  /** Describes everything at the cursor in words. */
  readonly describe: (index: number) => string
  /** Place under the cursor; default: the last one. */
  readonly index: number | undefined
  readonly onIndex: (index: number | undefined) => void
}

const HEIGHT = 230
/** Distances between ticks on an axis of steps. */
const WHOLE = [1, 2, 5]
  .flatMap((first) => [0, 1, 2, 3, 4, 5].map((zeros) => first * 10 ** zeros))
  .sort((a, b) => a - b)

/**
 * A canvas chart with keyboard control: it is a slider whose value is the place under the cursor,
 * so arrow keys, Home and End work and a screen reader reads the values there.
 */
export function Plot(props: PlotProps): VNode {
  const { data, index, onIndex, label, describe, formatX } = props
  const { theme } = useRuns()
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  useLayoutEffect(() => {
    const element = host.current!
    const made = new uPlot(optionsOf(props, element.clientWidth), data, element)
    plot.current = made
    const observer = new ResizeObserver(
      () => element.isConnected && made.setSize({ width: element.clientWidth, height: HEIGHT }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [data, theme])
  const last = data[0].length - 1
  const at = index ?? last
  const walk = (event: KeyboardEvent): void => {
    const next = {
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      PageUp: at + 10,
      PageDown: at - 10,
      Home: 0,
      End: last,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const clamped = Math.max(0, Math.min(last, next))
    onIndex(clamped)
    moveCursor(plot.current, clamped)
  }
  return (
    <div
      class="plot"
      ref={host}
      tabIndex={0}
      role="slider"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={at}
      aria-valuetext={last < 0 ? 'no data' : `${formatX(data[0][at])}: ${describe(at)}`}
      onKeyDown={walk}
      onBlur={() => onIndex(undefined)}
      onMouseLeave={() => onIndex(undefined)}
    />
  )
}

function moveCursor(plot: uPlot | undefined, index: number): void {
  if (!plot) return
  plot.setCursor({ left: plot.valToPos(plot.data[0][index], 'x'), top: 0 }, false)
}

function optionsOf(
  { options, yRange, level, formatX, formatY, xLabel, hasBars = false, onIndex }: PlotProps,
  width: number,
): uPlot.Options {
  const [ink, grid] = [resolveColor('--muted'), resolveColor('--grid')]
  const font = '12px system-ui, sans-serif'
  const axis = {
    stroke: ink,
    font,
    labelFont: font,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  }
  const { series, bands, hooks } = options()
  return {
    width,
    height: HEIGHT,
    padding: [10, 14, 0, 0],
    legend: { show: false },
    scales: {
      x: {
        time: false,
        ...(hasBars && {
          range: (_: uPlot, low: number, high: number): [number, number] => [low - 0.5, high + 0.5],
        }),
      },
      y: {
        range: yRange
          ? [...yRange]
          : (_, low, high) =>
              axisRange(Math.min(low ?? 0, level ?? 0), Math.max(high ?? 1, level ?? -Infinity)),
      },
    },
    axes: [
      {
        ...axis,
        values: (_, splits) => splits.map(formatX),
        ...(xLabel === 'step' && { incrs: WHOLE }),
        label: xLabel,
        labelSize: 22,
        size: 30,
        space: 64,
      },
      { ...axis, values: (_, splits) => splits.map(formatY), size: 52, space: 34 },
    ],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    series,
    bands,
    hooks: {
      ...hooks,
      setCursor: [({ cursor }) => cursor.event && onIndex(cursor.idx ?? undefined)],
    },
  }
}
