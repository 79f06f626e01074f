import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunRole } from '@icrl/trainer'

/** Fields of `generation_config.json` that change which tokens are drawn. */
const FIELDS = ['temperature', 'top_p', 'top_k', 'min_p', 'repetition_penalty'] as const

/**
 * What a model's `generation_config.json` suggests for sampling, and that a run samples as its roles
 * say; undefined where it suggests nothing.
 *
 * @param model its folder
 */
export async function suggestedSampling(
  model: string,
  roles: Readonly<Record<string, Pick<RunRole, 'sampling'>>>,
): Promise<string | undefined> {
  const text = await readFile(join(model, 'generation_config.json'), 'utf8').catch(() => '{}')
  const suggested = JSON.parse(text) as Readonly<Record<string, unknown>>
  const given = FIELDS.filter((name) => typeof suggested[name] === 'number')
  if (given.length === 0) return undefined
  const own = Object.entries(roles).map(
    ([
      role,
      {
        sampling: { temperature, topP, topK },
      },
    ]) =>
      `${role}: temperature ${temperature}${topP === undefined ? '' : `, top-p ${topP}`}${topK === undefined ? '' : `, top-k ${topK}`}`,
  )
  return `the model suggests ${given.map((name) => `${name} ${String(suggested[name])}`).join(', ')}; sampled is as the roles say (${own.join('; ')})`
}
