import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { SessionData, SpokenData, TurnData } from '../src/page-data/report-data.ts'
import { Table } from './chart-frame.tsx'
import { formatNumber } from './format.ts'
import { diffPrompts } from './prompt-diff.ts'
import { nameOf, useRuns } from './report-context.ts'
import { shadesFor, type Shade } from './shades.ts'
import { tokenFacts, weightSummary } from './token-facts.ts'
import { TokenTip, type TipTarget } from './token-tip.tsx'
import { ShadeKey, TokenView } from './token-view.tsx'

/** The solver's turns. */
export function attemptsOf({ turns }: SessionData): TurnData[] {
  return turns.filter(({ role }) => role !== 'critic')
}

export interface SessionViewProps {
  readonly session: SessionData
  /** What tokens are shaded by; it is kept from one session to the next. */
  readonly shading: Shade['key']
  readonly onShading: (key: Shade['key']) => void
}

/** One session: attempt, critique, revision, with a choice of shading. */
export function SessionView({ session, shading, onShading }: SessionViewProps): VNode {
  const state = useRuns()
  const run = state.data.runs[session.run]
  const shades = useMemo(() => shadesFor(run.maxWeight), [run])
  const [tip, setTip] = useState<TipTarget>()
  const hasRatios = session.turns.some(({ trained }) => trained)
  const shade =
    shades.find((one) => one.key === shading && (hasRatios || one.key !== 'ratio')) ?? shades[0]
  return (
    <article class="session" aria-label={`Session of step ${session.step}`}>
      <header>
        <h3>
          {nameOf(state, run)}, step {session.step}, session {session.session}
        </h3>
        <p class="task">
          Task <code>{session.task}</code>
        </p>
        {session.answer !== undefined && (
          <p class="answer">
            Reference answer <code>{session.answer}</code>
          </p>
        )}
        <p>{story(session)}</p>
      </header>
      <fieldset class="shades">
        <legend>Shade tokens by</legend>
        {shades.map((one) => {
          const isOff = one.key === 'ratio' && !hasRatios
          return (
            <label key={one.key} class={isOff ? 'off' : undefined}>
              <input
                type="radio"
                name="shade"
                value={one.key}
                checked={one === shade}
                disabled={isOff}
                onChange={() => onShading(one.key)}
              />
              <span>{one.name}</span>
            </label>
          )
        })}
      </fieldset>
      <ShadeKey shade={shade} />
      {!hasRatios && (
        <p class="note">
          Ratios cannot be shown: this run does not store what the training pass computed.
        </p>
      )}
      <ol class="turns">
        {session.turns.map((turn, i) => (
          <li key={i}>
            <Turn
              turn={turn}
              isFirst={i === 0}
              shade={shade}
              maxWeight={run.maxWeight}
              onTip={setTip}
            />
          </li>
        ))}
      </ol>
      <TokenTip target={tip} maxWeight={run.maxWeight} clip={run.clip} />
    </article>
  )
}

function story(session: SessionData): string {
  const attempts = attemptsOf(session)
  if (attempts.length === 0) return 'No attempt of this session is stored.'
  const [first, ...revisions] = attempts.map(({ reward }) =>
    reward === 1 ? 'succeeds' : reward === 0 ? 'fails' : `earns ${formatNumber(reward)}`,
  )
  const later = revisions.map(
    (how, i) =>
      `attempt ${i + 2}${attempts[i + 1].isRebound ? ', guided by the critique,' : ''} ${how}`,
  )
  return `The first attempt ${first}${later.length > 0 ? `; ${later.join('; ')}` : ''}.`
}

