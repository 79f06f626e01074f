import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the hub is, and where what was downloaded from it is kept. */
export interface HubSettings {
  /** Address without a slash at the end. */
  readonly endpoint: string
  /** Folder of the cache, in the layout of `huggingface_hub`. */
  readonly cache: string
  /** Access token; sent to the endpoint alone. */
  readonly token?: string
  /** True: nothing is requested. */
  readonly offline: boolean
}

/**
 * What the environment says, under the names that `huggingface_hub` reads: `HF_ENDPOINT`,
 * `HF_HUB_CACHE` (or `HF_HOME`, `XDG_CACHE_HOME`), `HF_TOKEN`, `HF_HUB_OFFLINE`.
 */
export function hubSettings(env: NodeJS.ProcessEnv = process.env): HubSettings {
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  return {
    endpoint: (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
    cache: env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? join(home, 'hub'),
    ...(env.HF_TOKEN && { token: env.HF_TOKEN }),
    offline: ['1', 'true', 'yes', 'on'].includes((env.HF_HUB_OFFLINE ?? '').toLowerCase()),
  }
}
