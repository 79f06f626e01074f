import type { TextGenerator } from '@icrl/core'
import { steps as stepsWorld, tablePolicy, type StepsTask } from '@icrl/core/testing'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, resumed, watched } from '../test/resumed.ts'
import { multiCritique, type MultiCritiqueOptions } from './index.ts'

// Every error can be seen: where one cannot, revisions teach a critic to guess.
const visibility = { sign: 0.98, carry: 0.98, unit: 0.98, skip: 0.98, premise: 0.98 }
const world = stepsWorld({ seed: 3, visibility })
const { renderer } = world
const placeOf = (unit: string): number => Number(/step(\d)/.exec(unit)?.[1] ?? -1)
/** Names every step whose rewrite it can see. */
const criticOf = (kinds: readonly string[]): TextGenerator => ({
  complete: async (_, { about } = {}) => {
    const tells = (about!.task as StepsTask).tells.filter((tell) =>
      kinds.includes(tell.split('!')[1]),
    )
    return { text: tells.map((tell) => `- step${tell[0]}`).join('\n'), finish: 'stop' }
  },
})
/** Knows which steps are wrong. */
const meta: TextGenerator = {
  complete: async ([{ content }], { about } = {}) => {
    const isWrong = !world.labels(about!.task as StepsTask)[placeOf(String(content))]
    return { text: isWrong ? 'right' : 'wrong: a false alarm', finish: 'stop' }
  },
}
/** Puts right the step that it is told of; told of one that is right, it spoils it. */
const reviser: TextGenerator = {
  complete: async ([{ content }], { about } = {}) => {
    const task = about!.task as StepsTask
    const at = placeOf(String(content))
    const plain = world.plain(task).written
    if (at < 0 || at >= plain.length) return { text: task.written.join(' '), finish: 'stop' }
    const put = world.labels(task)[at] ? 'spoilt' : plain[at]
    return { text: task.written.with(at, put).join(' '), finish: 'stop' }
  },
}
const options: MultiCritiqueOptions<StepsTask> = {
  tasks: world.tasks('train', 192),
  heldOut: world.tasks('test', 96),
  renderer,
  critics: ['first', 'second'],
  criticPrompt: (task) => world.judgePrompt(task),
  metaPrompt: (_, unit) => [{ role: 'user', content: unit }],
  write: ([unit = 'none']) => unit,
  revisers: ['reviser'],
  revisePrompt: (_, critique) => [{ role: 'user', content: critique }],
  verifier: world.verifier,
  steps: [20, 20],
  samples: 4,
  beta: 1,
  tasksPerStep: 16,
  optimizer: { learningRate: 0.05, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const speaks = { renderer, sampling: { maxTokens: 2, temperature: 1 } }
  const script = { ...speaks, renderer: anyWords }
  return {
    policies: { shared: tablePolicy({ ...world.untaught, files: diskFiles }) },
    roles: {
      critic: { ...speaks, policy: 'shared' },
      first: { ...script, by: criticOf(['sign', 'carry', 'rename']) },
      second: { ...script, by: criticOf(['carry', 'unit', 'skip', 'premise', 'restate']) },
      meta: { ...script, by: meta },
      reviser: { ...script, by: reviser },
    },
    seed: 0,
  }
}
/** For roles whose words are not in the vocabulary. */
const anyWords = { ...renderer, start: () => Int32Array.of(1, 2) }
const recall = (found: (task: StepsTask) => readonly string[]): number => {
  const wrong = options.tasks.filter((task) => world.firstError(task) >= 0)
  const hits = wrong.filter((task) => found(task).includes(`step${world.firstError(task)}`))
  return hits.length / wrong.length
}

describe('multi-critique', () => {
  it('merged units recall more than any critic’s; preferences improve on them', async () => {
    const { gathered, learned, result } = await watched(modelOf(), multiCritique(options))
    const sessions = new Map(gathered.critiques.map((session) => [session.task, session]))
    const merged = recall(({ id }) => sessions.get(id)!.findings!.units as string[])
    for (const critic of [0, 1]) {
      const own = recall(({ id }) => sessions.get(id)!.transcript[critic].text.split(/\n?- /))
      expect(merged).toBeGreaterThan(own + 0.1)
    }
    for (const { keys, response } of learned['fine-tuning']) {
      const task = options.tasks.find(({ id }) => id === keys.task)!
      const [error, said] = [world.firstError(task), renderer.text(response)]
      if (said !== 'none') expect(said).toBe(`step${error}`)
    }
    const tuned = await watched(modelOf(), multiCritique({ ...options, steps: [20, 0] }))
    expect(result!['eval/validated']).toBeGreaterThan(tuned.result!['eval/validated'])
  })

  const short = {
    ...options,
    tasks: options.tasks.slice(0, 12),
    heldOut: options.heldOut!.slice(0, 2),
    steps: [2, 2] as const,
    tasksPerStep: 2,
    checkpoints: { every: 1 },
  }

  it('a pair is of two critiques of one response, whose revisions score differently', async () => {
    const { gathered, learned } = await watched(modelOf(), multiCritique(short))
    const valueOf = (task: string, text: string): number =>
      Number(
        gathered.revisions.find(
          (session) => session.task === task && session.transcript[0].text === text,
        )!.findings!.value,
      )
    const pairs = learned.preferences
    for (let at = 0; at < pairs.length; at += 2) {
      const [preferred, other] = pairs
        .slice(at, at + 2)
        .sort((a, b) => Number(b.keys.preferred) - Number(a.keys.preferred))
      expect(valueOf(preferred.keys.task, renderer.text(preferred.response))).toBeGreaterThan(
        valueOf(other.keys.task, renderer.text(other.response)),
      )
    }
  })

  it('critiques of equal worth make no pair, which is said', async () =>
    expect(
      watched(modelOf(), multiCritique({ ...short, verifier: () => ({ reward: 1, valid: true }) })),
    ).rejects.toThrowError(expect.objectContaining({ code: 'empty-tasks' })))

  it('merges in whatever order the critics speak', async () => {
    const units = async (critics: readonly string[]): Promise<unknown> => {
      const { gathered } = await watched(modelOf(), multiCritique({ ...short, critics }))
      return gathered.critiques.map(({ findings }) => findings!.units)
    }
    expect(await units(['second', 'first'])).toEqual(await units(['first', 'second']))
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const { whole, parts } = await resumed(modelOf, multiCritique(short))
    expect(parts).toEqual(whole)
  })
})
