import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ReportData, RunData } from '../src/page-data/report-data.ts'
import { lookAt, type Look } from './palette.ts'

/** What every panel may use. */
export interface ReportState {
  readonly data: ReportData
  /** Labels in the order of the runs. */
  readonly methods: readonly string[]
  /** Place of the run that panels about one run show. */
  readonly run: number
  readonly setRun: (place: number) => void
  /** Changes when colors do: `light` or `dark`. */
  readonly theme: string
}

export const ReportContext: ReturnType<typeof createContext<ReportState | undefined>> =
  createContext<ReportState | undefined>(undefined)

/** The report that a panel belongs to. */
export function useReport(): ReportState {
  const state = useContext(ReportContext)
  if (!state) throw new Error('a panel stands outside a report')
  return state
}

/** How the method of a run looks. */
export function lookOf({ methods }: Pick<ReportState, 'methods'>, label: string): Look {
  return lookAt(methods.indexOf(label))
}

/** `icrl`, or `icrl, seed 2` if the method has several seeds. */
export function nameOf(
  { data }: Pick<ReportState, 'data'>,
  { label, seed }: Pick<RunData, 'label' | 'seed'>,
): string {
  return data.runs.filter((run) => run.label === label).length > 1
    ? `${label}, seed ${seed}`
    : label
}
