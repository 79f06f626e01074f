import type { ComponentChildren, VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Look } from './palette.ts'

export interface LegendEntry {
  readonly name: string
  readonly look: Look
  readonly value: string
}

export interface TableData {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface ChartFrameProps {
  readonly title: string
  readonly sentence: string
  readonly legend?: readonly LegendEntry[]
  /** Where the legend's values are taken from. */
  readonly at?: string
  /** The data as a table; made when the table is opened. */
  readonly table?: () => TableData
  /** Shown instead of a chart. */
  readonly empty?: string
  readonly isFilled?: boolean
  readonly children?: ComponentChildren
}

/**
 * The frame of every chart: title, one sentence, legend with values, chart, and the data as a
 * table.
 */
export function ChartFrame({
  title,
  sentence,
  legend = [],
  at,
  table,
  empty,
  isFilled = false,
  children,
}: ChartFrameProps): VNode {
  const id = useId()
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption>
        <div class="chart-head">
          <h3 id={id}>{title}</h3>
          {at && (
            <span class="at" aria-hidden="true">
              {at}
            </span>
          )}
        </div>
        <p>{sentence}</p>
      </figcaption>
      {empty ? (
        <p class="empty">{empty}</p>
      ) : (
        <>
          <ul class="legend" aria-label={`Values ${at ?? ''}`}>
            {legend.map(({ name, look, value }) => (
              <li key={name}>
                <Swatch look={look} isFilled={isFilled} />
                <span class="name">{name}</span> <span class="value">{value}</span>
              </li>
            ))}
          </ul>
          {children}
          {table && <DataTable title={title} table={table} />}
        </>
      )}
    </figure>
  )
}

/** A method's color and dashes. */
export function Swatch({
  look,
  isFilled = false,
}: {
  readonly look: Look
  readonly isFilled?: boolean
}): VNode {
  return (
    <svg class="swatch" width="22" height="10" aria-hidden="true">
      {isFilled ? (
        <rect x="5" y="0" width="12" height="10" rx="2" style={{ fill: `var(${look.color})` }} />
      ) : (
        <line
          x1="0"
          y1="5"
          x2="22"
          y2="5"
          stroke-width="2.5"
          stroke-dasharray={look.dash.join(' ')}
          style={{ stroke: `var(${look.color})` }}
        />
      )}
    </svg>
  )
}

function DataTable({
  title,
  table,
}: {
  readonly title: string
  readonly table: () => TableData
}): VNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <details
      class="data"
      onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>Data as a table</summary>
      {isOpen && <Table caption={title} {...table()} />}
    </details>
  )
}

/** A table that scrolls in its own box. Its first column holds the rows' headings. */
export function Table({ caption, head, rows }: TableData & { readonly caption: string }): VNode {
  const isText = head.map((_, j) => rows.some((row) => /^[^\d−+<>–]/.test(row[j])))
  const side = (j: number): string | undefined => (isText[j] ? 'words' : undefined)
  return (
    <div class="table" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((cell, j) => (
              <th scope="col" class={side(j)} key={cell}>
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) =>
                j === 0 ? (
                  <th scope="row" key={j}>
                    {cell}
                  </th>
                ) : (
                  <td class={side(j)} key={j}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
