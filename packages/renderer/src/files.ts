// A browser's bundle has `no-files.ts` in its place, by the condition `browser` of package.json.
export { readFile } from 'node:fs/promises'
