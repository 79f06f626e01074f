import type {
  Generation,
  Recipe,
  RoleBinding,
  SampleRequest,
  Sampler,
  SessionProtocol,
  SessionResult,
} from '@icrl/core'
import { sessionPartsOf } from '@icrl/recipes'
import { runSessions, sessionsFailed } from '@icrl/rollout'
import type { DescribedRun } from '../../config/build-run.ts'
import { evaluationSession } from '../eval/evaluation-session.ts'

/** The first prompt of each role, in the order they were asked. */
export type RolePrompts = ReadonlyMap<string, Int32Array>

/**
 * Plays the first task as the recipe trains it, or under its conditions where it does not say what a
 * session is made of, with a sampler that says nothing, and keeps each role's first prompt. A critic's prompt is therefore that of an empty attempt.
 *
 * @throws `sessions-failed` with the reasons if no role could be asked
 */
export async function dryPrompts({
  config,
  recipe,
  renderer,
  tasks,
}: DescribedRun): Promise<RolePrompts> {
  const prompts = new Map<string, Int32Array>()
  const silent = (role: string): Sampler => ({
    sample: async ({ prompt, stop }: SampleRequest): Promise<Generation> => {
      if (!prompts.has(role)) prompts.set(role, prompt)
      const tokens = Int32Array.from(stop.slice(0, 1))
      return {
        tokens,
        logprobs: new Float32Array(tokens.length),
        finish: tokens.length > 0 ? 'stop' : 'length',
        version: 'dry',
      }
    },
  })
  const roles = Object.entries(config.roles)
  const bindings = Object.fromEntries(
    roles.map(([role, { sampling }]): [string, RoleBinding] => [
      role,
      { renderer, sampling, policy: 'dry' },
    ]),
  )
  const played: SessionResult[] = []
  for (const protocol of protocolsOf(recipe))
    played.push(
      ...(await runSessions({
        protocol,
        tasks: tasks.slice(0, 1),
        sessions: 1,
        samplers: Object.fromEntries(roles.map(([role]) => [role, silent(role)])),
        bindings,
        draw: { seed: config.seed ?? 0, domain: 'eval', step: 0 },
      })),
    )
  if (prompts.size === 0 && played.length > 0)
    throw sessionsFailed('icrl plan: the first task', played, 'Mend that, and plan again.')
  return prompts
}

function protocolsOf(recipe: Recipe): SessionProtocol[] {
  const parts = sessionPartsOf(recipe)
  if (!parts) return Object.values(recipe.evaluations ?? {})
  const { rounds } = parts
  return [evaluationSession({ parts, rounds, hasCritic: rounds > 1 })]
}
