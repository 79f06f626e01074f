// What needs a file system, loaded when it is first needed. A browser's bundle has `no-files.ts` in
// its place, by the condition `browser` of package.json.
export { openRunFolder } from './run/open-run-folder.ts'
export { runProgram } from './program/run-program.ts'
