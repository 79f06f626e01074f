import type { TargetedKeyboardEvent, VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { TurnData } from '../src/page-data/report-data.ts'
import { formatNumber } from './format.ts'
import { shadeColor, type Shade } from './shades.ts'
import { tokenFacts } from './token-facts.ts'
import type { TipTarget } from './token-tip.tsx'

export interface TokenViewProps {
  readonly turn: TurnData
  readonly shade: Shade
  readonly maxWeight?: number
  readonly label: string
  readonly onTip: (target: TipTarget | undefined) => void
}

/**
 * A response token by token, each shaded. It is one tab stop: arrow keys move within it, and the
 * tip describes the focused or hovered token.
 */
export function TokenView({ turn, shade, maxWeight, label, onTip }: TokenViewProps): VNode {
  const [current, setCurrent] = useState(0)
  const point = (element: EventTarget | null): void => {
    const token = (element as HTMLElement | null)?.closest<HTMLElement>('[data-t]')
    onTip(
      token ? { turn, t: Number(token.dataset.t), at: token.getBoundingClientRect() } : undefined,
    )
  }
  const walk = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const last = turn.ids.length - 1
    const next = {
      ArrowRight: current + 1,
      ArrowDown: current + 1,
      ArrowLeft: current - 1,
      ArrowUp: current - 1,
      Home: 0,
      End: last,
    }[event.key]
    if (event.key === 'Escape') onTip(undefined)
    if (next === undefined) return
    event.preventDefault()
    const place = Math.max(0, Math.min(last, next))
    setCurrent(place)
    event.currentTarget.querySelector<HTMLElement>(`[data-t="${place}"]`)?.focus()
  }
  return (
    <div
      class="tokens"
      role="toolbar"
      aria-label={label}
      onKeyDown={walk}
      onPointerOver={(event) => point(event.target)}
      onPointerLeave={() => onTip(undefined)}
      onFocusIn={(event) => point(event.target)}
      onFocusOut={() => onTip(undefined)}
    >
      {turn.ids.map((_, t) => (
        <Token
          key={t}
          turn={turn}
          t={t}
          shade={shade}
          maxWeight={maxWeight}
          isTabStop={t === current}
        />
      ))}
      {turn.ids.length < turn.length && (
        <span class="cut">… {turn.length - turn.ids.length} more tokens are not in this page</span>
      )}
    </div>
  )
}

function Token({
  turn,
  t,
  shade,
  maxWeight,
  isTabStop,
}: {
  readonly turn: TurnData
  readonly t: number
  readonly shade: Shade
  readonly maxWeight?: number
  readonly isTabStop: boolean
}): VNode {
  const facts = tokenFacts(turn, t, maxWeight)
  const value = shade.valueOf(facts)
  const classes = [
    'token',
    facts.isObserved && 'observed',
    /^<.*>$/.test(facts.text) && 'special',
    shade.key === 'weight' && facts.weight > facts.usedWeight && 'capped',
  ]
    .filter(Boolean)
    .join(' ')
  const said = [
    facts.isObserved && 'written by the environment',
    value !== undefined && `${shade.name} ${shade.format(value)}`,
  ].filter(Boolean)
  if (said.length === 0) said.push(`no ${shade.name} stored`)
  // White space before a word is outside its box, so that boxes show where tokens begin.
  const [, before, shown] = /^([ \t]*)([^]*)$/.exec(facts.text)!
  return (
    <>
      {t > 0 && before}
      <span
        class={classes}
        data-t={t}
        role="button"
        tabIndex={isTabStop ? 0 : -1}
        aria-label={[facts.text.trim() || 'space', ...said].join(', ')}
        aria-describedby="token-tip"
        style={
          value === undefined ? undefined : { background: shadeColor(shade.strengthOf(value)) }
        }
      >
        {shown === '' ? '␣' : shown.replaceAll('\n', '⏎\n')}
      </span>
    </>
  )
}

/** What the colors mean. */
export function ShadeKey({ shade }: { readonly shade: Shade }): VNode {
  return (
    <p class="key">
      {shade.ticks.map((tick) => (
        <span key={tick} class="tick" style={{ background: shadeColor(shade.strengthOf(tick)) }}>
          {formatNumber(tick)}
        </span>
      ))}
      <span>{shade.sentence}</span>
    </p>
  )
}
