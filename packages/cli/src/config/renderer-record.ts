import type { Json } from '@icrl/core'
import type { RunConfig } from './define-run.ts'

type RendererOptions = NonNullable<RunConfig['renderer']>

/** A renderer's options as `config.json` holds them: null where they are not given. */
export function rendererRecord({
  template,
  enableThinking,
  variables,
  stop,
}: RendererOptions = {}): Json {
  return {
    template: template ?? null,
    enableThinking: enableThinking ?? null,
    variables: variables === undefined ? null : (JSON.parse(JSON.stringify(variables)) as Json),
    stop: stop === undefined ? null : [...stop],
  }
}

/** The options that `rendererRecord` stored; runs of an earlier version stored less. */
export function storedRendererOptions(record: unknown): RendererOptions {
  const known = Object.entries(record ?? {}).filter(([, value]) => value !== null)
  return Object.fromEntries(known) as RendererOptions
}
