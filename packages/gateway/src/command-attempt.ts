import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AttemptProtocol, Task } from '@icrl/core'
import {
  agentAttempt,
  type AgentAttemptOptions,
  type AgentOutcome,
  type AgentRun,
} from './agent-attempt.ts'

/** What a program is started with. */
export interface CommandRun<T extends Task = Task> extends AgentRun<T> {
  /** The folder it runs in: new, empty but for what `prepare` wrote, and removed afterwards. */
  readonly folder: string
}

/** How a program ended. */
export interface FinishedCommand<T extends Task = Task> extends CommandRun<T> {
  /** Standard output and standard error, as they came; of a long one beginning and end. */
  readonly output: string
  /** Null if it was ended by a signal. */
  readonly code: number | null
  /** Whether it was stopped because it took too long. */
  readonly timedOut: boolean
}

/** Options of {@link commandAttempt}. */
export interface CommandAttemptOptions<T extends Task = Task> extends Omit<
  AgentAttemptOptions<T>,
  'run' | 'http'
> {
  /** The program that is the agent. */
  readonly command: string
  /** Its arguments. @defaultValue none */
  readonly args?: (run: CommandRun<T>) => readonly string[]
  /**
   * Further variables; it has the address and its key by the names that clients look for.
   *
   * @defaultValue none
   */
  readonly env?: (run: CommandRun<T>) => Readonly<Record<string, string>>
  /**
   * Writes what the program finds in its folder: the task's files, its configuration.
   *
   * @defaultValue its folder is empty
   */
  readonly prepare?: (run: CommandRun<T>) => Promise<void>
  /** What it earned, from its folder and its output. */
  readonly reward: (
    finished: FinishedCommand<T>,
  ) => Promise<number | AgentOutcome> | number | AgentOutcome
  /**
   * Milliseconds it may take; then it is ended, and judged by what it left.
   *
   * @defaultValue 600,000
   */
  readonly timeout?: number
  /** Characters of output that are kept. @defaultValue 65,536 */
  readonly maxOutput?: number
}

/**
 * An attempt by a program: a coding agent on the command line, say. It runs in a folder of its own,
 * which is also its home, with `PATH` and no other variable of this process, and finds the address in
 * `OPENAI_BASE_URL`, `OPENAI_API_KEY`, `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY`. It and the
 * processes it started are ended with the session. It is no sandbox: what it may do, this user may.
 *
 * @example
 * const attempt = commandAttempt({
 *   command: 'node',
 *   args: ({ task }) => ['agent.mjs', task.id],
 *   reward: ({ output }) => (output.includes('done') ? 1 : 0),
 * })
 */
export function commandAttempt<T extends Task = Task>({
  command,
  args,
  env,
  prepare,
  reward,
  timeout = 600_000,
  maxOutput = 65_536,
  ...options
}: CommandAttemptOptions<T>): AttemptProtocol<T> {
  return agentAttempt<T>({
    ...options,
    http: true,
    run: async (run) => {
      const folder = await mkdtemp(join(tmpdir(), 'icrl-agent-'))
      try {
        const here = { ...run, folder }
        await prepare?.(here)
        const child = spawn(command, args?.(here) ?? [], {
          cwd: folder,
          env: { ...variables(here), ...env?.(here) },
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true,
        })
        const ended = await endOf(child, timeout, maxOutput, run.signal)
        return await reward({ ...here, ...ended })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  })
}

function variables<T extends Task>({
  baseURL,
  anthropicURL,
  apiKey,
  folder,
}: CommandRun<T>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    OPENAI_BASE_URL: baseURL,
    OPENAI_API_KEY: apiKey,
    ANTHROPIC_BASE_URL: anthropicURL,
    ANTHROPIC_API_KEY: apiKey,
  }
}

type Ended = Pick<FinishedCommand, 'output' | 'code' | 'timedOut'>

/** Milliseconds between asking a program to end and ending it. */
const GRACE = 2_000

async function endOf(
  child: ChildProcess,
  timeout: number,
  maxOutput: number,
  signal: AbortSignal,
): Promise<Ended> {
  const output = boundedOutput(maxOutput)
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => output.add(text))
  const closed = new Promise((resolve) => child.once('close', resolve))
  let timedOut = false
  let kill: ReturnType<typeof setTimeout> | undefined
  const end = (): void => {
    kill ??= setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE)
    signalGroup(child, 'SIGTERM')
  }
  const limit = setTimeout(() => {
    timedOut = true
    end()
  }, timeout)
  signal.addEventListener('abort', end, { once: true })
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    })
    // What it started and left behind; then the last of its output comes.
    signalGroup(child, 'SIGKILL')
    await Promise.race([closed, pause(GRACE, undefined, { ref: false })])
    return { output: output.text(), code, timedOut }
  } finally {
    clearTimeout(limit)
    clearTimeout(kill)
    signal.removeEventListener('abort', end)
  }
}

/** Signals the program and everything it started. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The beginning and the end of what is written. */
function boundedOutput(limit: number): { add(text: string): void; text(): string } {
  let head = ''
  let tail = ''
  let missing = 0
  return {
    add(text) {
      const room = Math.max(0, Math.ceil(limit / 2) - head.length)
      head += text.slice(0, room)
      tail += text.slice(room)
      const excess = tail.length - Math.floor(limit / 2)
      if (excess <= 0) return
      missing += excess
      tail = tail.slice(excess)
    },
    text: () =>
      missing === 0 ? head + tail : `${head} [… ${missing} characters left out …] ${tail}`,
  }
}
