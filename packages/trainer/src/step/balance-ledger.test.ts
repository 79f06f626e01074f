import type { Sample, SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { balanceLedger, type BalanceLedgerOptions } from './balance-ledger.ts'

const sample = (id: string, session: number, tokens: number, more: Partial<Sample> = {}): Sample =>
  ({
    id,
    keys: { task: 'q/1', role: 'solver', session, round: 1, branch: 0 },
    mask: new Uint8Array(tokens + 2).fill(1, 0, tokens),
    ...more,
  }) as Sample
const session = (number: number, more: Partial<SessionResult> = {}): SessionResult => ({
  task: 'q/1',
  session: number,
  samples: [],
  outcomes: [],
  transcript: [],
  ...more,
})
const none: ReadonlySet<string> = new Set()
const balance = (options: Partial<BalanceLedgerOptions>): ReturnType<typeof balanceLedger> =>
  balanceLedger({
    step: 3,
    sessions: [],
    samples: [],
    sampled: new Set(options.samples?.map(({ id }) => id)),
    metered: new Map(),
    fates: { filtered: none, truncated: none },
    trainedTokens: new Map(),
    ...options,
  })

describe('balanceLedger', () => {
  it('gives every token one fate', () => {
    const ledger = balance({
      sessions: [session(0), session(1), session(2, { failure: { reason: 'lost', tokens: 7 } })],
      samples: [sample('a', 0, 5), sample('b', 0, 4), sample('c', 1, 3), sample('d', 1, 2)],
      metered: new Map([
        ['0/q/1', 9],
        ['1/q/1', 5],
        ['2/q/1', 7],
        ['5/q/1', 11],
      ]),
      fates: { filtered: new Set(['b']), truncated: new Set(['c']) },
      trainedTokens: new Map([['a', 3]]),
    })
    expect(ledger).toEqual({
      generated: 32,
      failed: 7,
      filtered: 15,
      truncated: 3,
      zeroAdvantage: 4,
      trained: 3,
    })
  })

  it('takes a failed session at its own word: a late reply is not its tokens', () => {
    expect(
      balance({
        sessions: [session(0, { failure: { reason: 'timeout', tokens: 4 } })],
        metered: new Map([['0/q/1', 9]]),
      }).generated,
    ).toBe(4)
  })

  it('counts what a failed session had finished by its fate, and only the rest as failed', () => {
    const failed = session(0, { failure: { reason: 'late', tokens: 4 } })
    const ledger = (metered: number): ReturnType<typeof balanceLedger> =>
      balance({
        sessions: [failed],
        samples: [sample('a', 0, 5)],
        metered: new Map([['0/q/1', metered]]),
        trainedTokens: new Map([['a', 5]]),
      })
    const whole = {
      generated: 9,
      failed: 4,
      filtered: 0,
      truncated: 0,
      zeroAdvantage: 0,
      trained: 5,
    }
    expect(ledger(9)).toEqual(whole)
    expect(ledger(12)).toEqual(whole)
    expect(() => ledger(8)).toThrow('sampled 8 tokens, its samples have 9')
  })

  it('refuses a session whose samples have fewer tokens than were sampled', () => {
    const lost = (): unknown =>
      balance({
        sessions: [session(0)],
        samples: [sample('a', 0, 5)],
        metered: new Map([['0/q/1', 9]]),
      })
    expect(lost).toThrow(
      'ledger of step 3: session 0 of task "q/1" sampled 9 tokens, its samples have 5.',
    )
  })

  it('counts neither demonstrations nor what another step sampled', () => {
    const samples = [sample('a', 0, 5, { origin: 'expert' }), sample('b', 1, 5)]
    expect(balance({ sessions: [session(0), session(1)], samples }).generated).toBe(0)
  })
})
