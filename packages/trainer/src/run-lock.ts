import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { IcrlError } from '@icrl/core'
import { writing } from './durable-files.ts'

/** Who holds a run. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** When that process started, in the system's clock ticks, where the system tells: a reused process id is not the holder. */
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
  const path = join(directory, 'run.lock')
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) } satisfies Holder)
  const ticket = join(directory, `run.lock.tmp-${process.pid}-${(tickets += 1)}`)
  await writing(path, () => writeFile(ticket, mine))
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await linked(ticket, path)) return { release: () => release(path, mine) }
      await removeStale(path, ticket)
    }
  } finally {
    await rm(ticket, { force: true })
  }
  throw held(path)
}

let tickets = 0

/** `link` is the one atomic "create with content, unless it exists". */
async function linked(ticket: string, path: string): Promise<boolean> {
  try {
    await writing(path, () => link(ticket, path))
    return true
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code === 'EEXIST') return false
    throw error
  }
}

async function removeStale(path: string, ticket: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch(() => undefined)
  if (content === undefined) return
  const holder = parse(content)
  if (holder && isAlive(holder)) throw held(path, holder)
  const aside = `${ticket}.stale`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  // Between the look and the rename another process may have taken the run: then what was moved is its lock.
  const moved = await readFile(aside, 'utf8')
  if (moved !== content) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
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

/** Field 22 of Linux's /proc/PID/stat; the name in field 2 may hold spaces, so counting begins behind its bracket. */
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
  return new IcrlError(`run folder: ${who} is working on it (${path}).`, { code: 'run-conflict', remedy: 'Wait for it or end it, or give this run another folder. If that machine is gone, delete the file.' })
}
