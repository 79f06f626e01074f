import type { Renderer } from '@icrl/core'

const NOTHING = new Int32Array(0)

/**
 * The renderer of a role that an endpoint plays: none. The endpoint is sent messages and applies
 * its own chat template, so prompts have no ids here and no length to hold against a context; the
 * endpoint's refusal ends an attempt instead.
 */
export const endpointRenderer: Renderer = {
  start: () => NOTHING,
  continue: () => NOTHING,
  text: () => '',
  stop: [],
  vocabularySize: 0,
}
