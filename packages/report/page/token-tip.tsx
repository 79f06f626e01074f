import type { VNode } from 'preact'
import type { TurnData } from '../src/page-data/report-data.ts'
import { formatNumber, formatPercent } from './format.ts'
import { explainWeight, tokenFacts, type TokenFacts } from './token-facts.ts'

/** The token that the tip is about, and where it is on the page. */
export interface TipTarget {
  readonly turn: TurnData
  readonly t: number
  readonly at: DOMRect
}

export interface TokenTipProps {
  readonly target: TipTarget | undefined
  readonly maxWeight?: number
  readonly clip?: { readonly low: number; readonly high: number }
}

/**
 * Shows how a token's weight follows from its two log-probabilities, line by line. It is always in
 * the page, so that tokens can refer to it.
 */
export function TokenTip({ target, maxWeight, clip }: TokenTipProps): VNode {
  if (!target) return <div id="token-tip" class="tip" role="tooltip" hidden />
  const { turn, t, at } = target
  const facts = tokenFacts(turn, t, maxWeight)
  const isBelow = at.top < 300
  const left = Math.max(12, Math.min(at.left, document.documentElement.clientWidth - 422))
  return (
    <div
      id="token-tip"
      class="tip"
      role="tooltip"
      style={{
        left: `${left}px`,
        ...(isBelow
          ? { top: `${at.bottom + 8}px` }
          : { bottom: `${document.documentElement.clientHeight - at.top + 8}px` }),
      }}
    >
      <p class="what">
        <code>{JSON.stringify(facts.text)}</code>{' '}
        <span>
          token {t + 1} of {turn.length}, id {facts.id}
        </span>
      </p>
      {facts.isObserved ? (
        <p>Written by the environment, not by the model: no loss, no weight.</p>
      ) : (
        <Derivation turn={turn} facts={facts} maxWeight={maxWeight} clip={clip} />
      )}
    </div>
  )
}

function Derivation({
  turn,
  facts,
  maxWeight,
  clip,
}: { readonly turn: TurnData; readonly facts: TokenFacts } & Pick<
  TokenTipProps,
  'maxWeight' | 'clip'
>): VNode {
  const { behavior, old, derivedWeight, weight, usedWeight, advantage, ratio } = facts
  const rows: [string, string, string?][] = []
  if (turn.isRebound && old !== undefined) {
    rows.push(['log π without critique', nats(old), 'prompt it is learned under'])
    rows.push(['log π with critique', nats(behavior), 'prompt it was sampled under'])
    rows.push(['difference', nats(old - behavior)])
    rows.push(['w = exp(difference)', factor(derivedWeight!)])
    if (Math.abs(weight - derivedWeight!) > 2e-3 * Math.max(1, derivedWeight!))
      rows.push(['w of this run', factor(weight), 'another variant than the token-level one'])
    if (maxWeight !== undefined)
      rows.push([`min(w, ${formatNumber(maxWeight)})`, factor(usedWeight), 'what the loss uses'])
  } else {
    rows.push(['log π', nats(behavior), `${formatPercent(Math.exp(behavior))} likely when sampled`])
    rows.push(['w', '1'])
  }
  if (advantage !== undefined)
    rows.push([
      'advantage',
      formatNumber(advantage),
      advantage > 0 ? 'made likelier' : advantage < 0 ? 'made less likely' : 'no push',
    ])
  if (ratio !== undefined)
    rows.push([
      'ratio ρ',
      factor(ratio),
      clip && (isClipped(ratio, advantage, clip) ? 'clipped: stopped pushing' : 'not clipped'),
    ])
  return (
    <>
      <table>
        <tbody>
          {rows.map(([term, value, remark]) => (
            <tr key={term}>
              <th scope="row">{term}</th>
              <td>{value}</td>
              <td>{remark}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{explainWeight(facts)}</p>
    </>
  )
}

function isClipped(ratio: number, advantage = 0, clip?: TokenTipProps['clip']): boolean {
  return (
    clip !== undefined &&
    ((advantage > 0 && ratio > 1 + clip.high) || (advantage < 0 && ratio < 1 - clip.low))
  )
}

function factor(value: number): string {
  return value >= 1e4 ? formatNumber(value) : value.toPrecision(4)
}

function nats(value: number): string {
  return value.toFixed(4).replace('-', '−')
}
