import { IcrlError } from '@icrl/core'
import type { RunningServer } from '@icrl/serve'
import { alfworldApp } from './alfworld-app.ts'
import type { HttpApp } from './app.ts'
import { lmrlgymApp } from './lmrlgym-app.ts'
import { searchqaApp } from './searchqa-app.ts'
import { serve, type ServeOptions } from './serve.ts'
import { textcraftApp } from './textcraft-app.ts'
import { webshopApp } from './webshop-app.ts'

/** Options of {@link serveEnvironment}. */
export interface ServeEnvironmentOptions extends ServeOptions {
  /** For the household: whether to answer `/close` too. @defaultValue false */
  readonly close?: boolean
}

/** What can be served by name with its default tasks, also by AgentGym's name if it differs. */
export const servedEnvironments: Readonly<
  Record<string, (options: ServeEnvironmentOptions) => HttpApp>
> = {
  household: ({ close }) => alfworldApp({ close }),
  alfworld: ({ close }) => alfworldApp({ close }),
  textcraft: () => textcraftApp(),
  searchqa: () => searchqaApp(),
  shop: () => webshopApp(),
  webshop: () => webshopApp(),
  maze: () => lmrlgymApp(),
  wordle: () => lmrlgymApp(),
}

/**
 * Serves an environment over AgentGym's protocol: by name with its default tasks, or a given app.
 *
 * @throws IcrlError `invalid-option` for an unknown name, `unavailable` if a port is taken
 * @example
 * const server = await serveEnvironment('household', { port: 36001, ports: 4 })
 */
export async function serveEnvironment(
  environment: string | HttpApp,
  options: ServeEnvironmentOptions = {},
): Promise<RunningServer> {
  if (typeof environment !== 'string') return serve(environment, options)
  if (!Object.hasOwn(servedEnvironments, environment)) {
    throw new IcrlError(`no environment "${environment.slice(0, 60)}" to serve.`, {
      code: 'invalid-option',
      remedy: `Use ${Object.keys(servedEnvironments).join(', ')}.`,
    })
  }
  return serve(servedEnvironments[environment](options), options)
}
