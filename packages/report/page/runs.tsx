import type { VNode } from 'preact'
import { Table } from './chart-frame.tsx'
import { formatCount, formatSeconds, plural } from './format.ts'
import { Panel } from './panel.tsx'
import { nameOf, useReport } from './report-context.ts'

/** The runs themselves: length, machine, files, configuration. */
export function Runs(): VNode {
  const state = useReport()
  const { runs } = state.data
  const thinned = runs.filter(({ everyNthStep }) => everyNthStep > 1)
  return (
    <Panel
      id="runs"
      title="The runs"
      lead="What was run, on what, and every setting needed to repeat it."
    >
      <Table
        caption="Runs"
        head={['Run', 'Folder', 'Seed', 'Steps', 'Tokens', 'Time', 'Backend', 'State']}
        rows={runs.map((run) => [
          nameOf(state, run),
          run.folder,
          String(run.seed),
          String(run.steps),
          formatCount(run.tokens),
          run.wallSeconds === undefined ? '–' : formatSeconds(run.wallSeconds),
          [run.backend, run.isa].filter(Boolean).join(', ') || '–',
          run.isFinished ? 'finished' : 'not finished',
        ])}
      />
      {runs.flatMap((run) =>
        run.notes.map((note) => (
          <p class="note" key={note}>
            <strong>{nameOf(state, run)}</strong> {note}
          </p>
        )),
      )}
      {thinned.length > 0 && (
        <p class="note">
          Long runs are thinned out in charts:{' '}
          {thinned
            .map((run) => `${nameOf(state, run)} shows one step of ${run.everyNthStep}`)
            .join(', ')}
          . Sums and intervals use all steps.
        </p>
      )}
      {runs.map(
        (run, i) =>
          run.config && (
            <details class="data" key={i}>
              <summary>
                Configuration of {nameOf(state, run)},{' '}
                {plural(run.config.split('\n').length, 'line')}
              </summary>
              <pre tabIndex={0}>{run.config}</pre>
            </details>
          ),
      )}
    </Panel>
  )
}
