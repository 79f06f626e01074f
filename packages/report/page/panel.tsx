import type { ComponentChildren, VNode } from 'preact'
import { nameOf, useReport } from './report-context.ts'

export interface PanelProps {
  readonly id: string
  readonly title: string
  readonly children: ComponentChildren
  /** Says what the whole section is about. */
  readonly lead?: ComponentChildren
  /** Whether to offer a choice of the run that the section shows. */
  readonly choosesRun?: boolean
}

/** A section of the page, with its heading. */
export function Panel({ id, title, lead, choosesRun = false, children }: PanelProps): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <div class="heading">
        <h2 id={`${id}-title`}>{title}</h2>
        {choosesRun && <RunChoice label={`Run shown in “${title}”`} />}
      </div>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </section>
  )
}

/**
 * Chooses the run that the panels about one run show, for all of them. Shows nothing if there is
 * only one run.
 */
export function RunChoice({ label }: { readonly label: string }): VNode | null {
  const state = useReport()
  const { data, run, setRun } = state
  if (data.runs.length < 2) return null
  return (
    <label class="choice">
      <span>Run</span>
      <select
        aria-label={label}
        value={run}
        onChange={(event) => setRun(Number(event.currentTarget.value))}
      >
        {data.runs.map((one, place) => (
          <option value={place} key={place}>
            {nameOf(state, one)}
          </option>
        ))}
      </select>
    </label>
  )
}
