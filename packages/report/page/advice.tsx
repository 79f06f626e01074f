import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { RunData } from '../src/page-data/report-data.ts'
import { formatList, formatNumber } from './format.ts'
import { Panel } from './panel.tsx'
import { nameOf, useReport, type ReportState } from './report-context.ts'

const MARKS = {
  warning: { sign: '!', word: 'Warning' },
  notice: { sign: 'i', word: 'Notice' },
  good: { sign: '✓', word: 'Good' },
} as const

interface Finding {
  readonly rule: string
  readonly level: keyof typeof MARKS
  readonly because: string
  /** What is said, and of which runs. If a method's seeds differ, the text is that of the first. */
  readonly texts: readonly (readonly [runs: string, text: string])[]
  readonly numbers: readonly (readonly [run: string, numbers: Readonly<Record<string, number>>])[]
}

/** What the rules found, one item per rule, with the runs it is about. */
export function Advice(): VNode {
  const state = useReport()
  const findings = useMemo(() => findingsOf(state), [state.data])
  return (
    <Panel
      id="advice"
      title="What to know"
      lead="Rules that look at the figures of each run and speak up when a person should look closer."
    >
      {findings.length === 0 && <p class="empty">No rule has anything to say about these runs.</p>}
      <ul class="advisories">
        {findings.map((finding) => (
          <Item key={`${finding.level}/${finding.rule}`} finding={finding} />
        ))}
      </ul>
    </Panel>
  )
}

function Item({
  finding: { level, because, texts, numbers },
}: {
  readonly finding: Finding
}): VNode {
  return (
    <li class={level}>
      <span class="sign" aria-hidden="true">
        {MARKS[level].sign}
      </span>
      <div>
        {texts.map(([runs, text]) => (
          <p key={runs}>
            <strong>
              <span class="hidden">{MARKS[level].word}: </span>
              {runs}.
            </strong>{' '}
            {text}
          </p>
        ))}
        <details>
          <summary>Why this is said</summary>
          <p>{because}</p>
          {numbers.map(([run, values]) => (
            <p key={run}>
              {run}:{' '}
              {Object.entries(values)
                .map(([key, value]) => `${key} = ${formatNumber(value)}`)
                .join(', ')}
              .
            </p>
          ))}
        </details>
      </div>
    </li>
  )
}

function findingsOf(state: ReportState): Finding[] {
  const all = state.data.runs.flatMap((run) =>
    run.advisories.map((advisory) => ({ ...advisory, run })),
  )
  const levels = Object.keys(MARKS)
  const names = [...new Set(all.map(({ level, rule }) => `${level}/${rule}`))].sort(
    (a, b) => levels.indexOf(a.split('/')[0]) - levels.indexOf(b.split('/')[0]),
  )
  return names.map((name) => {
    const own = all.filter(({ level, rule }) => `${level}/${rule}` === name)
    const texts = [...new Set(own.map(({ text }) => text))]
    return {
      ...own[0],
      texts: texts.length === 1 ? [[runsInWords(state, own), texts[0]]] : textsByMethod(state, own),
      numbers: own.map(({ run, numbers }) => [nameOf(state, run), numbers] as const),
    }
  })
}

function textsByMethod(
  state: ReportState,
  own: readonly { readonly run: RunData; readonly text: string }[],
): [string, string][] {
  return state.methods.flatMap((method): [string, string][] => {
    const seeds = own.filter(({ run }) => run.label === method)
    return seeds.length === 0 ? [] : [[runsInWords(state, seeds), seeds[0].text]]
  })
}

/** `All runs`, `icrl and grpo (seeds 0 and 2)`. */
function runsInWords(
  { data, methods }: ReportState,
  own: readonly { readonly run: RunData }[],
): string {
  if (own.length === data.runs.length && own.length > 1) return 'All runs'
  const parts = methods.flatMap((method) => {
    const of = own.filter(({ run }) => run.label === method)
    const isAll = of.length === data.runs.filter(({ label }) => label === method).length
    return of.length === 0
      ? []
      : [
          isAll
            ? method
            : `${method} (${of.length === 1 ? 'seed' : 'seeds'} ${formatList(of.map(({ run }) => String(run.seed)))})`,
        ]
  })
  return formatList(parts)
}
