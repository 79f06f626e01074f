import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, type SessionResult, type Task } from '@icrl/core'
import { runSessions, sessionsFailed } from '@icrl/rollout'
import { checkTrainOptions } from '../check-train-options.ts'
import { count } from '../option-checks.ts'
import { resolveRoles } from '../resolve-roles.ts'
import { writeDurably } from '../run/durable-files.ts'
import type { Setting } from './lab.ts'
import { idleOptions, storedOptions } from './idle-options.ts'
import type { GatherOptions, ProgramStep } from './program-options.ts'
import { sha256, wholeStep, type Ended, type Step } from './step-folder.ts'
import { decodeSessions, encodeSessions } from './stored-sessions.ts'

/** In the folder of a step that gathers. */
const SESSIONS = 'sessions.jsonl'

/** Runs sessions and stores them, or reads back those it stored. */
export async function gatherStep<T extends Task>(
  setting: Setting,
  step: Step,
  given: GatherOptions<T>,
): Promise<Ended & { readonly sessions: readonly SessionResult[] }> {
  const { sessions: perTask = 1, tasks } = given
  const options = idleOptions<T>(setting, step, { ...given, tasks })
  checkTrainOptions(options, { learns: false })
  count('sessions', perTask)
  const { evaluation: _, ...stored } = await storedOptions(options)
  const end = await wholeStep(step, { ...stored, sessions: perTask }, async (folder) => {
    const { sessions, tokens } = await gather(step.name, given, options, perTask)
    const text = encodeSessions(sessions)
    await writeDurably(join(folder, SESSIONS), text)
    return { tokens, result: { sha256: sha256(text) } }
  })
  return { ...end, sessions: await readSessions(step, end) }
}

async function gather<T extends Task>(
  name: string,
  { protocol, tasks }: GatherOptions<T>,
  options: ReturnType<typeof idleOptions<T>>,
  perTask: number,
): Promise<{
  readonly sessions: SessionResult[]
  readonly tokens: Pick<ProgramStep, 'tokens_sampled' | 'tokens_untrained'>
}> {
  const { roles, seed, concurrency, sessionTimeoutMs: timeoutMs, signal } = options
  const tokens = { tokens_sampled: 0, tokens_untrained: 0 }
  await using resolved = await resolveRoles(options)
  const sessions = await runSessions({
    protocol,
    tasks,
    sessions: perTask,
    samplers: resolved.responders,
    bindings: roles,
    draw: { seed, domain: 'train', step: 0 },
    concurrency,
    timeoutMs,
    signal,
    onTurn: ({ request: { role }, reply }) => {
      const isTrained = roles[role]?.policy !== undefined
      tokens[isTrained ? 'tokens_sampled' : 'tokens_untrained'] += reply.tokens.length
    },
  })
  if (sessions.every(({ failure, outcomes }) => failure && outcomes.length === 0))
    throw sessionsFailed(
      `gather "${name}": every session`,
      sessions,
      'Mend that, and resume the program.',
    )
  return { sessions, tokens }
}

/**
 * What the sessions were, as they are stored: the same values whether they were run or read back.
 *
 * @throws `corrupt-file`
 */
async function readSessions({ folder }: Step, { record }: Ended): Promise<SessionResult[]> {
  const path = join(folder, SESSIONS)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const { sha256: expected } = record.result as { readonly sha256: string }
  if (text === undefined || sha256(text) !== expected)
    throw new IcrlError(
      `${path} ${text === undefined ? 'is missing' : 'is not as it was written'}.`,
      {
        code: 'corrupt-file',
        remedy: 'Restore the file, or delete the folder of the step, which is then run again.',
      },
    )
  return decodeSessions(path, text)
}
