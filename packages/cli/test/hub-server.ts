import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A repository: files by path. Those of at least `LARGE` bytes, and all safetensors, are in LFS. */
export type Repository = Readonly<Record<string, Buffer>>

/** What the server does to one request for bytes; undefined: it answers. */
export type BytesFault = (
  path: string,
  attempt: number,
) => 'cut' | 'no-ranges' | 'stall' | number | undefined

export interface HubServerOptions {
  /** By name; a data set's begins with `datasets/`. */
  readonly repositories: Readonly<Record<string, Repository>>
  /** Repositories that need this token, and whether its account has accepted their terms. */
  readonly gated?: Readonly<Record<string, { readonly token: string; readonly accepted: boolean }>>
  /** Files of a page of the list. */
  readonly pageSize?: number
  readonly fault?: BytesFault
  /** `Retry-After` of answers with an error. */
  readonly retryAfter?: string
}

export interface HubServer extends AsyncDisposable {
  readonly url: string
  /** Requests in order, as `METHOD path range token?`. */
  readonly requests: string[]
}

export const COMMIT: string = 'c0ffee'.padEnd(40, '0')
const LARGE = 2_000

/** A server with the routes of the Hugging Face hub, and a second one that holds large files. */
export async function hubServer(options: HubServerOptions): Promise<HubServer> {
  const requests: string[] = []
  const attempts = new Map<string, number>()
  const cdn = createServer((request, response) => {
    note(requests, 'cdn', request)
    const [, repository, path] = /^\/((?:datasets\/)?[^/]+\/[^/]+)\/(.+)$/.exec(
      decodeURIComponent(request.url!),
    )!
    sendBytes(request, response, options.repositories[repository][path], faultOf(path))
  })
  const faultOf = (path: string): ReturnType<BytesFault> => {
    const attempt = (attempts.get(path) ?? 0) + 1
    attempts.set(path, attempt)
    return options.fault?.(path, attempt)
  }
  const cdnUrl = await listen(cdn)
  const hub = createServer((request, response) => {
    note(requests, 'hub', request)
    const refused = refusalOf(options, request)
    if (refused) return void response.writeHead(refused[0], refused[1]).end(refused[2] ?? '')
    const { pathname, searchParams } = new URL(request.url!, 'http://hub')
    const [, repository, kind, revision, path = ''] =
      /^(?:\/api\/models|\/api(?=\/datasets))?\/((?:datasets\/)?[^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)(?:\/(.+))?$/.exec(
        pathname,
      )!
    const files = options.repositories[repository]
    if (kind === 'revision')
      return void json(response, {
        _id: '1',
        id: repository,
        sha: COMMIT,
        lastModified: '2026-01-01',
      })
    if (kind === 'tree')
      return sendPage(response, files, searchParams, options.pageSize ?? 100, hubUrl)
    const name = decodeURIComponent(path)
    if (!isLarge(name, files[name])) return sendBytes(request, response, files[name], faultOf(name))
    response.writeHead(302, {
      location: `${cdnUrl}/${repository}/${path}`,
      'x-repo-commit': revision,
      'x-linked-etag': `"${sha256(files[name])}"`,
      'x-linked-size': files[name].length,
    })
    response.end()
  })
  const hubUrl = await listen(hub)
  return {
    url: hubUrl,
    requests,
    [Symbol.asyncDispose]: async () => {
      for (const server of [hub, cdn]) {
        server.closeAllConnections()
        await new Promise((done) => server.close(done))
      }
    },
  }
}

function note(requests: string[], who: string, { url, headers }: IncomingMessage): void {
  const token = headers.authorization ? ' token' : ''
  requests.push(`${who} ${url!.split('?')[0]}${headers.range ? ` ${headers.range}` : ''}${token}`)
}

type Refusal = readonly [status: number, headers: Record<string, string>, body?: string]

function refusalOf(
  { repositories, gated = {} }: HubServerOptions,
  { url, headers }: IncomingMessage,
): Refusal | undefined {
  const [, repository, , revision] =
    /^(?:\/api\/models|\/api(?=\/datasets))?\/((?:datasets\/)?[^/]+\/[^/]+)\/(\w+)\/([^/?]+)/.exec(
      url!,
    )!
  const gate = gated[repository]
  const token = headers.authorization?.replace('Bearer ', '')
  if (!(repository in repositories) || (gate && token === undefined))
    return gate
      ? [401, { 'x-error-code': 'GatedRepo' }, 'Access to model is restricted.']
      : [401, { 'x-error-code': 'RepoNotFound' }, 'Invalid username or password.']
  if (gate && !gate.accepted) return [403, { 'x-error-code': 'GatedRepo' }, 'Access is restricted.']
  if (revision !== 'main' && revision !== COMMIT)
    return [404, { 'x-error-code': 'RevisionNotFound' }, 'Invalid rev id.']
  return undefined
}

function sendPage(
  response: ServerResponse,
  files: Repository,
  search: URLSearchParams,
  size: number,
  url: string,
): void {
  const start = Number(search.get('cursor') ?? 0)
  const names = Object.keys(files)
  const entries = names.slice(start, start + size).map((path) => entryOf(path, files[path]))
  const next = `${url}/api/models/tiny/model/tree/${COMMIT}?recursive=true&cursor=${start + size}`
  json(response, entries, start + size < names.length ? { link: `<${next}>; rel="next"` } : {})
}

function entryOf(path: string, bytes: Buffer): object {
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
  const entry = { type: 'file', path, size: bytes.length, oid }
  return isLarge(path, bytes)
    ? { ...entry, lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } }
    : entry
}

const isLarge = (path: string, bytes: Buffer): boolean =>
  path.endsWith('.safetensors') || bytes.length >= LARGE

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

function json(response: ServerResponse, value: unknown, headers: object = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

function sendBytes(
  { headers, socket }: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  fault: ReturnType<BytesFault>,
): void {
  if (typeof fault === 'number')
    return void response.writeHead(fault, { 'retry-after': '0' }).end('busy')
  const from =
    fault === 'no-ranges' ? 0 : Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
  const partial = headers.range !== undefined && fault !== 'no-ranges'
  response.writeHead(partial ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(partial && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  })
  if (fault !== 'cut' && fault !== 'stall') return void response.end(bytes.subarray(from))
  const half = from + Math.ceil((bytes.length - from) / 2)
  response.write(bytes.subarray(from, half), () => {
    if (fault === 'cut') setTimeout(() => socket.destroy(), 20)
  })
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    )
  })
}
