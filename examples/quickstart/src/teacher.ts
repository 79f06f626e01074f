import type { RandomStream } from '@icrl/core'
import {
  applyOperator,
  chainCriticPrompt,
  chainPrompt,
  CHAIN_LENGTH,
  isHard,
  misapplied,
  MODULUS,
  writeTips,
  writeTrace,
  type ChainTask,
} from './chain-task.ts'
import type { Demonstration } from './demonstration.ts'
import { OPERATORS } from './vocabulary.ts'

/**
 * What the warm start imitates: how often each rule is applied truly, and which operators a critic
 * names.
 */
export const TEACHER = {
  hard: 0.05,
  easy: 0.97,
  tipped: 0.95,
  nameInTip: 0.5,
  nameMisapplied: 0.7,
  nameCorrect: 0.1,
} as const

/** Warm-start questions: half with five distinct operators, half with independent ones. */
function question(draws: RandomStream): ChainTask {
  const operators =
    draws.uniform(0) < 0.5
      ? Array.from(draws.permutation(1, OPERATORS.length).slice(0, CHAIN_LENGTH))
      : Array.from({ length: CHAIN_LENGTH }, (_, i) => draws.integer(2 + i, OPERATORS.length))
  return { id: 'warm-start', start: draws.integer(9, MODULUS), operators }
}

/** A trace by a solver who applies each operator truly with its probability. */
function trace(task: ChainTask, tipped: ReadonlySet<number>, draws: RandomStream): number[] {
  let value = task.start
  return task.operators.map((operator, i) => {
    const probability = tipped.has(operator)
      ? TEACHER.tipped
      : isHard(operator)
        ? TEACHER.hard
        : TEACHER.easy
    return (value = applyOperator(operator, value, draws.uniform(i) < probability))
  })
}

const named = (task: ChainTask, keep: (place: number) => boolean): number[] =>
  task.operators.filter((operator, i) => keep(i) && task.operators.indexOf(operator) === i)

/** The solver without a tip. */
export function soloDemonstration(draws: RandomStream): Demonstration {
  const task = question(draws)
  return {
    messages: chainPrompt(task),
    answer: writeTrace(trace(task, new Set(), draws.child('trace'))),
  }
}

/** The solver with a tip that names each operator with probability 0.5. */
export function tippedDemonstration(draws: RandomStream): Demonstration {
  const task = question(draws)
  const tips = named(task, (i) => draws.child('tips').uniform(i) < TEACHER.nameInTip)
  return {
    messages: chainPrompt(task, writeTips(tips)),
    answer: writeTrace(trace(task, new Set(tips), draws.child('trace'))),
  }
}

/**
 * The critic, shown an attempt: names a misapplied operator with probability 0.7, a correct one
 * with 0.1.
 */
export function criticDemonstration(draws: RandomStream): Demonstration {
  const task = question(draws)
  const attempt = trace(task, new Set(), draws.child('trace'))
  const wrong = misapplied(task, attempt)
  const tips = named(
    task,
    (i) =>
      draws.child('tips').uniform(i) < (wrong[i] ? TEACHER.nameMisapplied : TEACHER.nameCorrect),
  )
  return { messages: chainCriticPrompt(task, writeTrace(attempt)), answer: writeTips(tips) }
}
