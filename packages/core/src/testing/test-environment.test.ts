import { describe, expect, it } from 'vitest'
import type { Environment, Episode } from '../environment.ts'
import { IcrlError } from '../errors.ts'
import { testEnvironment } from './test-environment.ts'

interface Faults {
  readonly drift?: boolean
  readonly shared?: boolean
  readonly acceptsAnything?: boolean
  readonly forgetful?: boolean
  readonly reward?: number
  readonly success?: boolean
  readonly mute?: boolean
}

/** Counts up to the task's number; the faults are what a careless implementation does. */
function counting(faults: Faults = {}): Environment {
  let shared = 0
  let opened = 0
  const open = async (): Promise<Episode> => {
    let own = 0
    let goal = 0
    opened++
    const get = (): number => (faults.shared ? shared : own)
    const set = (value: number): void => void (faults.shared ? (shared = value) : (own = value))
    return {
      reset: async (id) => {
        goal = Number(id)
        if (!faults.acceptsAnything && !Number.isInteger(goal))
          throw new IcrlError(`counting has no task "${id}".`, {
            code: 'invalid-option',
            remedy: 'Use 3, 4 or 5.',
          })
        set(0)
        return { task: `Count to ${goal}.`, observation: faults.drift ? `${opened++}` : '0' }
      },
      step: async (action) => {
        await Promise.resolve()
        if (action === 'up') set(get() + 1)
        const won = get() === goal
        return {
          observation: faults.mute ? (undefined as never) : String(get()),
          reward: won ? (faults.reward ?? 1) : 0,
          success: won ? faults.success : undefined,
          done: won,
        }
      },
      snapshot: async () => JSON.stringify(get()),
      restore: async (kept) => set(faults.forgetful ? 0 : JSON.parse(kept)),
      close: async () => {},
    }
  }
  return {
    name: 'counting',
    instructions: 'Say up.',
    maxTurns: 9,
    invalidAction: 'Say up.',
    taskIds: async (split) => (split === 'train' ? ['3', '4'] : ['5']),
    parseAction: (text) => /up|down/.exec(text)?.[0],
    open,
  }
}

const failures = async (faults: Faults): Promise<string[]> => {
  const failed: string[] = []
  for (const { name, run } of testEnvironment(() => counting(faults), {
    actions: ['up', 'nonsense', 'up', 'up'],
  }))
    await run().catch(() => failed.push(name))
  return failed
}

const outcomes = 'observations are text, rewards finite, and above 1 success is said'

describe('testEnvironment', () => {
  it('passes a right environment', async () => {
    expect(await failures({})).toEqual([])
    expect(await failures({ reward: 3.7, success: true })).toEqual([])
    expect(await failures({ reward: -1 })).toEqual([])
  })

  it.each([
    [
      'a start that changes',
      { drift: true },
      'the same id and actions give the same episode, also after another',
    ],
    ['state shared between episodes', { shared: true }, 'episodes do not touch each other'],
    ['tasks that do not exist', { acceptsAnything: true }, 'an unknown task is refused'],
    ['a reward that is NaN', { reward: NaN }, outcomes],
    ['a reward above 1 without success', { reward: 3.7 }, outcomes],
    ['an observation that is no text', { mute: true }, outcomes],
    ['a snapshot that restores something else', { forgetful: true }, 'a snapshot restores'],
  ])('catches %s', async (_, faults, check) => {
    expect(await failures(faults)).toContain(check)
  })
})
