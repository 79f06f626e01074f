import { describe, expect, it } from 'vitest'
import { alfredDomain } from '../alfred-domain.ts'
import { readDomain } from './read-domain.ts'
import { readProblem } from './read-problem.ts'

const door =
  '(define (domain door) (:types thing) (:predicates (open ?d - thing) (near ?a ?b)) (:action push :parameters (?d - thing) :precondition (not (open ?d)) :effect (open ?d)))'

describe('readDomain', () => {
  it('reads the household’s', () => {
    const domain = readDomain(alfredDomain, 'alfred')
    expect([domain.name, domain.actions.length, domain.arity.get('inreceptacle')]).toEqual([
      'alfred',
      14,
      2,
    ])
    expect(domain.actions.find(({ name }) => name === 'pickupobject')?.precondition).toHaveLength(2)
  })

  it.each([
    ['another text', '(hello)', 'no "(define (domain'],
    ['a section it does not know', '(define (domain d) (:derived (p) (q)))', 'section :derived'],
    [
      'a predicate of three arguments',
      '(define (domain d) (:predicates (p ?a ?b ?c)))',
      'predicate p has 3',
    ],
    [
      'an undeclared predicate',
      '(define (domain d) (:action a :parameters () :precondition (p) :effect (p)))',
      'undeclared predicate p',
    ],
    [
      'quantified effects',
      '(define (domain d) (:predicates (p ?a)) (:action a :parameters () :precondition () :effect (forall (?a) (p ?a))))',
      'forall is beyond',
    ],
    [
      'a condition with cases',
      '(define (domain d) (:predicates (p) (q)) (:action a :parameters () :precondition () :effect (when (or (p) (q)) (p))))',
      'may only join literals',
    ],
  ])('refuses %s', (_, text, message) => expect(() => readDomain(text, 'x')).toThrow(message))
})

describe('readProblem', () => {
  const domain = readDomain(door, 'door')
  const problem = (parts: string): string => `(define (problem p) (:domain door) ${parts})`

  it('reads objects, facts and goal', () => {
    const read = readProblem(
      problem('(:objects a b - thing) (:init (= (cost) 0) (open a) (near a b)) (:goal (open b))'),
      domain,
      'x',
    )
    expect([
      read.objects.length,
      read.init.map(({ predicate }) => predicate),
      read.goal.length,
    ]).toEqual([2, ['open', 'near'], 1])
  })

  it.each([
    [
      'another domain',
      '(define (problem p) (:domain other) (:goal (open a)))',
      'a problem of domain "other", not "door"',
    ],
    ['no goal', problem('(:objects a)'), 'no goal'],
    [
      'an undeclared object',
      problem('(:objects a) (:init (open c)) (:goal (open a))'),
      '(open …) names "c"',
    ],
    [
      'an undeclared predicate',
      problem('(:objects a) (:init (shut a)) (:goal (open a))'),
      'undeclared predicate shut',
    ],
    [
      'a wrong number of arguments',
      problem('(:objects a) (:init (near a)) (:goal (open a))'),
      'near with 1 arguments',
    ],
    ['an object twice', problem('(:objects a a) (:goal (open a))'), 'declared twice'],
  ])('refuses %s', (_, text, message) =>
    expect(() => readProblem(text, domain, 'x')).toThrow(message),
  )
})
