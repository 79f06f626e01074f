/**
 * Runs one arm for `runSideBySide`, which starts this file as a process of its own and talks to it
 * in messages.
 */
import { isIcrlError } from '@icrl/core'
import type { FromArm, ToArm } from './arm-messages.ts'
import { runArm, type ArmJob } from './run-arm.ts'

const stop = new AbortController()
// A terminal interrupts the whole group of processes; the first of them decides what that means.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {})
process.on('disconnect', () => stop.abort())
process.on('message', (message: ToArm) => {
  if (message.kind === 'stop') stop.abort()
  else void run(message.job)
})

async function run(job: ArmJob): Promise<void> {
  try {
    const outcome = await runArm(job, {
      signal: stop.signal,
      watch: (rule) => {
        tell({ kind: 'stop-rule', stop: rule })
        return {
          onStart: (event) => tell({ kind: 'start', event }),
          onEvaluation: (event) => tell({ kind: 'evaluation', event }),
          onStep: ({ step, metrics, timing }) =>
            tell({ kind: 'step', event: { step, metrics, timing } }),
        }
      },
    })
    tell({ kind: 'outcome', outcome })
  } catch (error) {
    const told = isIcrlError(error)
      ? {
          message: error.message.slice(0, -error.remedy.length - 1),
          code: error.code,
          remedy: error.remedy,
        }
      : { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    tell({ kind: 'error', ...told })
  }
  process.disconnect?.()
}

function tell(message: FromArm): void {
  if (process.connected) process.send?.(message)
}
