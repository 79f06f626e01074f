import { outcomeOf, type Outcome, type SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { makeSample } from '../../test/make-sample.ts'
import { composeRewards } from './compose-rewards.ts'
import { criticGain } from './critic-gain.ts'
import { criticReward } from './critic-reward.ts'
import { criticUtility } from './critic-utility.ts'
import { eachSession } from './each-session.ts'
import { improvementBonus } from './improvement-bonus.ts'
import { overlongPenalty } from './overlong-penalty.ts'
import { penalizeOverlong } from './penalize-overlong.ts'
import { rewardRole } from './reward-role.ts'
import { weightComponents } from './weight-components.ts'

const outcome = (reward: number): Outcome => outcomeOf({ reward }, 'test')

/** A session whose attempts had these rewards, each failed one but the last critiqued. */
function session(rewards: readonly number[], critiques = rewards.length - 1): SessionResult {
  const samples = rewards.map((reward, i) => makeSample({ reward, keys: { round: i + 1 } }))
  for (let round = 1; round <= critiques; round++)
    samples.push(makeSample({ keys: { role: 'critic', round } }))
  return { task: 'q', session: 0, samples, outcomes: rewards.map(outcome), transcript: [] }
}

const critics = (result: SessionResult, rule = criticReward()): number[] =>
  rule(result)
    .filter(({ keys }) => keys.role === 'critic')
    .map(({ reward }) => reward)

describe('criticUtility', () => {
  it.each([
    [0, 1, 1],
    [0.9, 1, 1],
    [0, 0, 0],
    [0.2, 0.6, 0.4],
    [0.6, 0.2, -0.4],
  ])('%d then %d: %d', (before, after, utility) =>
    expect(criticUtility(outcome(before), outcome(after))).toBeCloseTo(utility, 12),
  )
})

describe('criticReward', () => {
  it('pays each critique for the attempt after it', () =>
    expect(critics(session([0, 0.5, 1]))).toEqual([0.5, 1]))

  it('keeps the component apart and leaves solvers alone', () => {
    const result = session([0, 1])
    const rewarded = criticReward()(result)
    expect(rewarded[2].rewards).toEqual({ outcome: 0, utility: 1 })
    expect(rewarded.slice(0, 2)).toEqual(result.samples.slice(0, 2))
  })

  it('a critique without a revision earns 0', () => expect(critics(session([0.5], 1))).toEqual([0]))

  it('pays another role that critiques', () => {
    const result = session([0, 1])
    const judged = {
      ...result,
      samples: result.samples.map((sample) =>
        sample.keys.role === 'critic'
          ? { ...sample, keys: { ...sample.keys, role: 'reviewer' } }
          : sample,
      ),
    }
    expect(criticReward()(judged)).toEqual(judged.samples)
    expect(criticReward({ role: 'reviewer' })(judged)[2].rewards).toMatchObject({ utility: 1 })
  })

  it('no critic samples: nothing changes', () => {
    const result = session([1])
    expect(criticReward()(result)).toEqual(result.samples)
  })

  it('ungated, a right answer left right pays nothing and one spoilt costs', () => {
    expect(critics(session([1, 1]), criticReward({ of: criticGain }))).toEqual([0])
    expect(critics(session([1, 0]), criticReward({ of: criticGain }))).toEqual([-1])
  })
})

describe('overlongPenalty', () => {
  const options = { maxLength: 20480, cache: 4096 }

  it.each([
    [1, 0],
    [16384, 0],
    [18432, -0.5],
    [20480, -1],
    [30000, -1],
  ])('%d tokens: %d', (length, penalty) => expect(overlongPenalty(length, options)).toBe(penalty))

  it.each([0, 20481])('refuses a cache of %d', (cache) => {
    expect(() => overlongPenalty(1, { maxLength: 20480, cache })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })

  it('as a rule, counts chosen tokens only', () => {
    const sample = makeSample({ reward: 1, length: 4, fields: { mask: Uint8Array.of(1, 0, 1, 1) } })
    const [penalized] = penalizeOverlong({ maxLength: 4, cache: 2 })({
      ...session([1]),
      samples: [sample],
    })
    expect(penalized).toMatchObject({ reward: 0.5, rewards: { outcome: 1, overlong: -0.5 } })
  })
})

describe('improvementBonus with α = 10', () => {
  it.each([
    [0, 0, 0],
    [0, 1, 11],
    [1, 0, -10],
    [1, 1, 1],
  ])('%d then %d: %d', (before, after, reward) =>
    expect(improvementBonus(before, after)).toBe(reward),
  )
})

describe('weightComponents', () => {
  const sample = makeSample({ fields: { rewards: { accuracy: 1, format: 0.5 } } })

  it('sums weighted components of one role', () => {
    const critic = makeSample({ reward: 7, keys: { role: 'critic' } })
    const rewarded = weightComponents('solver', { accuracy: 0.9, format: 0.1 })({
      ...session([1]),
      samples: [sample, critic],
    })
    expect(rewarded.map(({ reward }) => reward)).toEqual([0.9500000000000001, 7])
  })

  it('names the component that is missing', () => {
    expect(() =>
      weightComponents('solver', { style: 1 })({ ...session([1]), samples: [sample] }),
    ).toThrowError(/no reward component "style".*accuracy, format/)
  })
})

describe('composeRewards', () => {
  it('applies rules in order', () => {
    const rule = composeRewards(criticReward(), penalizeOverlong({ maxLength: 2, cache: 2 }))
    expect(rule(session([0, 1])).map(({ reward }) => reward)).toEqual([-1, 0, 0])
  })

  it('no rules: rewards as they are', () => {
    const result = session([0, 1])
    expect(composeRewards()(result)).toBe(result.samples)
  })
})

describe('rewards of a whole step', () => {
  const told = (task: string, number: number, outcomes: readonly number[]): SessionResult => ({
    task,
    session: number,
    samples: [
      makeSample({ keys: { task, session: number }, reward: outcomes[0] }),
      makeSample({ keys: { task, session: number, role: 'judge' } }),
    ],
    outcomes: outcomes.map(outcome),
    transcript: [],
    findings: { verdict: number % 2 === 0 ? 'yes' : 'no' },
  })
  const sessions = [told('q', 0, [1]), told('q', 1, [1]), told('q', 2, [0])]

  it('eachSession gives every session to a rule, in order', () => {
    const seen: number[] = []
    const samples = eachSession((one) => {
      seen.push(one.session)
      return one.samples
    })(sessions)
    expect(seen).toEqual([0, 1, 2])
    expect(samples).toEqual(sessions.flatMap(({ samples: own }) => own))
  })

  it('rewardRole rewards one role by its session, and leaves the others', () => {
    const rule = rewardRole('judge', (_, { outcomes, findings }) => ({
      agreement: (findings?.verdict === 'yes') === outcomes[0].success ? 1 : -1,
    }))
    const samples = eachSession(rule)(sessions)
    expect(samples.map(({ reward }) => reward)).toEqual([1, 1, 1, -1, 0, -1])
    expect(samples[1].rewards.agreement).toBe(1)
    expect(samples[0]).toBe(sessions[0].samples[0])
  })

  it('rewardRole composes all components where it is told to', () => {
    const rule = rewardRole(
      'judge',
      () => ({ right: 1, long: 3 }),
      ({ right, long }) => right - long / 10,
    )
    expect(rule(sessions[0])[1].reward).toBeCloseTo(0.7, 12)
    expect(rewardRole('judge', () => ({ right: 1, long: 3 }))(sessions[0])[1].reward).toBe(4)
  })
})
