import type { VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ReportData } from '../src/page-data/report-data.ts'
import { Advice } from './advice.tsx'
import { formatList } from './format.ts'
import { Groups } from './groups.tsx'
import { Learning } from './learning.tsx'
import { Ledger } from './ledger.tsx'
import { Phases } from './phases.tsx'
import { ReportContext, type ReportState, RunsContext } from './report-context.ts'
import { Roles } from './roles.tsx'
import { Runs } from './runs.tsx'
import { Sessions } from './sessions.tsx'
import { isAsynchronous, Staleness } from './staleness.tsx'
import { Summary } from './summary.tsx'
import { ThemeChoice, useTheme } from './theme.tsx'
import { Update } from './update.tsx'
import { Weights } from './weights.tsx'

const SECTIONS = [
  ['summary', 'Outcome'],
  ['advice', 'To know'],
  ['learning', 'Learning'],
  ['weights', 'Weights'],
  ['roles', 'Roles'],
  ['groups', 'Groups'],
  ['ledger', 'Tokens'],
  ['phases', 'Time'],
  ['update', 'Update'],
  ['staleness', 'Staleness'],
  ['sessions', 'Sessions'],
  ['runs', 'Runs'],
] as const

/** The whole page. */
export function App({ data }: { readonly data: ReportData }): VNode {
  const theme = useTheme()
  const methods = useMemo(() => [...new Set(data.runs.map(({ label }) => label))], [data])
  const [run, setRun] = useState(0)
  const state: ReportState = { data, methods, run, setRun, theme: theme.shown }
  return (
    <ReportContext.Provider value={state}>
      <RunsContext.Provider value={state}>
        <a class="skip" href="#summary">
          Skip to the outcome
        </a>
        <header class="top">
          <div class="bar-inner">
            <span class="brand">ICRL</span>
            <Contents data={data} />
            <ThemeChoice {...theme} />
          </div>
        </header>
        <main>
          <div class="title">
            <p class="kicker">{data.date ? `Training report, ${data.date}` : 'Training report'}</p>
            <h1>{data.title}</h1>
            <Introduction data={data} methods={methods} />
          </div>
          <Summary />
          <Advice />
          <Learning />
          <Weights />
          <Roles />
          <Groups />
          <Ledger />
          <Phases />
          <Update />
          {isAsynchronous(data) && <Staleness />}
          <Sessions />
          <Runs />
        </main>
        <footer>Everything shown is in this file; nothing is loaded from elsewhere.</footer>
      </RunsContext.Provider>
    </ReportContext.Provider>
  )
}

function Introduction({
  data,
  methods,
}: {
  readonly data: ReportData
  readonly methods: readonly string[]
}): VNode {
  const critical = methods.filter((method) =>
    data.runs.some(({ label, metrics }) => label === method && 'reward/critic' in metrics),
  )
  return (
    <p class="intro">
      A language model learns by reinforcement: it attempts tasks, is told how well it did, and
      makes what did better than its group likelier.
      {critical.length > 0 &&
        ` With ${formatList(critical)}, the same model also plays critic: it says what was wrong with a failed attempt, tries once more with that in view, and then learns to give the better answer without the critique.`}
      {methods.length > 1 && ` This page compares ${methods.length} methods at equal cost.`}
    </p>
  )
}

/** Links to the sections; the section in view is marked. */
function Contents({ data }: { readonly data: ReportData }): VNode {
  const [current, setCurrent] = useState<string>('summary')
  const sections = SECTIONS.filter(([id]) => id !== 'staleness' || isAsynchronous(data))
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) =>
        entries.forEach(({ isIntersecting, target }) => isIntersecting && setCurrent(target.id)),
      { rootMargin: '-20% 0px -70% 0px' },
    )
    for (const [id] of sections) observer.observe(document.getElementById(id)!)
    return () => observer.disconnect()
  }, [])
  const nav = useRef<HTMLElement>(null)
  useEffect(() => {
    const link = nav.current!.querySelector<HTMLElement>('[aria-current]')
    if (link) nav.current!.scrollTo({ left: link.offsetLeft - 60 })
  }, [current])
  return (
    <nav class="contents" ref={nav} aria-label="Sections">
      <ul>
        {sections.map(([id, name]) => (
          <li key={id}>
            <a href={`#${id}`} aria-current={id === current ? 'location' : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
