import { IcrlError } from '@icrl/core'
import {
  parseAtom,
  parseCondition,
  parseTyped,
  type Conjunction,
  type Literal,
  type Typed,
} from './formula.ts'
import { parseExpression, type Expression } from './parse-expression.ts'
import { checkPredicate, type Domain } from './read-domain.ts'

export interface Problem {
  readonly objects: readonly Typed[]
  readonly init: readonly Literal[]
  /** Holds if one of these does. */
  readonly goal: readonly Conjunction[]
}

const maxObjects = 5000

/**
 * A PDDL problem of a domain. Function values (`(= (total-cost) 0)`) and metrics are ignored.
 *
 * @throws IcrlError `corrupt-file` naming the undeclared object or predicate, the wrong domain or
 * the missing goal
 * @example
 * const problem = readProblem(
 *   '(define (problem p) (:domain door) (:objects d1) (:init) (:goal (open d1)))',
 *   door,
 *   'p',
 * )
 */
export function readProblem(text: string, domain: Domain, source: string): Problem {
  const [define, header, ...sections] = parseExpression(text, source)
  const fail = (what: string): IcrlError =>
    new IcrlError(`${source}: ${what}.`, {
      code: 'corrupt-file',
      remedy: 'Check the PDDL problem.',
    })
  if (define !== 'define' || !Array.isArray(header) || header[0] !== 'problem')
    throw fail('no "(define (problem …"')
  const section = (key: string): readonly Expression[] | undefined => {
    const found = sections.find((part) => Array.isArray(part) && part[0] === key)
    return Array.isArray(found) ? found.slice(1) : undefined
  }
  const other = section(':domain')?.[0]
  if (other !== domain.name)
    throw fail(`a problem of domain "${String(other)}", not "${domain.name}"`)
  const objects = [...domain.constants, ...parseTyped(section(':objects') ?? [], source)]
  if (objects.length > maxObjects) throw fail(`${objects.length} objects, more than ${maxObjects}`)
  const names = new Set(objects.map((object) => object.name))
  if (names.size < objects.length) throw fail('an object is declared twice')
  const init = (section(':init') ?? [])
    .filter((fact) => !(Array.isArray(fact) && fact[0] === '='))
    .map((fact) => parseAtom(fact, source))
  const goalExpression = section(':goal')?.[0]
  if (!goalExpression) throw fail('no goal')
  const goal = parseCondition(goalExpression, source)
  for (const { predicate, args } of [
    ...init,
    ...goal.flatMap((conjunction) => conjunction.literals),
  ]) {
    checkPredicate(predicate, args.length, domain.arity, source)
    const stranger = args.find((arg) => !arg.startsWith('?') && !names.has(arg))
    if (stranger !== undefined)
      throw fail(`(${predicate} …) names "${stranger}", which is not declared`)
  }
  return { objects, init, goal }
}
