import { IcrlError, type Environment, type Episode } from '@icrl/core'

export interface Corridor extends Environment {
  readonly opened: number
  readonly closed: number
  readonly resets: number
}

export interface CorridorOptions {
  /**
   * Called before every reset and step, with the number of calls so far; what it throws is the
   * environment's error.
   */
  readonly trouble?: (
    call: number,
    what: 'open' | 'reset' | 'step' | 'close',
  ) => void | Promise<void>
  /** Earned by a step to this place; default: 0. */
  readonly stepReward?: (place: number) => number
  readonly rewardIsTotal?: boolean
  /** Shown after a step instead of the place. */
  readonly describe?: (place: number) => string
}

/**
 * Walk `go right` from place 0 to the door at place `d<n>`; opening it there earns 1, elsewhere
 * 0.25.
 */
export function corridor({
  trouble = () => {},
  stepReward = () => 0,
  rewardIsTotal,
  describe = (place) => `you stand at place ${place}`,
}: CorridorOptions = {}): Corridor {
  let opened = 0
  let closed = 0
  let resets = 0
  let calls = 0
  return {
    name: 'corridor',
    instructions: 'answer with an action after do',
    maxTurns: 6,
    rewardIsTotal,
    invalidAction: 'say do and an action',
    get opened() {
      return opened
    },
    get closed() {
      return closed
    },
    get resets() {
      return resets
    },
    taskIds: async (split) => (split === 'train' ? ['d1', 'd2', 'd3'] : ['d4']),
    parseAction: (text) => text.match(/(?:^| )do (.+)$/)?.[1],
    async open() {
      await trouble(calls++, 'open')
      opened++
      return episode()
    },
  }

  function episode(): Episode {
    let place = 0
    let door = 0
    return {
      async reset(taskId) {
        await trouble(calls++, 'reset')
        if (!/^d\d$/.test(taskId))
          throw new IcrlError(`corridor: no task "${taskId}".`, {
            code: 'invalid-option',
            remedy: 'Use d1 to d4.',
          })
        resets++
        door = Number(taskId.slice(1))
        place = 0
        return { task: `open the door at place ${door}`, observation: describe(place) }
      },
      async step(action) {
        await trouble(calls++, 'step')
        if (action === 'open door')
          return {
            observation: place === door ? 'it opens' : 'a wall',
            reward: place === door ? 1 : 0.25,
            done: true,
          }
        if (action === 'go right') place++
        return { observation: describe(place), reward: stepReward(place), done: false }
      },
      async close() {
        closed++
        await trouble(calls++, 'close')
      },
    }
  }
}
