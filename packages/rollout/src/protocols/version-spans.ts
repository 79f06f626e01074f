import type { VersionSpan } from '@icrl/core'

/** The weights of a response, turn by turn. */
export interface ResponseVersions {
  /** All of them, each once, joined by `+`. */
  readonly version: string
  /** By token range, if there were several. */
  readonly versions?: readonly VersionSpan[]
}

/**
 * Which weights drew which tokens of a response: turns of one version next to each other are one
 * span.
 *
 * @param turns where the tokens of each turn begin, and what drew them, in order
 * @example
 * import { versionSpans } from '@icrl/rollout'
 * versionSpans([
 *   { from: 0, version: 'policy@3' },
 *   { from: 7, version: 'policy@3' },
 *   { from: 15, version: 'policy@4' },
 * ]) // version 'policy@3+policy@4', versions from 0 and from 15
 */
export function versionSpans(turns: readonly VersionSpan[]): ResponseVersions {
  const spans = turns.filter(({ version }, i) => version !== turns[i - 1]?.version)
  const version = [...new Set(spans.map((span) => span.version))].join('+')
  return { version, ...(spans.length > 1 && { versions: spans }) }
}
