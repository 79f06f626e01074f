/**
 * ICRL on real problems with a real model: see README.md.
 *
 *     npx tsx --conditions=@icrl/source examples/gsm8k/src/main.ts --data train.jsonl
 */
import { runCommand } from './run-command.ts'

process.exitCode = await runCommand(process.argv.slice(2))
