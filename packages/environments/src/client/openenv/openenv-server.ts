import { IcrlError } from '@icrl/core'
import { addressBelow } from '../address-below.ts'
import { isRequestFailure, requestJson } from '../request-json.ts'
import { httpTransport } from '../transport.ts'
import type { ConnectionOptions } from './openenv-connection.ts'

type Json = Readonly<Record<string, unknown>>

/** A task of the server's lists. */
export interface RemoteTask {
  readonly id: string
  readonly split: string
  readonly index: number
}

/** What a server of OpenEnv says of itself. */
export interface OpenenvServer {
  readonly name: string
  readonly description: string
  /** JSON schema of its actions. */
  readonly action: Json
  /** By split; undefined where it has no Task API. */
  readonly tasks: Readonly<Record<'train' | 'test', readonly RemoteTask[]>> | undefined
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Asks a server for its name, its schemas and its tasks. @throws RequestFailure */
export async function askOpenenvServer(options: ConnectionOptions): Promise<OpenenvServer> {
  const { url, token, timeoutMs, maxBytes } = options
  const transport = httpTransport(1)
  const ask = (path: string, body?: object): Promise<unknown> =>
    requestJson(addressBelow(url, path), {
      method: body === undefined ? 'GET' : 'POST',
      body,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      timeoutMs,
      maxBytes,
      transport,
    })
  const metadata = await ask('/metadata')
  const schema = await ask('/schema')
  if (!isObject(metadata) || !isObject(schema) || !isObject(schema.action))
    throw new IcrlError(`${url}: no server of OpenEnv.`, {
      code: 'invalid-option',
      remedy: 'Give the address of one, such as http://127.0.0.1:8000.',
    })
  return {
    name: typeof metadata.name === 'string' && metadata.name !== '' ? metadata.name : 'openenv',
    description: typeof metadata.description === 'string' ? metadata.description : '',
    action: schema.action,
    tasks: await listTasks(ask),
  }
}

/** Servers without the Task API answer 404 or 501. */
async function listTasks(
  ask: (path: string, body?: object) => Promise<unknown>,
): Promise<OpenenvServer['tasks']> {
  try {
    const [name] = (await ask('/list_environments')) as unknown[]
    const below = `/${encodeURIComponent(String(name))}`
    const splits = ((await ask(`${below}/splits`)) as unknown[]).filter(isObject)
    const of = async (...types: string[]): Promise<RemoteTask[]> => {
      const split = splits.find(({ type }) => types.includes(String(type)))?.name
      if (typeof split !== 'string') return []
      const { tasks } = (await ask(`${below}/tasks`, { split })) as { tasks?: unknown }
      return Array.isArray(tasks) ? tasks.map((task, index) => listed(task, split, index)) : []
    }
    return { train: await of('train'), test: await of('test', 'validation') }
  } catch (error) {
    if (isRequestFailure(error) && (error.status === 404 || error.status === 501)) return undefined
    throw error
  }
}

function listed(task: unknown, split: string, position: number): RemoteTask {
  const { id, index } = isObject(task) ? task : {}
  const at = typeof index === 'number' ? index : position
  return { id: typeof id === 'string' && id !== '' ? id : `${split}-${at}`, split, index: at }
}
