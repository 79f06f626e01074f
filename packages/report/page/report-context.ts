import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ReportData, RunData } from '../src/page-data/report-data.ts'
import { lookAt, type Look } from './palette.ts'

/** What charts and sessions use, in the report and in the live page. */
export interface RunsState {
  readonly data: {
    readonly runs: readonly Pick<RunData, 'label' | 'seed' | 'maxWeight' | 'clip'>[]
  }
  /** Changes when colors do: `light` or `dark`. */
  readonly theme: string
}

export const RunsContext: ReturnType<typeof createContext<RunsState | undefined>> = createContext<
  RunsState | undefined
>(undefined)

/** The runs that a chart or a session belongs to. */
export function useRuns(): RunsState {
  const state = useContext(RunsContext)
  if (!state) throw new Error('a chart or a session stands outside a page of runs')
  return state
}

/** What every panel of the report may use. */
export interface ReportState extends RunsState {
  readonly data: ReportData
  /** Labels in the order of the runs. */
  readonly methods: readonly string[]
  /** Place of the run that panels about one run show. */
  readonly run: number
  readonly setRun: (place: number) => void
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
  { data }: Pick<RunsState, 'data'>,
  { label, seed }: Pick<RunData, 'label' | 'seed'>,
): string {
  return data.runs.filter((run) => run.label === label).length > 1
    ? `${label}, seed ${seed}`
    : label
}
