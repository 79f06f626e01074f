import { IcrlError, publicAddress } from '@icrl/core'

/** Where an endpoint is, apart from what may be printed of it. */
export interface EndpointAddress {
  /** The address of a path below the version, such as `/models`; a query stays behind it. */
  at(path: string): string
  /** The same as it may be printed: no user, password or query. */
  shown(path: string): string
  /** From user and password in the address: the header `authorization`. */
  readonly authorization?: string
  /** What must not be printed: user, password and the values of the query. */
  readonly secrets: readonly string[]
}

/**
 * Reads an endpoint's address up to its version, such as `https://api.openai.com/v1` or Azure's
 * `https://name.openai.azure.com/openai/deployments/small?api-version=2024-10-21`. A user and
 * password in it become a header, since `fetch` takes no address with them.
 *
 * @param where who was given it, for the error
 * @throws `invalid-option` for anything but an http or https address
 * @example
 * import { endpointAddress } from '@icrl/rollout/openai'
 * const address = endpointAddress('http://me:secret@host/v1?key=1')
 * address.at('/models') // 'http://host/v1/models?key=1'
 * address.shown('/models') // 'http://host/v1/models'
 */
export function endpointAddress(baseUrl: string, where = 'endpointAddress'): EndpointAddress {
  if (!/^https?:\/\/[^/]/.test(baseUrl) || !URL.canParse(baseUrl))
    throw new IcrlError(`${where}: baseUrl is "${publicAddress(baseUrl)}".`, {
      code: 'invalid-option',
      remedy: 'Give an http or https address, such as http://127.0.0.1:8200/v1.',
    })
  const url = new URL(baseUrl)
  const { search, searchParams } = url
  const [user, password] = [url.username, url.password].map(decoded)
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  const secrets = [user, password, url.password, ...searchParams.values()]
  return {
    at: (path) => `${base}${path}${search}`,
    shown: (path) => `${base}${path}`,
    ...((user || password) && { authorization: `Basic ${base64(`${user}:${password}`)}` }),
    secrets: secrets.filter((secret) => secret !== ''),
  }
}

/** A password may hold a `%` that stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `btoa` takes bytes only. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
