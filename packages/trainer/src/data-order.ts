import { randomStream, type Task } from '@icrl/core'

/**
 * A position in the run's endless sequence of tasks: all that a run has to remember of its data.
 */
export interface DataOrderState {
  /** Tasks of the sequence that are used up. */
  readonly position: number
}

/**
 * The order in which a run takes its tasks: one permutation per pass, a pure function of seed and
 * position.
 */
export interface DataOrder<T extends Task = Task> {
  /** The state before the first task. */
  init(): DataOrderState
  /**
   * The next `count` tasks and the state after them. Tasks whose id is in `except`, and those that
   * do not satisfy `where`, are passed over; if all are, the list is empty.
   */
  take(
    state: DataOrderState,
    count: number,
    options?: { readonly except?: ReadonlySet<string>; readonly where?: (task: T) => boolean },
  ): { readonly tasks: readonly T[]; readonly state: DataOrderState }
}

/** Options of {@link createDataOrder}. */
export interface DataOrderOptions {
  /** Which lane's tasks are taken, from 0. @defaultValue 0 */
  readonly lane?: number
  /** Lanes that the sequence is dealt out to, one task each in turn. @defaultValue 1, all of it */
  readonly lanes?: number
}

/**
 * The data order of a run over these tasks. Steps that are sampled at the same time take theirs
 * from lanes of the same sequence, so that each pass still has every task once.
 *
 * @example
 * import { createDataOrder } from '@icrl/trainer'
 * const order = createDataOrder([{ id: 'a' }, { id: 'b' }, { id: 'c' }], 0)
 * const { tasks, state } = order.take(order.init(), 4) // every task once, then the first of the next pass
 */
export function createDataOrder<T extends Task>(
  tasks: readonly T[],
  seed: number,
  { lane = 0, lanes = 1 }: DataOrderOptions = {},
): DataOrder<T> {
  const stream = randomStream(seed, 'data-order')
  let pass = -1
  let order: Int32Array = new Int32Array(0)
  const at = (position: number): T => {
    const wanted = Math.floor(position / tasks.length)
    if (wanted !== pass) {
      pass = wanted
      order = stream.permutation(pass, tasks.length)
    }
    return tasks[order[position % tasks.length]]
  }
  return {
    init: () => ({ position: 0 }),
    take({ position }, count, { except = new Set(), where = () => true } = {}) {
      const taken: T[] = []
      const isWanted = (task: T): boolean => !except.has(task.id) && where(task)
      if (!tasks.some(isWanted)) return { tasks: taken, state: { position } }
      while (taken.length < count) {
        const task = at(lanes * position++ + lane)
        if (isWanted(task)) taken.push(task)
      }
      return { tasks: taken, state: { position } }
    },
  }
}
