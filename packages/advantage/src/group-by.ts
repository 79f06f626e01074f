import { IcrlError, type Sample } from '@icrl/core'

/** What a grouping looks at. */
export type Keyed = Pick<Sample, 'keys'>

/**
 * Cuts samples into groups, as indices `[groups][G]`, both in order of first appearance. Groups may
 * differ in size.
 */
export type Grouping = (samples: readonly Keyed[]) => number[][]

/**
 * Groups samples that agree in all the named keys; without a name the whole batch is one group.
 * Keys of different type are different (`1` is not `'1'`). Samples are never grouped by position:
 * sessions that stop early make groups of different size, and reshaping would mix them.
 *
 * @param names keys of a sample: `task`, `role`, `round`, `session`, `branch`, or any extra key a
 * method sets
 * @throws `invalid-shape` naming the sample's task and the key it lacks
 * @example
 * import { groupBy } from '@icrl/advantage'
 * const byTaskAndRole = groupBy('task', 'role')
 * byTaskAndRole([
 *   { keys: { task: 'a', role: 'solver', session: 0, round: 1, branch: 0 } },
 *   { keys: { task: 'a', role: 'critic', session: 0, round: 1, branch: 0 } },
 *   { keys: { task: 'a', role: 'solver', session: 1, round: 1, branch: 0 } },
 * ]) // [[0, 2], [1]]
 */
export function groupBy(...names: string[]): Grouping {
  return (samples) => {
    const groups = new Map<string, number[]>()
    samples.forEach(({ keys }, index) => {
      const name = JSON.stringify(names.map((key) => valueOf(keys, key)))
      const group = groups.get(name)
      if (group) group.push(index)
      else groups.set(name, [index])
    })
    return [...groups.values()]
  }
}

function valueOf(keys: Sample['keys'], key: string): string | number {
  const value = keys[key] as string | number | undefined
  if (value === undefined) {
    throw new IcrlError(
      `groupBy: a sample of task "${keys.task}", role ${keys.role}, session ${keys.session} has no key "${key}".`,
      {
        code: 'invalid-shape',
        remedy: `Let the protocol set it, or group by one of ${Object.keys(keys).join(', ')}.`,
      },
    )
  }
  return value
}
