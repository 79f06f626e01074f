import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { IcrlError, runLayout } from '@icrl/core'
import { writing } from './durable-files.ts'

/** The process that holds a run. */
interface Holder {
  readonly pid: number
  readonly host: string
  /**
   * When that process started, in the system's clock ticks, if the system tells. With it, another
   * process that reuses the process id is not taken for the holder.
   */
  readonly started?: string
}

/** A run folder held by this process. */
export interface RunLock {
  release(): Promise<void>
}

/**
 * Takes the run folder for this process. A lock left by a process that is gone is taken over.
 *
 * @throws `run-conflict` naming the process that holds it.
 */
export async function takeRunLock(directory: string): Promise<RunLock> {
  const path = runLayout(directory).lock
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
  } satisfies Holder)
  await take(path, mine, 0)
  return { release: () => release(path, mine) }
}

let tickets = 0

/**
 * `link` is the only atomic way to create a file with content unless it exists. A stale lock is
 * replaced under a second lock, so that only one of the processes that find it stale replaces it.
 * The second lock may be stale, too, if its process was killed in between.
 */
async function take(path: string, mine: string, depth: number): Promise<void> {
  const ticket = `${path}.tmp-${process.pid}-${(tickets += 1)}`
  await writing(path, () => writeFile(ticket, mine))
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await linked(ticket, path)) return
      const content = await readFile(path, 'utf8').catch(() => undefined)
      if (content === undefined) continue
      const holder = parse(content)
      if ((holder && isAlive(holder)) || depth > 1) throw held(path, holder)
      if (await replaced(path, content, ticket, mine, depth)) return
    }
  } finally {
    await rm(ticket, { force: true })
  }
  throw held(path)
}

async function replaced(
  path: string,
  stale: string,
  ticket: string,
  mine: string,
  depth: number,
): Promise<boolean> {
  const takeover = `${path}.takeover`
  await take(takeover, mine, depth + 1)
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) !== stale) return false
    await writing(path, () => rename(ticket, path))
    return true
  } finally {
    await rm(takeover, { force: true })
  }
}

async function linked(ticket: string, path: string): Promise<boolean> {
  try {
    await writing(path, () => link(ticket, path))
    return true
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code === 'EEXIST') return false
    throw error
  }
}

async function release(path: string, mine: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch(() => undefined)
  if (content === mine) await rm(path, { force: true })
}

function parse(content: string): Holder | undefined {
  try {
    const holder = JSON.parse(content) as Holder
    return typeof holder.pid === 'number' ? holder : undefined
  } catch {
    return undefined
  }
}

function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
  return started === undefined || started === startOf(pid)
}

/**
 * Field 22 of Linux's /proc/PID/stat. The name in field 2 may contain spaces, so counting begins
 * after its closing bracket.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function held(path: string, holder?: Holder): IcrlError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
  return new IcrlError(`run folder: ${who} is working on it (${path}).`, {
    code: 'run-conflict',
    remedy:
      'Wait for it or end it, or give this run another folder. If that machine is gone, delete the file.',
  })
}
