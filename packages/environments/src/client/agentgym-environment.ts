import { IcrlError, type Environment } from '@icrl/core'
import { parseTaggedAction } from '../parse-tagged-action.ts'
import { agentgymEpisode } from './agentgym-episode.ts'
import type { Dialect } from './dialect.ts'
import { serverPool } from './server-pool.ts'
import { httpTransport, type Transport } from './transport.ts'

/** Options of {@link agentgymEnvironment}. */
export interface AgentgymOptions {
  /** Addresses of servers that hold the same environment: `http://127.0.0.1:36001` …. */
  readonly servers: readonly string[]
  /** Item numbers. @defaultValue the dialect's */
  readonly tasks?: { readonly train: readonly string[]; readonly test: readonly string[] }
  /** Longest wait for an answer. @defaultValue 120,000 */
  readonly timeoutMs?: number
  /** Longest answer in bytes. @defaultValue 4 MiB */
  readonly maxBytes?: number
  /** Most sockets to one server; further requests wait. @defaultValue 8 */
  readonly connections?: number
  /** Attempts after the first, for a reset or a step with all that it needs. @defaultValue 8 */
  readonly retries?: number
  /**
   * Pause before the second attempt; it doubles from there. A server's `Retry-After` takes
   * precedence, up to a minute.
   *
   * @defaultValue 50
   */
  readonly retryDelayMs?: number
  /**
   * Milliseconds after the start of a reset or a step within which its last attempt must begin.
   *
   * @defaultValue 300,000
   */
  readonly retryForMs?: number
  /** Turns after which an attempt ends. @defaultValue the environment's */
  readonly maxTurns?: number
  /** How requests are sent. @defaultValue HTTP over kept connections */
  readonly transport?: Transport
}

/**
 * An environment on AgentGym servers (Xi et al. 2024, arXiv 2406.04151), the original ones or
 * `serve`'s. Each episode holds one session of one server; see `agentgymEpisode` for what happens
 * when a server fails. A server that does not answer is set aside, for a second at first, and its
 * episodes go on at the others.
 *
 * @throws IcrlError `invalid-option` for malformed addresses
 * @example
 * const environment = agentgymEnvironment(alfworldDialect, {
 *   servers: ['http://127.0.0.1:36001', 'http://127.0.0.1:36002'],
 * })
 */
export function agentgymEnvironment(dialect: Dialect, options: AgentgymOptions): Environment {
  const {
    timeoutMs = 120_000,
    maxBytes = 4 * 1024 * 1024,
    connections = 8,
    retries = 8,
    retryDelayMs = 50,
    retryForMs = 300_000,
  } = options
  const pool = serverPool(options.servers, {
    timeoutMs,
    maxBytes,
    connections,
    transport: options.transport ?? httpTransport(connections),
  })
  let tasks = options.tasks
  return {
    name: dialect.name,
    instructions: dialect.instructions,
    maxTurns: options.maxTurns ?? dialect.maxTurns,
    ...(dialect.rewardIsTotal && { rewardIsTotal: true }),
    parseAction: dialect.parseAction ?? parseTaggedAction,
    invalidAction:
      dialect.invalidAction ??
      'That was no action. Think about the task again, then answer with exactly one action between <action> and </action>.',
    taskIds: async (split) => {
      if (split !== 'train' && split !== 'test')
        throw new IcrlError(`${dialect.name}: no split "${String(split)}".`, {
          code: 'invalid-option',
          remedy: 'Use train or test.',
        })
      tasks ??= dialect.tasks()
      return tasks[split]
    },
    open: async () => agentgymEpisode(dialect, pool, { retries, retryDelayMs, retryForMs }),
  }
}
