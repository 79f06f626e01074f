/** A cell: row, column. */
export type Cell = readonly [row: number, column: number]

/** Walls, goal and starts. */
export interface MazeLayout {
  /** Rows of `1` (wall) and `0` (free); the rim is wall. */
  readonly rows: readonly string[]
  /** Where it ends. */
  readonly goal: Cell
  /** Where the tasks start, in order; never the goal itself. */
  readonly starts: readonly Cell[]
}

/**
 * LMRL-Gym's double T with the starts of AgentGym's server, except the last: it is the goal itself,
 * which that server refuses.
 */
export const doubleT: MazeLayout = {
  rows: [
    '1111111111111',
    '1000001000001',
    '1110111110111',
    '1110111110111',
    '1110111110111',
    '1110000000111',
    '1111110111111',
    '1111110111111',
    '1111110111111',
    '1111111111111',
  ],
  goal: [8, 6],
  starts: [
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 4],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [1, 10],
    [1, 11],
    [2, 3],
    [3, 3],
    [4, 3],
    [5, 3],
    [5, 4],
    [5, 5],
    [5, 6],
    [6, 6],
    [7, 6],
    [5, 7],
    [5, 8],
    [5, 9],
    [4, 9],
    [3, 9],
    [2, 9],
  ],
}

export const mazeMoves: Readonly<Record<string, Cell>> = {
  'move left': [0, -1],
  'move right': [0, 1],
  'move up': [-1, 0],
  'move down': [1, 0],
}

/** Where the player stands, and after how many steps. */
export interface MazeState {
  /** Where the player is. */
  readonly position: Cell
  /** Moves so far. */
  readonly steps: number
}

const sides: readonly (readonly [string, Cell])[] = [
  ['to your right', [0, 1]],
  ['to your left', [0, -1]],
  ['above you', [-1, 0]],
  ['below you', [1, 0]],
]

function isWall({ rows }: MazeLayout, [row, column]: Cell): boolean {
  return rows[row]?.[column] !== '0'
}

/**
 * What is seen from a cell.
 *
 * @example
 * describeCell(doubleT, [5, 6]) // 'The goal is at position 8, 6. Your current position is at position 5, 6. There is a wall above you.'
 */
export function describeCell(layout: MazeLayout, [row, column]: Cell): string {
  const walls = sides.flatMap(([name, [dy, dx]]) =>
    isWall(layout, [row + dy, column + dx]) ? [name] : [],
  )
  const seen =
    walls.length === 0
      ? 'There are no walls near you.'
      : walls.length === 1
        ? `There is a wall ${walls[0]}.`
        : `There are walls ${walls.join(', ')}.`
  return `The goal is at position ${layout.goal.join(', ')}. Your current position is at position ${row}, ${column}. ${seen}`
}

/**
 * One step, by LMRL-Gym's rules: a blocked or unknown move stays in place, the goal gives reward 1,
 * and a step after the last allowed one fails with −1.
 *
 * @example
 * stepMaze(doubleT, { position: [7, 6], steps: 0 }, 'move down', 50) // { observation: 'Success\n', reward: 1, done: true, state: … }
 */
export function stepMaze(
  layout: MazeLayout,
  { position, steps }: MazeState,
  action: string,
  maxSteps: number,
): { observation: string; reward: number; done: boolean; state: MazeState } {
  if (steps >= maxSteps)
    return { observation: 'Failure\n', reward: -1, done: true, state: { position, steps } }
  const [dy, dx] = Object.hasOwn(mazeMoves, action) ? mazeMoves[action] : [0, 0]
  const to: Cell = [position[0] + dy, position[1] + dx]
  const state = { position: isWall(layout, to) ? position : to, steps: steps + 1 }
  const arrived = state.position[0] === layout.goal[0] && state.position[1] === layout.goal[1]
  return arrived
    ? { observation: 'Success\n', reward: 1, done: true, state }
    : { observation: describeCell(layout, state.position), reward: 0, done: false, state }
}

/**
 * An expert: the moves of a shortest way from a cell to the goal; undefined if there is none.
 *
 * @example
 * solveMaze(doubleT, [6, 6]) // ['move down', 'move down']
 */
export function solveMaze(layout: MazeLayout, start: Cell): string[] | undefined {
  const ways = new Map<string, string[]>([[String(start), []]])
  const queue: Cell[] = [start]
  for (const cell of queue) {
    const way = ways.get(String(cell))!
    if (String(cell) === String(layout.goal)) return way
    for (const [move, [dy, dx]] of Object.entries(mazeMoves)) {
      const to: Cell = [cell[0] + dy, cell[1] + dx]
      if (isWall(layout, to) || ways.has(String(to))) continue
      ways.set(String(to), [...way, move])
      queue.push(to)
    }
  }
  return undefined
}
