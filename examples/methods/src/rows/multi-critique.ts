import type { RandomStream, TextGenerator } from '@icrl/core'
import { steps as stepsWorld, type StepsTask } from '@icrl/core/testing'
import { multiCritique, type MultiCritiqueOptions } from '@icrl/methods'
import type { Arm, MethodExperiment } from '../method-experiment.ts'

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
const options: Omit<MultiCritiqueOptions<StepsTask>, 'optimizer' | 'steps'> = {
  tasks: world.tasks('train', 192),
  heldOut: world.tasks('test', 128),
  renderer,
  critics: ['first', 'second'],
  criticPrompt: (task) => world.judgePrompt(task),
  metaPrompt: (_, unit) => [{ role: 'user', content: unit }],
  write: ([unit = 'none']) => unit,
  revisers: ['reviser'],
  revisePrompt: (_, critique) => [{ role: 'user', content: critique }],
  verifier: world.verifier,
  samples: 4,
  beta: 1,
  tasksPerStep: 16,
}
const arm =
  (more: Pick<MultiCritiqueOptions<StepsTask>, 'steps'> & { critics?: readonly string[] }): Arm =>
  async ({ lab, learningRate }) =>
    (await multiCritique({ ...options, ...more, optimizer: { learningRate, clipNorm: 1 } })(lab))!
const scripted = (by: TextGenerator): MethodExperiment['roles'][string] => ({
  // Their words need not be in the vocabulary.
  renderer: { ...renderer, start: () => Int32Array.of(1, 2) },
  sampling: { maxTokens: 8, temperature: 1 },
  by,
})
const tasks = world.tasks('train', 512)

/** MultiCritique: units of several critics, merged; then preferences by what revisions are worth. */
export const multiCritiqueRow: MethodExperiment = {
  name: 'multi-critique',
  question:
    'Two critics are blind to different kinds of error. Do their merged units teach more than one critic’s, and do preferences by the worth of revisions add to that? Critics, meta-judge and reviser are scripted.',
  model: {
    world: { name: 'steps', renderer, maxTokens: 2 },
    table: world.untaught,
    prompts: {
      judge: (draws: RandomStream) => world.judgePrompt(tasks[draws.integer(0, tasks.length)]),
      check: (draws: RandomStream) =>
        world.checkPrompt(tasks[draws.integer(0, tasks.length)], draws.integer(1, 4)),
    },
  },
  roles: {
    critic: { renderer, sampling: { maxTokens: 2, temperature: 1 }, policy: 'shared' },
    first: scripted(criticOf(['sign', 'carry', 'rename'])),
    second: scripted(criticOf(['carry', 'unit', 'skip', 'premise', 'restate'])),
    meta: scripted(meta),
    reviser: scripted(reviser),
  },
  arms: {
    'multi-critique': arm({ steps: [40, 40] }),
    'fine-tuning alone': arm({ steps: [80, 0] }),
    'one critic, fine-tuning': arm({ steps: [80, 0], critics: ['first'] }),
  },
  figures: [{ name: 'eval/validated', label: 'revisions right' }],
  finding:
    'The merged units of both critics teach more than one critic’s: .83 against .67. Preferences take away from that: with half of the steps given to them it ends at .61.',
}
