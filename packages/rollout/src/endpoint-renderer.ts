import type { Renderer } from '@icrl/core'

const NOTHING = new Int32Array(0)

/**
 * A renderer without tokens, for a role that an endpoint plays. The endpoint receives messages and
 * applies its own chat template, so prompts have no ids here and their length cannot be compared
 * with a context; an attempt ends if the endpoint refuses it.
 *
 * @example
 * import { endpointRenderer } from '@icrl/rollout'
 * const bindings = {
 *   critic: { renderer: endpointRenderer, sampling: { maxTokens: 256, temperature: 0 } },
 * }
 */
export const endpointRenderer: Renderer = {
  start: () => NOTHING,
  continue: () => NOTHING,
  text: () => '',
  stop: [],
  vocabularySize: 0,
}
