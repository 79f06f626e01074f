import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { IcrlError } from '@icrl/core'
import type { FromArm, ToArm } from './arm-messages.ts'
import type { ArmJob, ArmOutcome } from './run-arm.ts'
import type { SideBySideView } from './side-by-side-view.ts'

export interface RunSideBySideOptions {
  /** Processes at a time. */
  readonly atOnce: number
  /** Stops every run at its next step boundary, with a checkpoint. */
  readonly signal: AbortSignal
  readonly view: SideBySideView
}

/**
 * Runs in processes of their own, some at a time and each on one thread: what they write has the
 * same bytes as one after another. A run that fails stops the others at their next step.
 *
 * @returns outcomes in the order of the jobs; fewer if a stop came before a run began
 */
export async function runSideBySide(
  jobs: readonly ArmJob[],
  { atOnce, signal, view }: RunSideBySideOptions,
): Promise<ArmOutcome[]> {
  const halt = new AbortController()
  const either = AbortSignal.any([signal, halt.signal])
  const outcomes: (ArmOutcome | undefined)[] = jobs.map(() => undefined)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < jobs.length && !either.aborted) {
      const place = next++
      outcomes[place] = await runInProcess(jobs[place], either, view).catch((error: unknown) => {
        halt.abort()
        throw error
      })
    }
  }
  const lanes = await Promise.allSettled(
    Array.from({ length: Math.min(atOnce, jobs.length) }, lane),
  )
  view.done()
  const failed = lanes.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return outcomes.filter((outcome) => outcome !== undefined)
}

/** Undefined if the interrupt ended the process before it could handle it. */
function runInProcess(
  job: ArmJob,
  signal: AbortSignal,
  view: SideBySideView,
): Promise<ArmOutcome | undefined> {
  const child = fork(fileURLToPath(new URL('arm-process.ts', import.meta.url)), {
    env: { ...process.env, ICRL_THREADS: process.env['ICRL_THREADS'] ?? '1' },
  })
  const stop = (): void => tell(child, { kind: 'stop' })
  const kill = (): boolean => child.kill('SIGKILL')
  signal.addEventListener('abort', stop)
  process.on('exit', kill)
  return new Promise<ArmOutcome | undefined>((resolve, reject) => {
    let end = (code: number | null, name: string | null): void => {
      if (signal.aborted || name === 'SIGINT') resolve(undefined)
      else
        reject(new Error(`${job.label}: its process ended early (${name ?? `exit code ${code}`}).`))
    }
    child.on('message', (message: FromArm) => {
      if (message.kind === 'outcome') end = () => resolve(message.outcome)
      else if (message.kind === 'error') end = () => reject(errorOf(job, message))
      view.show(job.label, message)
    })
    child.on('error', reject)
    child.on('exit', (code, name) => end(code, name))
    tell(child, { kind: 'run', job })
  }).finally(() => {
    signal.removeEventListener('abort', stop)
    process.off('exit', kill)
  })
}

function errorOf(
  job: ArmJob,
  { message, code, remedy }: Extract<FromArm, { kind: 'error' }>,
): Error {
  return code && remedy
    ? new IcrlError(message, { code, remedy })
    : new Error(`${job.label}: ${message}`)
}

/**
 * If a process has just ended, its exit event reports that; a message that no longer reaches it is
 * not an error.
 */
function tell(child: ChildProcess, message: ToArm): void {
  if (child.connected) child.send(message, () => {})
}
