import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Machine, Row } from './row.ts'

const RUNNER = fileURLToPath(new URL('../run-group.ts', import.meta.url))

interface Message {
  readonly row?: Row
  readonly failed?: string
}

export interface RunOptions {
  readonly machine: Machine
  readonly quick: boolean
  /** The process and all it started are ended after so many seconds. */
  readonly seconds: number
  readonly onRow: (row: Row) => void
}

/**
 * Runs a group in a process of its own. Resolves, always, to why it did not finish, or undefined
 * where it did.
 */
export function runInProcess(
  name: string,
  { machine, quick, seconds, onRow }: RunOptions,
): Promise<string | undefined> {
  const child = spawn(
    process.execPath,
    ['--conditions=@icrl/source', '--import', 'tsx', RUNNER, name],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: process.platform !== 'win32',
      env: {
        ...process.env,
        ICRL_BENCH_MACHINE: JSON.stringify(machine),
        ICRL_BENCH_QUICK: quick ? '1' : '0',
        ICRL_BENCH_SECONDS: `${seconds}`,
        ICRL_THREADS: `${machine.threads}`,
      },
    },
  )
  const end = (): void => {
    try {
      // The group of processes: a peer must not outlive it.
      if (child.pid !== undefined)
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }
  process.once('exit', end)
  return new Promise((resolve) => {
    let failed: string | undefined
    const timer = setTimeout(() => {
      failed = `not finished within ${Math.round(seconds)} s`
      end()
    }, seconds * 1000)
    child.on('message', (message: Message) => {
      if (message.row !== undefined) onRow(message.row)
      if (message.failed !== undefined) failed ??= message.failed
    })
    child.on('error', (error) => (failed ??= error.message))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      process.removeListener('exit', end)
      end()
      resolve(failed ?? (code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}
