import { accessSync, constants } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh folder, in memory where the system offers that: these tests sync a lot. */
export function scratchFolder(name: string): Promise<string> {
  return mkdtemp(join(inMemory() ?? tmpdir(), `${name}-`))
}

function inMemory(): string | undefined {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return undefined
  }
}
