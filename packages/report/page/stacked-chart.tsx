import uPlot from 'uplot'
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { ChartFrame } from './chart-frame.tsx'
import { resolveColor } from './palette.ts'
import { Plot } from './plot.tsx'

/** One layer of a stack. */
export interface Layer {
  readonly name: string
  /** A CSS custom property. */
  readonly color: string
  readonly values: readonly (number | null)[]
}

export interface StackedChartProps {
  readonly title: string
  readonly sentence: string
  readonly x: readonly number[]
  readonly xLabel: string
  /** Bottom to top. */
  readonly layers: readonly Layer[]
  /** Whether to show shares of the whole instead of amounts. */
  readonly isShare?: boolean
  readonly formatY: (value: number) => string
}

/** Layers on top of one another, step by step. */
export function StackedChart({
  title,
  sentence,
  x,
  xLabel,
  layers,
  isShare = false,
  formatY,
}: StackedChartProps): VNode {
  const [index, setIndex] = useState<number>()
  const values = useMemo(
    () => layers.map((layer) => x.map((_, i) => scaled(layers, layer, i, isShare))),
    [layers, x, isShare],
  )
  const data = useMemo(
    () => [[...x], ...stacked(values).reverse()] as uPlot.AlignedData,
    [values, x],
  )
  const formatX = (value: number): string => (Number.isInteger(value) ? String(value) : '')
  const hasParts = (at: number): boolean => layers.some(({ values }) => (values[at] ?? 0) > 0)
  const text = (place: number, at: number): string =>
    isShare && !hasParts(at) ? '–' : formatY(values[place][at])
  if (x.length === 0 || layers.length === 0)
    return (
      <ChartFrame title={title} sentence={sentence} empty="This run has no data for this chart." />
    )
  return (
    <ChartFrame
      title={title}
      sentence={sentence}
      isFilled
      at={
        index === undefined
          ? isShare
            ? 'over all steps'
            : 'mean of all steps'
          : `at step ${x[index]}`
      }
      legend={layers.map(({ name, color }, place) => ({
        name,
        look: { color, dash: [] },
        value: index === undefined ? formatY(overall(layers, place, isShare)) : text(place, index),
      }))}
      table={() => ({
        head: [xLabel, ...layers.map(({ name }) => name)],
        rows: x.map((step, i) => [String(step), ...layers.map((_, place) => text(place, i))]),
      })}
    >
      <Plot
        data={data}
        index={index}
        onIndex={setIndex}
        formatX={formatX}
        formatY={formatY}
        xLabel={xLabel}
        yRange={isShare ? [0, 1] : undefined}
        label={`${title}: cursor along ${xLabel}s`}
        hasBars
        describe={(at) => layers.map(({ name }, place) => `${name} ${text(place, at)}`).join(', ')}
        options={() => ({ series: [{}, ...[...layers].reverse().map(layerSeries)] })}
      />
    </ChartFrame>
  )
}

function layerSeries({ color }: Layer): uPlot.Series {
  const resolved = resolveColor(color)
  return {
    width: 0,
    fill: resolved,
    paths: uPlot.paths.bars!({ size: [0.92, 64] }),
    points: { show: false },
  }
}

function scaled(layers: readonly Layer[], layer: Layer, i: number, isShare: boolean): number {
  const value = layer.values[i] ?? 0
  if (!isShare) return value
  const sum = layers.reduce((all, { values }) => all + (values[i] ?? 0), 0)
  return sum === 0 ? 0 : value / sum
}

/** `[layers][x]` running sums, bottom to top. */
function stacked(values: readonly (readonly number[])[]): number[][] {
  const sums: number[][] = []
  for (const [place, column] of values.entries())
    sums.push(column.map((value, i) => value + (sums[place - 1]?.[i] ?? 0)))
  return sums
}

/** A layer's share of everything, or its mean per step. */
function overall(layers: readonly Layer[], place: number, isShare: boolean): number {
  const sums = layers.map(({ values }) =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
  )
  const whole = isShare ? sums.reduce((sum, value) => sum + value, 0) : layers[place].values.length
  return whole === 0 ? 0 : sums[place] / whole
}