function Turn({
  turn,
  isFirst,
  shade,
  maxWeight,
  onTip,
}: {
  readonly turn: TurnData
  /** Of its session: its prompt, the task, is open. */
  readonly isFirst: boolean
  readonly shade: Shade
  readonly maxWeight?: number
  readonly onTip: (target: TipTarget | undefined) => void
}): VNode {
  const isCritic = turn.role === 'critic'
  const title = isCritic
    ? `Critique of attempt ${turn.round}`
    : `Attempt ${turn.round}${turn.isRebound ? ', guided by the critique' : turn.round === 1 ? ', unaided' : ''}`
  const summary = turn.isRebound ? weightSummary(turn, maxWeight) : undefined
  return (
    <section class={`turn ${turn.role}`} aria-label={title}>
      <div class="turn-head">
        <h4>{title}</h4>
        <span class={turn.reward === 1 ? 'badge right' : turn.reward > 0 ? 'badge' : 'badge wrong'}>
          {rewardText(turn)}
        </span>
        {!turn.isValid && <span class="badge wrong">not in the form asked for</span>}
        {turn.finish === 'length' && <span class="badge wrong">cut off at the limit</span>}
        {summary && (
          <span class="badge">
            mean w {formatNumber(summary.mean)}
            {summary.capped > 0 && `, ${summary.capped} of ${summary.count} capped`}
          </span>
        )}
      </div>
      {turn.prompt !== undefined && <Prompt turn={turn} isOpen={isFirst} />}
      {turn.dialogue && <Dialogue parts={turn.dialogue} label={title} />}
      {turn.text !== undefined && <p class="text">{turn.text}</p>}
      <TokenView
        turn={turn}
        shade={shade}
        maxWeight={maxWeight}
        label={`Tokens of: ${title}. Arrow keys move.`}
        onTip={onTip}
      />
      <TokenTable turn={turn} title={title} maxWeight={maxWeight} />
    </section>
  )
}

function rewardText({ reward, role }: TurnData): string {
  const amount = `reward ${formatNumber(reward)}`
  if (role === 'critic') return amount
  return reward === 1 ? `✓ ${amount}` : reward === 0 ? `✗ ${amount}` : amount
}

const SPEAKERS: Readonly<Record<SpokenData['by'], string>> = {
  system: 'System',
  user: 'User',
  assistant: 'Agent’s model',
  reasoning: 'Thinking',
  call: 'Call of',
  tool: 'Result of',
}

/** What was said, as the agent saw it: messages, calls of tools and their results. */
function Dialogue({
  parts,
  label,
}: {
  readonly parts: readonly SpokenData[]
  readonly label: string
}): VNode {
  return (
    <ol class="dialogue" aria-label={`Messages of: ${label}`}>
      {parts.map(({ by, tool, text }, i) => (
        <li key={i} class={by}>
          <span class="by">
            {SPEAKERS[by]}
            {tool !== undefined && (
              <>
                {' '}
                <code>{tool}</code>
              </>
            )}
          </span>
          {by === 'call' ? <code class="said">{text}</code> : <p class="said">{text}</p>}
        </li>
      ))}
    </ol>
  )
}

function Prompt({
  turn: { prompt = '', trainedPrompt, isRebound },
  isOpen,
}: {
  readonly turn: TurnData
  readonly isOpen: boolean
}): VNode {
  if (!isRebound || trainedPrompt === undefined)
    return (
      <details class="prompt" open={isOpen}>
        <summary>Prompt</summary>
        <p>{prompt}</p>
      </details>
    )
  const { before, removed, added, after } = diffPrompts(prompt, trainedPrompt)
  return (
    <details class="prompt" open>
      <summary>
        Prompt: what is struck out was seen while writing, and is not there while learning
      </summary>
      <p>
        {before}
        {removed && <del>{removed}</del>}
        {added && <ins>{added}</ins>}
        {after}
      </p>
    </details>
  )
}

function TokenTable({
  turn,
  title,
  maxWeight,
}: {
  readonly turn: TurnData
  readonly title: string
  readonly maxWeight?: number
}): VNode {
  const [isOpen, setOpen] = useState(false)
  const rows = (): string[][] =>
    turn.ids.map((_, t) => {
      const { text, isObserved, behavior, old, weight, usedWeight, advantage, ratio } = tokenFacts(
        turn,
        t,
        maxWeight,
      )
      const cell = (value: number | undefined): string =>
        value === undefined || isObserved ? '' : formatNumber(value)
      return [
        `${t + 1} ${JSON.stringify(text)}`,
        cell(behavior),
        cell(old),
        cell(weight),
        cell(usedWeight),
        cell(advantage),
        cell(ratio),
      ]
    })
  return (
    <details
      class="data"
      onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>Tokens as a table</summary>
      {isOpen && (
        <Table
          caption={title}
          head={['Token', 'log π sampled', 'log π trained', 'w', 'w used', 'advantage', 'ratio ρ']}
          rows={rows()}
        />
      )}
    </details>
  )
}
