import type { VNode } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { SessionData } from '../src/page-data/report-data.ts'
import { plural } from './format.ts'
import { Panel } from './panel.tsx'
import { nameOf, useReport } from './report-context.ts'
import { attemptsOf, SessionView } from './session-view.tsx'
import type { Shade } from './shades.ts'

/** Sessions as transcripts, chosen from a list. */
export function Sessions(): VNode {
  const { data } = useReport()
  const { runs, sessions, shown } = data
  const withSessions = new Set(sessions.map(({ run }) => run)).size
  const [chosen, setChosen] = useState(() => Math.max(0, sessions.findIndex(hasRevision)))
  const [shading, setShading] = useState<Shade['key']>('weight')
  const view = useRef<HTMLDivElement>(null)
  const lead = (
    <>
      What the model wrote, token by token.{' '}
      {shown.sessions === shown.of
        ? `All ${plural(shown.of, 'session')} of ${runs.length === 1 ? 'the run' : 'these runs'} are here.`
        : `${plural(shown.sessions, 'session')} of ${shown.of.toLocaleString('en')} are here with their tokens: the first, the last, the best and the worst one of ${withSessions === runs.length ? 'each run' : `${withSessions} of the ${runs.length} runs`}, the others drawn by seed ${shown.seed}, every second from those with a critique.`}{' '}
      At most {shown.tokensEach.toLocaleString('en')} tokens of each are kept.
    </>
  )
  if (sessions.length === 0)
    return (
      <Panel id="sessions" title="Sessions" lead="What the model wrote, token by token.">
        <p class="empty">These runs store no samples.</p>
      </Panel>
    )
  const choose = (place: number): void => {
    setChosen(place)
    if (matchMedia('(max-width: 860px)').matches) view.current?.scrollIntoView({ block: 'start' })
  }
  return (
    <Panel id="sessions" title="Sessions" lead={lead}>
      <div class="sessions">
        <SessionList chosen={chosen} onChoose={choose} />
        <div class="view" ref={view}>
          <SessionView
            session={sessions[chosen]}
            key={chosen}
            shading={shading}
            onShading={setShading}
          />
        </div>
      </div>
    </Panel>
  )
}

function hasRevision({ turns }: SessionData): boolean {
  return turns.some(({ isRebound, reward }) => isRebound && reward === 1)
}

function SessionList({
  chosen,
  onChoose,
}: {
  readonly chosen: number
  readonly onChoose: (place: number) => void
}): VNode {
  const state = useReport()
  const { runs, sessions } = state.data
  return (
    <nav class="list" aria-label="Sessions">
      {runs.map((run, place) => {
        const own = sessions.flatMap((session, i) =>
          session.run === place ? [{ session, i }] : [],
        )
        if (own.length === 0) return null
        return (
          <div key={place}>
            <h3>{nameOf(state, run)}</h3>
            <ul>
              {own.map(({ session, i }) => (
                <li key={i}>
                  <SessionButton
                    session={session}
                    isChosen={i === chosen}
                    onClick={() => onChoose(i)}
                  />
                </li>
              ))}
            </ul>
          </div>
        )
      })}
    </nav>
  )
}

function SessionButton({
  session,
  isChosen,
  onClick,
}: {
  readonly session: SessionData
  readonly isChosen: boolean
  readonly onClick: () => void
}): VNode {
  const attempts = attemptsOf(session)
  return (
    <button type="button" aria-current={isChosen ? 'true' : undefined} onClick={onClick}>
      <span>step {session.step}</span>
      <span
        class="outcome"
        aria-label={attempts
          .map(({ reward }, i) => `attempt ${i + 1} ${reward === 1 ? 'right' : 'wrong'}`)
          .join(', ')}
      >
        {attempts.map(({ reward }, i) => (
          <span class={reward === 1 ? 'right' : 'wrong'} key={i}>
            {reward === 1 ? '✓' : '✗'}
          </span>
        ))}
      </span>
      <span class="why">
        {session.chosen
          .filter((why) => why !== 'drawn')
          .map((why) => (
            <em key={why}>{why}</em>
          ))}
      </span>
    </button>
  )
}
