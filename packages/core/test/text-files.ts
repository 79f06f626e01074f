import type { TextFiles } from '../src/testing/index.ts'

/** Files that are a map: what a browser would give. */
export function textFiles(): TextFiles {
  const texts = new Map<string, string>()
  return {
    read: async (path) => texts.get(path)!,
    write: async (path, text) => void texts.set(path, text),
  }
}
