import type { MazeLayout } from '../maze/play-maze.ts'
import type { HttpApp } from './app.ts'
import { mazeRoutes } from './maze-routes.ts'
import { get, routed } from './router.ts'
import { wordleRoutes } from './wordle-routes.ts'

/** Options of {@link lmrlgymApp}. */
export interface LmrlgymAppOptions {
  /** Words that Wordle draws from. @defaultValue `wordleWords` */
  readonly words?: readonly string[]
  /** The maze. @defaultValue `doubleT` */
  readonly layout?: MazeLayout
  /** Most sessions at once. @defaultValue 16,384 */
  readonly sessions?: number
}

/**
 * Maze and Wordle behind the protocol of AgentGym's LMRL-Gym server, under `/maze` and `/wordle`.
 *
 * @example
 * const server = await serve(lmrlgymApp(), { port: 36001 })
 */
export function lmrlgymApp(options: LmrlgymAppOptions = {}): HttpApp {
  const { words, layout, sessions } = options
  return routed('lmrlgym', [
    get('/', {}, () => 'This is environment LMRL-Gym.'),
    ...mazeRoutes(layout, sessions),
    ...wordleRoutes(words, sessions),
  ])
}
