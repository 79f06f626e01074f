import type { Policy, Snapshot } from '@icrl/core'
import type { TinkerOptimizer } from './adam-clock.ts'
import type { TinkerCapabilities } from './capabilities.ts'
import type { ModelLimits } from './check-requests.ts'
import { discoverCapabilities } from './discover-capabilities.ts'
import { RemotePolicy } from './remote-policy.ts'
import { type NewModel, TinkerModel } from './tinker-model.ts'
import { type TinkerConnection, TinkerSession } from './tinker-session.ts'

/** Settings of a {@link tinkerPolicy}. */
export interface TinkerPolicyOptions extends TinkerConnection, ModelLimits {
  /** The base model, as the server names it. */
  readonly model: string
  /** Rank of the adapter that learns. Servers decide its alpha and targets. @defaultValue 32 */
  readonly rank?: number
  /** Of the adapter's first values. @defaultValue 0 */
  readonly seed?: number
  /** Name of the policy in its versions. @defaultValue `policy` */
  readonly name?: string
  /** Adam's settings, as the service takes them. @defaultValue the service's own */
  readonly optimizer?: TinkerOptimizer
  /** What is known of the server; the rest is found out. @defaultValue nothing */
  readonly capabilities?: Partial<TinkerCapabilities>
  /**
   * The most by which log-probabilities of the same weights may differ on the server, on average
   * over a step's tokens, nats: beyond it the weights are not those that were scored.
   *
   * @defaultValue 0.01
   */
  readonly tolerance?: number
}

/** A policy on a Tinker server; `[Symbol.asyncDispose]` unloads its model. */
export interface TinkerPolicy extends Policy, AsyncDisposable {
  /** What the server does, given or found out. */
  readonly server: TinkerCapabilities
  /** Takes the weights and moments of a checkpoint. */
  restore(snapshot: Snapshot): Promise<void>
  /**
   * Writes the adapter as a PEFT folder, for other engines: `loadLocalPolicy(folder, { base })`,
   * vLLM, llama.cpp.
   *
   * @throws IcrlError `corrupt-file` for an archive without an adapter, `write-failed`
   */
  exportAdapter(directory: string): Promise<void>
}

/**
 * A model on a server that speaks the Tinker protocol (SkyRL, hosted Tinker, `icrl serve --tinker`),
 * as a policy: it samples, scores and learns there, and any objective gets its exact gradient (see
 * the surrogate in docs/scale-out.md). Sampling at temperatures other than 0 and 1 is refused, for such
 * servers report log-probabilities of temperature 1 alone.
 *
 * Nothing is trained twice: a training call whose fate is unknown is not sent again. The policy then
 * refuses all but `load`, and a run goes on from its last checkpoint. Checkpoints stay on the server;
 * the folder says where.
 *
 * @throws IcrlError `unavailable` if no server answers, `unsupported` if it does not serve the model
 * or a capability can neither be found out nor was given
 * @example
 * await using policy = await tinkerPolicy({
 *   url: 'http://127.0.0.1:8000',
 *   model: 'tiny-qwen3',
 *   vocabularySize: 512,
 *   contextLength: 2048,
 *   rank: 8,
 * })
 * policy.server.reduction // 'datum-mean' on SkyRL's JAX backend
 */
export async function tinkerPolicy(options: TinkerPolicyOptions): Promise<TinkerPolicy> {
  const { model, rank = 32, seed = 0, capabilities = {} } = options
  const session = await TinkerSession.open(options, model)
  try {
    const wanted: NewModel = { base: model, rank, seed }
    const server = await discoverCapabilities(session, wanted, capabilities)
    const made = await TinkerModel.create(session, wanted, server)
    return new RemotePolicy({ options, session, wanted, server, model: made })
  } catch (error) {
    session.close()
    throw error
  }
}
