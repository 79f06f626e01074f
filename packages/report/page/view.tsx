import { render, type VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { SessionData } from '../src/page-data/report-data.ts'
import type { Divergence, RunNews, SessionEntry, ViewAnswers } from '../src/live/view-data.ts'
import { formatNumber, plural } from './format.ts'
import { LineChart } from './line-chart.tsx'
import { lookAt } from './palette.ts'
import { nameOf, RunsContext } from './report-context.ts'
import { SessionView } from './session-view.tsx'
import type { Shade } from './shades.ts'
import { ThemeChoice, useTheme } from './theme.tsx'

/** Milliseconds between two looks at the run folders. */
const PAUSE = 1000

/** A run and all its steps so far. */
type LiveRun = Omit<RunNews, 'from'>

async function ask<Path extends keyof ViewAnswers>(
  path: Path,
  query: Readonly<Record<string, string | number>>,
): Promise<ViewAnswers[Path]> {
  const text = new URLSearchParams(
    Object.entries(query).map(([key, value]) => [key, `${value}`]),
  ).toString()
  const response = await fetch(`${path}?${text}`)
  const answer = (await response.json()) as ViewAnswers[Path] | { readonly error: string }
  if (response.ok) return answer as ViewAnswers[Path]
  throw new Error((answer as { readonly error: string }).error)
}

/** The runs as they grow. */
function useLiveRuns(): { readonly runs: readonly LiveRun[]; readonly problem?: string } {
  const [state, setState] = useState<ReturnType<typeof useLiveRuns>>({ runs: [] })
  useEffect(() => {
    let [isGone, hasFailed, runs] = [false, false, [] as readonly LiveRun[]]
    const look = async (): Promise<void> => {
      try {
        const known = runs.map(({ epoch, metrics }) => `${epoch}:${metrics.length}`).join()
        const news = (await ask('/state', { known })).runs
        const hasNews = news.some((one, i) => isNews(one, runs[i]))
        runs = news.map((one, i) => ({
          ...one,
          metrics:
            one.metrics.length === 0 && runs[i]?.epoch === one.epoch
              ? runs[i].metrics
              : [...(runs[i]?.metrics ?? []).slice(0, one.from), ...one.metrics],
        }))
        if (!isGone && (hasNews || hasFailed)) setState({ runs })
        hasFailed = false
      } catch (error) {
        hasFailed = true
        if (!isGone) setState({ runs, problem: (error as Error).message })
      }
      if (!isGone) timer = setTimeout(look, PAUSE)
    }
    let timer = setTimeout(look)
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [])
  return state
}

function isNews(one: RunNews, known: LiveRun | undefined): boolean {
  return (
    known === undefined ||
    one.epoch !== known.epoch ||
    one.metrics.length > 0 ||
    one.isFinished !== known.isFinished ||
    one.sampleSteps.length !== known.sampleSteps.length
  )
}

/** What the reader looks at. */
interface Place {
  readonly run: number
  /** Default: the newest. */
  readonly step?: number
  readonly task?: string
  readonly session?: number
}

const SECTIONS = [
  ['curves', 'Curves'],
  ['divergence', 'First difference'],
  ['sessions', 'Sessions'],
] as const

function View(): VNode {
  const theme = useTheme()
  const { runs, problem } = useLiveRuns()
  const [place, setPlace] = useState<Place>({ run: 0 })
  const state = useMemo(() => ({ data: { runs }, theme: theme.shown }), [runs, theme.shown])
  return (
    <RunsContext.Provider value={state}>
      <header class="top">
        <div class="bar-inner">
          <span class="brand">ICRL</span>
          <nav class="contents" aria-label="Sections">
            <ul>
              {SECTIONS.filter(([id]) => id !== 'divergence' || runs.length > 1).map(
                ([id, name]) => (
                  <li key={id}>
                    <a href={`#${id}`}>{name}</a>
                  </li>
                ),
              )}
            </ul>
          </nav>
          <ThemeChoice {...theme} />
        </div>
      </header>
      <main>
        <div class="title">
          <p class="kicker">Live view</p>
          <h1>{runs.length === 1 ? runs[0].label : plural(runs.length, 'run')}</h1>
          <p role="status">{problem ?? standOf(runs)}</p>
        </div>
        <Curves runs={runs} key={theme.shown} />
        {runs.length > 1 && <FirstDifference runs={runs} onShow={setPlace} />}
        {runs.length > 0 && <LiveSessions runs={runs} place={place} setPlace={setPlace} />}
      </main>
    </RunsContext.Provider>
  )
}

function standOf(runs: readonly LiveRun[]): string {
  return runs
    .map(
      (run) =>
        `${nameOf({ data: { runs } }, run)}: ${plural(run.metrics.length, 'step')}${run.isFinished ? ', finished' : ''}`,
    )
    .join('; ')
}

/** Metrics that are looked at first, where a run has them. */
const FIRST = [
  /^eval\/critique_free$/,
  /^eval\//,
  /^accuracy\/first$/,
  /^calibration\/weight_mean$/,
]

function Curves({ runs }: { readonly runs: readonly LiveRun[] }): VNode {
  const [chosen, setChosen] = useState<readonly string[]>()
  const keys = useMemo(
    () =>
      [...new Set(runs.flatMap(({ metrics }) => metrics.flatMap((line) => Object.keys(line))))]
        .filter((key) => key !== 'step')
        .sort(),
    [runs],
  )
  const first = FIRST.flatMap((pattern) => keys.find((key) => pattern.test(key)) ?? [])
  const shown = chosen ?? [...new Set(first)].slice(0, 3)
  return (
    <section id="curves" aria-labelledby="curves-title">
      <div class="heading">
        <h2 id="curves-title">Curves</h2>
      </div>
      {keys.length === 0 && <p class="empty">No step is done yet. The page waits for the first.</p>}
      {shown.map((key, i) => (
        <div class="metric" key={i}>
          <label class="choice">
            <span>Metric</span>
            <select
              value={key}
              onChange={(event) => setChosen(shown.with(i, event.currentTarget.value))}
            >
              {keys.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <LineChart
            title={key}
            sentence={`By training step${runs.length > 1 ? '; the runs over each other' : ''}.`}
            xLabel="step"
            formatX={(step) => `${step}`}
            formatY={formatNumber}
            lines={runs.map((run, at) => linesOf(run, key, nameOf({ data: { runs } }, run), at))}
          />
        </div>
      ))}
    </section>
  )
}

function linesOf(
  { metrics }: LiveRun,
  key: string,
  name: string,
  place: number,
): Parameters<typeof LineChart>[0]['lines'][number] {
  const lines = metrics.filter((line) => line[key] !== undefined)
  return {
    group: name,
    name,
    look: lookAt(place),
    x: lines.map(({ step }) => step),
    y: lines.map((line) => line[key]),
  }
}

interface LiveSessionsProps {
  readonly runs: readonly LiveRun[]
  readonly place: Place
  readonly setPlace: (place: Place) => void
}

function LiveSessions({ runs, place, setPlace }: LiveSessionsProps): VNode {
  const run = runs[place.run] ?? runs[0]
  const step = place.step ?? run.sampleSteps.at(-1)
  const [entries, setEntries] = useState<readonly SessionEntry[]>([])
  const [session, setSession] = useState<SessionData>()
  const [problem, setProblem] = useState<string>()
  const [shading, setShading] = useState<Shade['key']>('weight')
  const wanted = useRef(0)
  useEffect(() => {
    const turn = ++wanted.current
    const stand = (action: () => void): void => void (turn === wanted.current && action())
    setProblem(undefined)
    if (step === undefined) return
    const read = async (): Promise<void> => {
      const found = await ask('/sessions', { run: place.run, step })
      stand(() => setEntries(found))
      const { task, session: number } = place.task === undefined ? found[0] : place
      const one = await ask('/session', { run: place.run, step, task: task!, session: number! })
      stand(() => setSession({ ...one, run: place.run }))
    }
    read().catch((error: unknown) => stand(() => setProblem((error as Error).message)))
  }, [place, step])
  if (step === undefined)
    return (
      <section id="sessions" aria-labelledby="sessions-title">
        <h2 id="sessions-title">Sessions</h2>
        <p class="empty">This run stores no samples yet.</p>
      </section>
    )
  return (
    <section id="sessions" aria-labelledby="sessions-title">
      <div class="heading choices">
        <h2 id="sessions-title">Sessions</h2>
        <label class="choice">
          <span>Run</span>
          <select
            value={place.run}
            onChange={(event) => setPlace({ run: Number(event.currentTarget.value) })}
          >
            {runs.map((one, at) => (
              <option value={at} key={at}>
                {nameOf({ data: { runs } }, one)}
              </option>
            ))}
          </select>
        </label>
        <label class="choice">
          <span>Step</span>
          <select
            value={step}
            onChange={(event) =>
              setPlace({ run: place.run, step: Number(event.currentTarget.value) })
            }
          >
            {run.sampleSteps.map((one) => (
              <option value={one} key={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="lead">
        What the model wrote, token by token, read from the folder when it is chosen.
      </p>
      {problem !== undefined && <p class="empty">{problem}</p>}
      <div class="sessions">
        <nav class="list" aria-label="Sessions">
          {byTask(entries).map(([task, own]) => (
            <div key={task}>
              <h3>{task}</h3>
              <ul>
                {own.map(({ session: number, rewards }) => (
                  <li key={number}>
                    <button
                      type="button"
                      aria-current={
                        session?.task === task && session.session === number ? 'true' : undefined
                      }
                      onClick={() => setPlace({ run: place.run, step, task, session: number })}
                    >
                      <span>session {number}</span>
                      <span class="outcome">
                        {rewards.map((reward, i) => (
                          <span class={reward === 1 ? 'right' : 'wrong'} key={i}>
                            {reward === 1 ? '✓' : '✗'}
                          </span>
                        ))}
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <div class="view">
          {session && runs[session.run] && (
            <SessionView session={session} shading={shading} onShading={setShading} />
          )}
        </div>
      </div>
    </section>
  )
}

function byTask(entries: readonly SessionEntry[]): readonly (readonly [string, SessionEntry[]])[] {
  const groups = new Map<string, SessionEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.task)
    if (group) group.push(entry)
    else groups.set(entry.task, [entry])
  }
  return [...groups]
}

interface FirstDifferenceProps {
  readonly runs: readonly LiveRun[]
  readonly onShow: (place: Place) => void
}

function FirstDifference({ runs, onShow }: FirstDifferenceProps): VNode {
  const [pair, setPair] = useState<readonly [number, number]>([0, 1])
  const [found, setFound] = useState<ViewAnswers['/divergence'] | string>('Not compared yet.')
  const compare = (): void => {
    ask('/divergence', { first: pair[0], second: pair[1] }).then(setFound, (error: Error) =>
      setFound(error.message),
    )
  }
  return (
    <section id="divergence" aria-labelledby="divergence-title">
      <div class="heading choices">
        <h2 id="divergence-title">First difference</h2>
        {([0, 1] as const).map((side) => (
          <label class="choice" key={side}>
            <span>{side === 0 ? 'Of' : 'and'}</span>
            <select
              value={pair[side]}
              onChange={(event) =>
                setPair(
                  side === 0
                    ? [Number(event.currentTarget.value), pair[1]]
                    : [pair[0], Number(event.currentTarget.value)],
                )
              }
            >
              {runs.map((run, at) => (
                <option value={at} key={at}>
                  {nameOf({ data: { runs } }, run)}
                </option>
              ))}
            </select>
          </label>
        ))}
        <button type="button" class="action" onClick={compare}>
          Compare
        </button>
      </div>
      <p role="status" class="lead">
        {typeof found === 'string' ? found : differenceInWords(found)}
      </p>
      {typeof found !== 'string' && found.divergence?.sample && (
        <p class="lead">
          {pair.map((run, side) => (
            <button
              type="button"
              class="action"
              key={side}
              onClick={() => onShow(placeOf(run, found.divergence!))}
            >
              Show it in {nameOf({ data: { runs } }, runs[run])}
            </button>
          ))}
        </p>
      )}
    </section>
  )
}

function placeOf(run: number, { step, sample }: Divergence): Place {
  return { run, step, task: sample!.task, session: sample!.session }
}

function differenceInWords({ steps, divergence }: ViewAnswers['/divergence']): string {
  if (!divergence) return `The first ${plural(steps, 'step')} are the same, byte for byte.`
  const { step, what, sample, first, second } = divergence
  const where = sample
    ? ` task ${sample.task}, session ${sample.session}, ${sample.role} of round ${sample.round}${sample.token === undefined ? '' : `, token ${sample.token + 1}`},`
    : ''
  return `Step ${step},${where} ${what}: ${first} and ${second}.`
}

render(<View />, document.getElementById('page')!)
