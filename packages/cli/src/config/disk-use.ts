import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LocalPolicy } from '@icrl/backbone'
import type { Policy } from '@icrl/core'

/** Float32 weights and two moments of the optimizer. */
const BYTES_PER_PARAMETER = 12

/** The disk space a run will take, and the space that is free. */
export interface DiskUse {
  /**
   * Checkpoints kept, one being written, and the trained model; samples come on top. Only known of
   * a local policy.
   */
  readonly needed?: number
  readonly free?: number
}

/** Estimates the space before anything is written. */
export async function diskUse(policy: Policy, keep: number, directory: string): Promise<DiskUse> {
  const free = await freeBytes(resolve(directory))
  if (!(policy instanceof LocalPolicy)) return { free }
  return {
    needed: (keep + (keep > 0 ? 2 : 1)) * policy.learnedSize * BYTES_PER_PARAMETER,
    free,
  }
}

/** Free space of the file system that holds the nearest existing folder; undefined if none says. */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return dirname(path) === path ? undefined : freeBytes(dirname(path))
  }
}

/** `4.9 MB`, `1.6 GB`. */
export function bytesInWords(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
