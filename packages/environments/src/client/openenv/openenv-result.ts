import { IcrlError, type EpisodeStep } from '@icrl/core'
import { openenvFailure } from './openenv-connection.ts'

/** What a reset or a step led to, as a server of OpenEnv tells it. */
export interface OpenenvResult {
  /** Its fields, by the server's observation schema. */
  readonly observation: Readonly<Record<string, unknown>>
  /** Null where there is none. */
  readonly reward: number | null
  /** Whether the episode has ended. */
  readonly done: boolean
  /** What the server says beside it. */
  readonly metadata: Readonly<Record<string, unknown>>
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws `environment-failed` for an answer of another shape, `non-finite` for a reward that is no number */
export function readResult(where: string, data: Json): OpenenvResult {
  const { observation = {}, reward = null, done = false, metadata } = data
  if (!isObject(observation) || typeof done !== 'boolean')
    throw openenvFailure(`${where}: no observation in ${JSON.stringify(data).slice(0, 120)}`)
  const further = metadata ?? observation.metadata
  return {
    observation,
    reward: readReward(where, reward),
    done,
    metadata: isObject(further) ? further : {},
  }
}

function readReward(where: string, reward: unknown): number | null {
  if (reward === null || typeof reward === 'boolean') return reward === null ? null : Number(reward)
  if (typeof reward === 'number' && Number.isFinite(reward)) return reward
  throw new IcrlError(`${where}: the reward is ${JSON.stringify(reward)?.slice(0, 60)}.`, {
    code: 'non-finite',
    remedy: 'A reward is a finite number: fix the environment.',
  })
}

/** How results become steps. */
export interface StepOptions {
  readonly observe: (observation: Json) => string
  readonly success: (result: OpenenvResult) => boolean | undefined
}

const ROUNDING = 1e-9

/**
 * @param before the rewards so far, where the outcome is their sum; 0 where it is the last one
 * @throws `non-finite` for a last step without a reward: OpenEnv's servers write NaN as null;
 * `invalid-shape` for an outcome above 1 of which nobody says whether it is a success
 */
export function readStep(
  where: string,
  result: OpenenvResult,
  before: number,
  { observe, success }: StepOptions,
): EpisodeStep {
  const { observation, reward, done } = result
  if (done && reward === null)
    throw new IcrlError(`${where}: the last step has no reward, or one that is NaN.`, {
      code: 'non-finite',
      remedy: 'Let the environment give a finite reward with its last observation.',
    })
  const said = success(result)
  const outcome = before + (reward ?? 0)
  if (done && said === undefined && outcome > 1 + ROUNDING)
    throw new IcrlError(`${where}: the outcome is ${outcome}, and success is not said.`, {
      code: 'invalid-shape',
      remedy: 'Give the option `success`, which decides it from a result.',
    })
  return {
    observation: observe(observation),
    reward: outcome,
    done,
    ...(done && said !== undefined && { success: said }),
  }
}
