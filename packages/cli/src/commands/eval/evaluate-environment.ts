import { randomStream, type RoleBinding, type Sampling, type Task } from '@icrl/core'
import { criticPrompt, parseCritique } from '@icrl/critic'
import { multiTurn, runSessions, type Responder } from '@icrl/rollout'
import {
  chooseTasks,
  openEnvironment,
  type OpenEnvironmentOptions,
} from '../../environments/open-environment.ts'
import type { EndpointOptions } from './endpoint-model.ts'
import { evaluationReport } from './evaluation-report.ts'
import { evaluationSession } from './evaluation-session.ts'
import { loadPlayer, type Player } from './load-player.ts'
import { sessionProgress } from './session-progress.ts'
import { sessionsFile } from './write-sessions.ts'

/** Arguments of `icrl eval --env`. */
export interface EvaluateEnvironmentFlags extends OpenEnvironmentOptions, EndpointOptions {
  readonly critic?: string
  readonly rounds?: number
  readonly samples?: number
  readonly seed?: number
  readonly tasks: number
  readonly split?: 'train' | 'test'
  readonly checkpoint?: number
  readonly backend?: string
  readonly thinking?: boolean
  readonly temperature: number
  readonly topP: number
  readonly maxTokens: number
  readonly critiqueTokens: number
  readonly context?: number
  readonly turns?: number
  readonly repeats?: number
  readonly concurrency: number
  readonly blindCritic?: boolean
  readonly out?: string
  readonly json?: boolean
}

/** Lets a policy play an environment, with a critic if asked for, and returns what to print. */
export async function evaluateEnvironment(
  name: string,
  policy: string,
  flags: EvaluateEnvironmentFlags,
): Promise<string> {
  const { rounds = 1, samples = 1, seed = 0, split: wanted, json, out } = flags
  const { environment, answersOf, maxRepeatedActions } = await openEnvironment(
    'icrl eval --env',
    name,
    flags,
  )
  const { split, ids } = await chooseTasks(environment, wanted, 'test')
  const tasks = drawTasks(ids, flags.tasks, seed)
  const hasCritic = rounds > 1 && flags.critic !== 'none'
  await using solver = await loadPlayer(policy, playerOptions(flags))
  await using critic = await criticOf(policy, solver, flags, hasCritic)
  const attempt = multiTurn({
    environment,
    maxTurns: flags.turns,
    maxRepeatedActions: flags.repeats ?? maxRepeatedActions,
    contextTokens: flags.context ?? solver.contextTokens,
  })
  const parts = {
    attempt,
    rounds,
    criticPrompt: criticPrompt<Task>({ ...(flags.blindCritic && { outcome: () => undefined }) }),
    parseCritique,
    criticContextTokens: critic.contextTokens,
  }
  const file = sessionsFile(out)
  const progress = sessionProgress(tasks.length * samples)
  const sessions = await runSessions({
    protocol: evaluationSession({ parts, rounds, hasCritic }),
    tasks,
    sessions: samples,
    draw: { seed, domain: 'eval', step: 0 },
    concurrency: flags.concurrency,
    ...rolesOf(solver, hasCritic ? critic : undefined, flags),
    onSession: (session) => {
      file.add(session)
      progress.onSession()
    },
  })
  progress.done()
  file.finish(sessions)
  return evaluationReport({
    sessions,
    rounds,
    hasCritic,
    json,
    answersOf,
    parse: (text) => parseCritique(text).critique,
    title: `${solver.name} in ${environment.name}, ${tasks.length} of ${ids.length} tasks (${split})${samples > 1 ? `, ${samples} samples each` : ''}${rounds > 1 ? `, ${rounds} rounds, critic ${hasCritic ? critic.name : 'none'}` : ''}`,
    about: {
      environment: environment.name,
      policy: solver.name,
      ...(rounds > 1 && { critic: hasCritic ? critic.name : null }),
      split,
      tasks: tasks.length,
      samples,
      rounds,
      seed,
      ...sampledAt(flags),
    },
  })
}

/** What was asked for; a field that an endpoint was not sent has its own value, which is unknown. */
function sampledAt({ temperature, topP, omit = [] }: EvaluateEnvironmentFlags): object {
  return {
    ...(!omit.includes('temperature') && { temperature }),
    ...(!omit.includes('top_p') && { top_p: topP }),
    ...(omit.length > 0 && { omitted: omit }),
  }
}

function playerOptions({
  requestTimeout,
  retries,
  apiKeyEnv,
  body,
  omit,
  backend,
  checkpoint,
  thinking,
}: EvaluateEnvironmentFlags): Parameters<typeof loadPlayer>[1] {
  return {
    endpoint: { requestTimeout, retries, apiKeyEnv, body, omit },
    backend,
    checkpoint,
    ...(thinking === false && { enableThinking: false }),
  }
}

/**
 * The critic that is named, or by default the policy itself, as in ICRL. Nothing is loaded twice.
 */
async function criticOf(
  policy: string,
  solver: Player,
  flags: EvaluateEnvironmentFlags,
  hasCritic: boolean,
): Promise<Player> {
  if (hasCritic && flags.critic !== undefined && flags.critic !== policy)
    return loadPlayer(flags.critic, { ...playerOptions(flags), checkpoint: undefined })
  return { ...solver, [Symbol.asyncDispose]: async () => undefined }
}

interface Roles {
  readonly samplers: Readonly<Record<string, Responder>>
  readonly bindings: Readonly<Record<string, RoleBinding>>
}

function rolesOf(
  solver: Player,
  critic: Player | undefined,
  { temperature, topP, maxTokens, critiqueTokens }: EvaluateEnvironmentFlags,
): Roles {
  const sampling: Sampling = { maxTokens, temperature, topP }
  return {
    samplers: { solver: solver.responder, ...(critic && { critic: critic.responder }) },
    bindings: {
      solver: { renderer: solver.renderer, sampling },
      ...(critic && {
        critic: { renderer: critic.renderer, sampling: { ...sampling, maxTokens: critiqueTokens } },
      }),
    },
  }
}

/**
 * As many tasks as asked for, drawn by the seed and kept in their order; all of them if there are
 * no more.
 */
function drawTasks(ids: readonly string[], count: number, seed: number): Task[] {
  if (ids.length <= count) return ids.map((id) => ({ id }))
  const drawn = randomStream(seed, 'eval', 'tasks')
    .permutation(0, ids.length)
    .subarray(0, count)
    .sort()
  return Array.from(drawn, (i) => ({ id: ids[i] }))
}
