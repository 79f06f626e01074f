type Lists = readonly (readonly number[])[]

/**
 * The true pairs (a, b) of a predicate over entities 0 … n − 1, indexed both ways; each list is in
 * ascending order. A predicate of one argument holds its members as pairs (a, a), one without
 * arguments as (0, 0).
 */
export interface Relation {
  byFirst: Lists
  bySecond: Lists
}

const none: readonly number[] = []

/** A relation of `count` entities without pairs. */
export function emptyRelation(count: number): Relation {
  const lists = new Array<readonly number[]>(count).fill(none)
  return { byFirst: lists, bySecond: lists }
}

/** A copy that can be changed without changing the original. */
export function copyRelation(relation: Relation): Relation {
  return { byFirst: relation.byFirst.slice(), bySecond: relation.bySecond.slice() }
}

export function holds(relation: Relation, a: number, b: number): boolean {
  return relation.byFirst[a].includes(b)
}

function inserted(list: readonly number[], value: number): number[] {
  const at = list.findIndex((other) => other > value)
  return at < 0 ? [...list, value] : [...list.slice(0, at), value, ...list.slice(at)]
}

/**
 * Makes a pair true or false in place. The relation's outer lists must be its own (`copyRelation`).
 */
export function setPair(relation: Relation, a: number, b: number, value: boolean): void {
  if (holds(relation, a, b) === value) return
  const byFirst = relation.byFirst as (readonly number[])[]
  const bySecond = relation.bySecond as (readonly number[])[]
  byFirst[a] = value ? inserted(byFirst[a], b) : byFirst[a].filter((other) => other !== b)
  bySecond[b] = value ? inserted(bySecond[b], a) : bySecond[b].filter((other) => other !== a)
}

/** Number of true pairs. */
export function countPairs(relation: Relation): number {
  return relation.byFirst.reduce((total, list) => total + list.length, 0)
}
