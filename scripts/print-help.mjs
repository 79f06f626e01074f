import { readFileSync } from 'node:fs'

/** With --help on the command line: prints the comment that the script opens with, and ends. */
export function printHelp(script) {
  if (!process.argv.includes('--help')) return
  const [comment] = /^(?:\/\/.*\n)+/.exec(readFileSync(new URL(script), 'utf8'))
  console.log(comment.replace(/^\/\/ ?/gm, '').trimEnd())
  process.exit()
}
