import { readFile, writeFile } from 'node:fs/promises'
import type { TextFiles } from '@icrl/core/testing'

/** Files of the disk, for policies that are saved. */
export const diskFiles: TextFiles = {
  read: (path) => readFile(path, 'utf8'),
  write: (path, text) => writeFile(path, text),
}
