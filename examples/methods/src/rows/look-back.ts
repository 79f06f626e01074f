import {
  randomStream,
  textOf,
  type SessionProtocol,
  type Task,
  type TextGenerator,
} from '@icrl/core'
import { lookBack, roleTurn, sessionResult } from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { gatheredArm } from './gathered-arm.ts'
import { quizModel, splitQuiz } from './quiz-model.ts'
import { scripted } from './scripted-critics.ts'

const { world } = splitQuiz({ seed: 4 })

/** Claims about a table that the critic has seen once; some are false. */
interface ClaimsTask extends Task {
  /** `[claims]` whether the table has it. */
  readonly holds: readonly boolean[]
}

const tasks = Array.from({ length: 256 }, (_, i): ClaimsTask => {
  const draws = randomStream(0, 'claims', i)
  return { id: `claims-${i}`, holds: Array.from({ length: 4 }, (_, k) => draws.uniform(k) < 0.7) }
})
/** Remembers a claim rightly four times in five; believes what was looked up where it was. */
const critic = (seed: number): TextGenerator => ({
  complete: async ([message], { about } = {}) => {
    const { id, holds } = about!.task as ClaimsTask
    const shown = textOf(message)
    const last = shown.match(/claim \d+/g)?.at(-1)
    if (!shown.startsWith('judge')) return { text: `1. ${last}`, finish: 'stop' }
    const looked = new Map(
      [...shown.matchAll(/claim (\d+) (yes|no)/g)].map(([, k, said]) => [Number(k), said]),
    )
    const verdicts = holds.map((holds, k) => {
      const remembers = randomStream(seed, 'memory', id).uniform(k) < 0.8
      return looked.has(k) ? looked.get(k) === 'yes' : holds === remembers
    })
    return { text: verdicts.map((one) => (one ? 'right' : 'wrong')).join(' '), finish: 'stop' }
  },
})
/** Reads the table: rightly nineteen times in twenty. */
const reader = (seed: number): TextGenerator => ({
  complete: async ([message], { about } = {}) => {
    const { id, holds } = about!.task as ClaimsTask
    const place = Number(/\d+/.exec(textOf(message))?.[0])
    const isRight = randomStream(seed, 'look', id).uniform(place) < 0.95
    return { text: holds[place] === isRight ? 'yes' : 'no', finish: 'stop' }
  },
})
const judge = (found: string) => [{ role: 'user' as const, content: `judge ${found}` }]
const verdictsIn = (text: string): boolean[] => text.split(' ').map((word) => word === 'right')
const concluded = (task: ClaimsTask, text: string) => {
  const said = verdictsIn(text)
  const wrong = task.holds.map((holds) => !holds)
  const count = (of: (k: number) => boolean): number => wrong.filter((_, k) => of(k)).length
  const success = wrong.every((isWrong, k) => isWrong === !said[k])
  return {
    outcome: { reward: Number(success), success },
    findings: {
      hits: count((k) => wrong[k] && !said[k]),
      misses: count((k) => wrong[k] && said[k]),
      alarms: count((k) => !wrong[k] && !said[k]),
    },
  }
}
const looking: SessionProtocol<ClaimsTask> = async function* (task, context) {
  const { text, parts } = yield* lookBack({
    task,
    context,
    steps: task.holds.map((_, k) => `claim ${k}`),
    lookPrompt: (question) => [{ role: 'user', content: question }],
    judgePrompt: (found) =>
      judge(found.map(({ question, answer }) => `${question} ${answer}`).join(', ')),
  })
  const { outcome, findings } = concluded(task, text)
  return sessionResult(
    task,
    context,
    [...parts, { samples: [], transcript: [], outcome }],
    findings,
  )
}
const direct: SessionProtocol<ClaimsTask> = async function* (task, context) {
  const said = yield* roleTurn({ role: 'critic', task, context, messages: judge('from memory') })
  const { outcome, findings } = concluded(task, said.text)
  return sessionResult(task, context, [{ ...said, outcome }], findings)
}
const roles = (seed: number): MethodExperiment['roles'] => ({
  critic: scripted(world.renderer, critic(seed)),
  reader: scripted(world.renderer, reader(seed)),
})
const arm =
  (protocol: SessionProtocol<ClaimsTask>): Arm =>
  (setting) =>
    gatheredArm({
      tasks,
      protocol,
      roles: roles(setting.lab.seed),
      figures: (all) => {
        const sum = (name: string): number =>
          all.reduce((total, { findings }) => total + Number(findings![name]), 0)
        const hits = sum('hits')
        return { f1: (2 * hits) / (2 * hits + sum('misses') + sum('alarms')) }
      },
    })(setting)

/** LookBack of VISCO, as a text analogue: a table in place of a picture. */
export const lookBackRow: MethodExperiment = {
  name: 'look-back',
  question:
    'A text analogue, all roles scripted. A critic remembers a table’s entries rightly four times in five; looked up again, they are right nineteen times in twenty. How much better are its verdicts, and what do they cost?',
  model: quizModel(world),
  roles: roles(0),
  rates: [],
  arms: { 'look back': arm(looking), 'from memory': arm(direct) },
  figures: [
    { name: 'f1', label: 'F1 of wrong claims' },
    { name: 'last', label: 'all verdicts right' },
  ],
  finding:
    'Looking again raises F1 from .697 to .914, for almost six times the tokens. The reliabilities are given, so the direction is built in.',
}
