import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LocalPolicy } from '@icrl/backbone'
import type { Policy } from '@icrl/core'

/** Bytes a parameter: float32 weights, and two moments of the optimizer beside them. */
const [MODEL, CHECKPOINT] = [4, 12]

/** The disk space a run will take, and the space that is free. */
export interface DiskUse {
  /**
   * Checkpoints kept, one more while it is written, and the trained model; samples come on top. Only
   * known of a local policy.
   */
  readonly needed?: number
  readonly free?: number
}

/** Estimates the space before anything is written. */
export async function diskUse(policy: Policy, keep: number, directory: string): Promise<DiskUse> {
  const free = await freeBytes(resolve(directory))
  if (!(policy instanceof LocalPolicy)) return { free }
  return {
    // A run that keeps none still writes one where it pauses.
    needed: ((keep + 1) * CHECKPOINT + MODEL) * policy.learnedSize,
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
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
